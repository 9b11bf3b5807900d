/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-sockets.c: see its header. Options that each connection needs (no delay, keep-alive) are set on
 * the listening socket, from which the kernel copies them: no system call for them at accept.
 */
#include "config.h"

#include "server/process/selo-sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG        1024
#define FIRST_GIVEN_FD 3   /* sd_listen_fds(3) */
#define MAX_GIVEN      256 /* sockets from the service manager */

G_DEFINE_QUARK(selo - sockets - error - quark, selo_sockets_error)

typedef struct { /* the sockets of one address */
    char *address;
    GArray *fds; /* of int, one a worker; from the service manager: one for all */
    gboolean is_given;
    gboolean is_in_force, is_used; /* by the settings in force; by those being tried */
} Bound;

struct SeloSockets {
    GPtrArray *bound; /* of Bound */
    GArray *given;    /* of int, from the service manager, not yet matched with an address */
};

static void
bound_free(void *data)
{
    Bound *bound = data;

    for (guint i = 0; i < bound->fds->len; i++)
        close(g_array_index(bound->fds, int, i));
    g_array_unref(bound->fds);
    g_free(bound->address);
    g_free(bound);
}

/* LISTEN_PID says that the descriptors are meant for this process and not for a child of it. */
static void
take_given(SeloSockets *sockets)
{
    const char *pid = g_getenv("LISTEN_PID"), *count = g_getenv("LISTEN_FDS");
    guint64 n;

    if (pid == NULL || count == NULL || g_ascii_strtoull(pid, NULL, 10) != (guint64) getpid())
        return;
    n = MIN(g_ascii_strtoull(count, NULL, 10), MAX_GIVEN);
    for (int fd = FIRST_GIVEN_FD; fd < FIRST_GIVEN_FD + (int) n; fd++) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        g_array_append_val(sockets->given, fd);
    }
    g_unsetenv("LISTEN_PID");
    g_unsetenv("LISTEN_FDS");
    g_unsetenv("LISTEN_FDNAMES");
}

SeloSockets *
selo_sockets_new(void)
{
    SeloSockets *sockets = g_new0(SeloSockets, 1);

    sockets->bound = g_ptr_array_new_with_free_func(bound_free);
    sockets->given = g_array_new(FALSE, FALSE, sizeof(int));
    take_given(sockets);
    return sockets;
}

void
selo_sockets_free(SeloSockets *sockets)
{
    if (sockets == NULL)
        return;
    g_ptr_array_unref(sockets->bound);
    for (guint i = 0; i < sockets->given->len; i++)
        close(g_array_index(sockets->given, int, i));
    g_array_unref(sockets->given);
    g_free(sockets);
}

/* ---- addresses ---- */

static gboolean
refuse_address(GError **error, const char *text)
{
    g_set_error(error, SELO_SOCKETS_ERROR, SELO_SOCKETS_ERROR_ADDRESS,
                "%s: expected an address with a port, such as *:25, 192.0.2.1:25 or [::1]:25",
                text);
    return FALSE;
}

/* IPv4 is kept as ::ffff:a.b.c.d. */
static gboolean
parse_host(const char *host, struct in6_addr *out_ip, gboolean *out_is_v4)
{
    g_autofree char *mapped = g_strconcat("::ffff:", host, NULL);
    g_autofree char *inner = NULL;

    *out_is_v4 = FALSE;
    if (strcmp(host, "*") == 0) {
        *out_ip = in6addr_any;
        return TRUE;
    }
    if (host[0] == '[' && g_str_has_suffix(host, "]")) {
        inner = g_strndup(host + 1, strlen(host) - 2);
        return inet_pton(AF_INET6, inner, out_ip) == 1;
    }
    *out_is_v4 = TRUE;
    return strchr(host, ':') == NULL && inet_pton(AF_INET6, mapped, out_ip) == 1;
}

gboolean
selo_sockets_parse_address(const char *text, struct sockaddr_in6 *out_address, gboolean *out_is_v4,
                           GError **error)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
    const char *colon = strrchr(text, ':');
    g_autofree char *host = NULL;
    guint64 port;
    gboolean is_v4;

    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &port, NULL))
        return refuse_address(error, text);
    host = g_strndup(text, (gsize) (colon - text));
    if (!parse_host(host, &address.sin6_addr, &is_v4))
        return refuse_address(error, text);
    address.sin6_port = htons((uint16_t) port);
    *out_address = address;
    *out_is_v4 = is_v4;
    return TRUE;
}

/* The same address in the form that the socket's family wants. */
static socklen_t
fill_address(const struct sockaddr_in6 *address, gboolean is_v4, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *) out;

    if (!is_v4) {
        memcpy(out, address, sizeof *address);
        return sizeof *address;
    }
    *v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = address->sin6_port };
    memcpy(&v4->sin_addr, address->sin6_addr.s6_addr + 12, 4);
    return sizeof *v4;
}

/* ---- binding ---- */

static gboolean
set_options(int fd, gboolean is_v4, gboolean is_dual)
{
    const int on = 1, v6_only = !is_dual;

    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0 &&
           setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
           (is_v4 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0);
}

/* -1: see errno. */
static int
bind_one(const struct sockaddr_in6 *address, gboolean is_v4, gboolean is_dual)
{
    struct sockaddr_storage storage = { 0 };
    socklen_t size = fill_address(address, is_v4, &storage);
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int saved;

    if (fd < 0)
        return -1;
    if (set_options(fd, is_v4, is_dual) && bind(fd, (struct sockaddr *) &storage, size) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/* "*" is both families by one socket; on a machine without IPv6, IPv4 alone. */
static int
bind_address(const char *text, GError **error)
{
    struct sockaddr_in6 address;
    gboolean is_v4, is_any = text[0] == '*';
    int fd;

    if (!selo_sockets_parse_address(text, &address, &is_v4, error))
        return -1;
    fd = bind_one(&address, is_v4, is_any);
    if (fd < 0 && is_any && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
        fd = bind_one(&address, TRUE, FALSE);
    if (fd < 0)
        g_set_error(error, SELO_SOCKETS_ERROR, SELO_SOCKETS_ERROR_BIND, "cannot listen on %s: %s%s",
                    text, g_strerror(errno),
                    errno == EACCES ? "; ports below 1024 need root or a service manager" : "");
    return fd;
}

/* Is @fd bound to the address? */
static gboolean
is_bound_to(int fd, const struct sockaddr_in6 *address, gboolean is_v4)
{
    struct sockaddr_storage have = { 0 }, want = { 0 };
    socklen_t size = sizeof have;
    const struct sockaddr_in6 *have6 = (const struct sockaddr_in6 *) &have;

    if (getsockname(fd, (struct sockaddr *) &have, &size) < 0)
        return FALSE;
    if (have.ss_family == AF_INET6)
        return !is_v4 && have6->sin6_port == address->sin6_port &&
               memcmp(&have6->sin6_addr, &address->sin6_addr, 16) == 0;
    return have.ss_family == AF_INET && fill_address(address, TRUE, &want) == size &&
           memcmp(&have, &want, offsetof(struct sockaddr_in, sin_zero)) == 0;
}

static gboolean
use_given(SeloSockets *sockets, Bound *bound)
{
    struct sockaddr_in6 address;
    gboolean is_v4;

    if (!selo_sockets_parse_address(bound->address, &address, &is_v4, NULL))
        return FALSE;
    for (guint i = 0; i < sockets->given->len; i++) {
        int fd = g_array_index(sockets->given, int, i);

        if (is_bound_to(fd, &address, is_v4)) {
            g_array_append_val(bound->fds, fd);
            g_array_remove_index_fast(sockets->given, i);
            bound->is_given = TRUE;
            return TRUE;
        }
    }
    return FALSE;
}

static Bound *
find_bound(SeloSockets *sockets, const char *address)
{
    for (guint i = 0; i < sockets->bound->len; i++) {
        Bound *bound = sockets->bound->pdata[i];

        if (strcmp(bound->address, address) == 0)
            return bound;
    }
    return NULL;
}

gboolean
selo_sockets_open(SeloSockets *sockets, const char *address, guint n_workers, GError **error)
{
    Bound *bound = find_bound(sockets, address);

    if (bound == NULL) {
        bound = g_new0(Bound, 1);
        bound->address = g_strdup(address);
        bound->fds = g_array_new(FALSE, FALSE, sizeof(int));
        g_ptr_array_add(sockets->bound, bound);
        use_given(sockets, bound);
    }
    bound->is_used = TRUE;
    while (!bound->is_given && bound->fds->len < n_workers) {
        int fd = bind_address(address, error);

        if (fd < 0) {
            if (bound->fds->len == 0)
                g_ptr_array_remove(sockets->bound, bound);
            return FALSE;
        }
        g_array_append_val(bound->fds, fd);
    }
    return TRUE;
}

void
selo_sockets_for_worker(SeloSockets *sockets, const char *address, guint index, guint n_workers,
                        SeloSocketFunc use, void *data)
{
    Bound *bound = find_bound(sockets, address);

    if (bound == NULL)
        return;
    for (guint i = 0; i < bound->fds->len; i++) /* more sockets than workers: some have several */
        if (bound->is_given || i % n_workers == index)
            use(data, g_array_index(bound->fds, int, i));
}

void
selo_sockets_settle(SeloSockets *sockets, gboolean is_accepted)
{
    for (guint i = sockets->bound->len; i-- > 0;) {
        Bound *bound = sockets->bound->pdata[i];

        if (is_accepted)
            bound->is_in_force = bound->is_used;
        bound->is_used = FALSE;
        if (!bound->is_in_force)
            g_ptr_array_remove_index_fast(sockets->bound, i);
    }
}
