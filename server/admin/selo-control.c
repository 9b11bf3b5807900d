/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-control.c: the requests an administrator can make of a running server: one table. Only root and
 * the account that runs the supervisor get an answer, whatever the permissions of the socket say.
 */
#include "config.h"

#include "server/admin/selo-control.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/base/selo-event.h"

#define MAX_CLIENTS 32

typedef struct { /* one connection: one request at a time */
    SeloControl *control;
    SeloWatch *watch;
    int fd;
    gboolean is_waiting; /* for the supervisor's answer */
    gboolean is_gone;    /* closed meanwhile; freed with the answer */
} Client;

struct SeloControl {
    SeloSupervisor *supervisor;
    SeloLoop *loop;
    SeloWatch *watch;
    int fd;
    char *path;
    GPtrArray *clients; /* of Client */
};

typedef struct {
    const char *verb;
    void (*run)(Client *client, GVariant *arguments);
} ControlVerb;

static void
client_free(void *data)
{
    Client *client = data;

    g_clear_pointer(&client->watch, selo_watch_remove);
    if (client->fd >= 0)
        close(client->fd);
    g_free(client);
}

static void
client_gone(Client *client)
{
    if (client->is_waiting) {
        g_clear_pointer(&client->watch, selo_watch_remove);
        client->is_gone = TRUE;
    } else
        g_ptr_array_remove_fast(client->control->clients, client);
}

/* ---- answers ---- */

static void
answer(Client *client, GVariant *body)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(body);

    client->is_waiting = FALSE;
    if (!client->is_gone)
        send(client->fd, g_variant_get_data(owned), g_variant_get_size(owned),
             MSG_NOSIGNAL | MSG_DONTWAIT);
    else
        client_gone(client);
}

static void
answer_error(Client *client, const char *text)
{
    GVariantDict body;

    g_variant_dict_init(&body, NULL);
    g_variant_dict_insert(&body, "error", "s", text);
    answer(client, g_variant_dict_end(&body));
}

/* Not empty: an empty packet looks like the end of the connection. */
static void
answer_done(Client *client)
{
    GVariantDict body;

    g_variant_dict_init(&body, NULL);
    g_variant_dict_insert(&body, "done", "b", TRUE);
    answer(client, g_variant_dict_end(&body));
}

/* ---- requests ---- */

static void
status_told(void *data, GVariant *status)
{
    answer(data, status);
}

static void
run_status(Client *client, GVariant *arguments)
{
    client->is_waiting = TRUE;
    selo_supervisor_status(client->control->supervisor, status_told, client);
}

static void
reloaded(void *data, gboolean is_done, const GPtrArray *lines)
{
    GVariantDict body;

    g_variant_dict_init(&body, NULL);
    if (!is_done)
        g_variant_dict_insert(&body, "error", "s", "the settings in force have not changed");
    g_variant_dict_insert_value(
        &body, "faults",
        g_variant_new_strv((const char *const *) lines->pdata, (gssize) lines->len));
    answer(data, g_variant_dict_end(&body));
}

static void
run_reload(Client *client, GVariant *arguments)
{
    client->is_waiting = TRUE;
    selo_supervisor_reload(client->control->supervisor, reloaded, client);
}

static void
run_stop(Client *client, GVariant *arguments)
{
    answer_done(client);
    selo_supervisor_stop(client->control->supervisor);
}

static void
run_log_level(Client *client, GVariant *arguments)
{
    GLogLevelFlags level;
    const char *name;

    if (!g_variant_lookup(arguments, "level", "&s", &name) ||
        !selo_event_parse_level(name, &level)) {
        answer_error(client, "expected a level: critical, warning, notice, info or debug");
        return;
    }
    selo_supervisor_set_log_level(client->control->supervisor, level, name);
    answer_done(client);
}

static void
run_log_reopen(Client *client, GVariant *arguments)
{
    selo_supervisor_reopen_log(client->control->supervisor);
    answer_done(client);
}

static const ControlVerb verbs[] = {
    { "status", run_status },       { "reload", run_reload },         { "stop", run_stop },
    { "log-level", run_log_level }, { "log-reopen", run_log_reopen },
};

static void
run_request(Client *client, GVariant *request)
{
    g_autoptr(GVariant) arguments = NULL;
    const char *verb;

    g_variant_get(request, "(&s@a{sv})", &verb, &arguments);
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(verbs[i].verb, verb) == 0) {
            verbs[i].run(client, arguments);
            return;
        }
    answer_error(client, "this server does not know that request");
}

/* ---- connections ---- */

static gboolean
is_allowed(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

static void
client_ready(void *data, uint32_t events)
{
    static _Alignas(8) char octets[64 << 10];
    Client *client = data;
    g_autoptr(GVariant) request = NULL;
    g_autoptr(GBytes) bytes = NULL;
    ssize_t n = recv(client->fd, octets, sizeof octets, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        client_gone(client);
        return;
    }
    bytes = g_bytes_new(octets, (gsize) n);
    request = g_variant_ref_sink(
        g_variant_new_from_bytes(G_VARIANT_TYPE(SELO_CONTROL_REQUEST_TYPE), bytes, FALSE));
    if (client->is_waiting || !g_variant_is_normal_form(request))
        client_gone(client);
    else
        run_request(client, request);
}

static void
socket_ready(void *data, uint32_t events)
{
    SeloControl *control = data;
    int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    const int size = SELO_CONTROL_MAX_PACKET;
    Client *client;

    if (fd < 0)
        return;
    if (control->clients->len >= MAX_CLIENTS || !is_allowed(fd)) {
        selo_event(G_LOG_LEVEL_WARNING, "control-refused", NULL, NULL);
        close(fd);
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size); /* a status fits into one packet */
    client = g_new0(Client, 1);
    client->control = control;
    client->fd = fd;
    client->watch = selo_loop_watch(control->loop, fd, EPOLLIN, client_ready, client);
    g_ptr_array_add(control->clients, client);
}

/* ---- the socket ---- */

char *
selo_control_path(const SeloPaths *paths, GError **error)
{
    g_autofree char *path = g_build_filename(paths->run_dir, "control", NULL);

    if (strlen(path) < sizeof((struct sockaddr_un *) NULL)->sun_path)
        return g_steal_pointer(&path);
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
                "%s is too long for a socket's name (107 octets): choose a shorter directory",
                path);
    return NULL;
}

/* Is somebody there? Else what lies there is left from a server that was killed. */
static gboolean
is_served(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    gboolean is_connected = connect(fd, (const struct sockaddr *) address, sizeof *address) == 0;

    close(fd);
    return is_connected;
}

static int
bind_socket(const char *path, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    mode_t mask;
    int fd, saved;

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    if (is_served(&address)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                    "a server runs here already (%s answers)", path);
        return -1;
    }
    unlink(path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(0177); /* at no moment open to others */
    if (fd >= 0 && bind(fd, (struct sockaddr *) &address, sizeof address) == 0 &&
        listen(fd, MAX_CLIENTS) == 0) {
        umask(mask);
        return fd;
    }
    saved = errno;
    umask(mask);
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "cannot make %s: %s", path,
                g_strerror(saved));
    if (fd >= 0)
        close(fd);
    return -1;
}

SeloControl *
selo_control_new(SeloSupervisor *supervisor, SeloLoop *loop, const SeloPaths *paths, GError **error)
{
    g_autofree char *path = selo_control_path(paths, error);
    SeloControl *control;
    int fd;

    if (path == NULL || (fd = bind_socket(path, error)) < 0)
        return NULL;
    control = g_new0(SeloControl, 1);
    control->supervisor = supervisor;
    control->loop = loop;
    control->fd = fd;
    control->path = g_steal_pointer(&path);
    control->clients = g_ptr_array_new_with_free_func(client_free);
    control->watch = selo_loop_watch(loop, fd, EPOLLIN, socket_ready, control);
    return control;
}

void
selo_control_free(SeloControl *control)
{
    if (control == NULL)
        return;
    selo_watch_remove(control->watch);
    g_ptr_array_unref(control->clients);
    close(control->fd);
    unlink(control->path);
    g_free(control->path);
    g_free(control);
}
