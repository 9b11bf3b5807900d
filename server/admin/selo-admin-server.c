/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin-server.c: selo status, reload, stop: what is asked of a running server by its control
 * socket.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/admin/selo-admin.h"
#include "server/admin/selo-control.h"

#define ANSWER_SECONDS 120 /* a reload waits for new processes */

static int
connect_control(const SeloAdminCommand *command, GError **error)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(command->root);
    g_autofree char *path = selo_control_path(paths, error);
    const struct timeval limit = { .tv_sec = ANSWER_SECONDS };
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (path == NULL)
        return -1;
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *) &address, sizeof address) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0)
        return fd;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
                errno == ENOENT || errno == ECONNREFUSED ? "the server does not run (%s: %s)"
                                                         : "%s: %s",
                path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static GVariant *
exchange(int fd, const char *verb, GVariant *arguments, GError **error)
{
    g_autoptr(GVariant) request = g_variant_ref_sink(g_variant_new("(s@a{sv})", verb, arguments));
    g_autofree char *octets = g_malloc(SELO_CONTROL_MAX_PACKET);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GBytes) bytes = NULL;
    const char *text;
    ssize_t n = send(fd, g_variant_get_data(request), g_variant_get_size(request), MSG_NOSIGNAL);

    if (n > 0)
        n = recv(fd, octets, SELO_CONTROL_MAX_PACKET, 0);
    if (n <= 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "the server does not answer");
        return NULL;
    }
    bytes = g_bytes_new(octets, (gsize) n);
    answer = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARDICT, bytes, FALSE));
    if (g_variant_lookup(answer, "error", "&s", &text) && g_variant_n_children(answer) == 1) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, text);
        return NULL;
    }
    return g_steal_pointer(&answer);
}

GVariant *
selo_admin_ask(const SeloAdminCommand *command, const char *verb, GVariant *arguments,
               GError **error)
{
    GVariant *answer, *given = arguments != NULL ? arguments : g_variant_new("a{sv}", NULL);
    int fd = connect_control(command, error);

    if (fd < 0) {
        g_variant_unref(g_variant_ref_sink(given));
        return NULL;
    }
    answer = exchange(fd, verb, given, error);
    close(fd);
    return answer;
}

/* ---- status ---- */

static char *
format_uptime(gint64 seconds)
{
    if (seconds < 120)
        return g_strdup_printf("%" G_GINT64_FORMAT " s", seconds);
    if (seconds < 7200)
        return g_strdup_printf("%" G_GINT64_FORMAT " min", seconds / 60);
    if (seconds < 172800)
        return g_strdup_printf("%" G_GINT64_FORMAT " h", seconds / 3600);
    return g_strdup_printf("%" G_GINT64_FORMAT " d", seconds / 86400);
}

static void
print_role(GVariant *row)
{
    const char *role = "", *state = "", *phase = "";
    guint32 index = 0, generation = 0, restarts = 0, sessions = 0;
    gint32 pid = 0;
    gint64 seconds = 0;
    gboolean has_sessions = g_variant_lookup(row, "sessions", "u", &sessions);
    g_autofree char *uptime = NULL, *sessions_text = NULL;

    g_variant_lookup(row, "role", "&s", &role);
    g_variant_lookup(row, "state", "&s", &state);
    g_variant_lookup(row, "phase", "&s", &phase);
    g_variant_lookup(row, "index", "u", &index);
    g_variant_lookup(row, "generation", "u", &generation);
    g_variant_lookup(row, "restarts", "u", &restarts);
    g_variant_lookup(row, "pid", "i", &pid);
    g_variant_lookup(row, "uptime-seconds", "x", &seconds);
    uptime = format_uptime(seconds);
    sessions_text = has_sessions ? g_strdup_printf("%u", sessions) : g_strdup("-");
    g_print("%-8s %3u  %3u  %8d  %-9s %9s %9u  %s\n", role, index, generation, pid,
            strcmp(phase, "draining") == 0 ? phase : state, sessions_text, restarts, uptime);
}

typedef struct { /* one instance, summed over the roles it lives in */
    guint64 calls, failures, timeouts, refused;
    gboolean is_given_up;
} InstanceSum;

static guint64
get_count(GVariant *row, const char *key)
{
    guint64 count = 0;

    g_variant_lookup(row, key, "t", &count);
    return count;
}

static void
add_instance(GHashTable *sums, GVariant *row)
{
    const char *interface = "", *name = "";
    gboolean is_given_up = FALSE;
    InstanceSum *sum;
    char *key;

    g_variant_lookup(row, "interface", "&s", &interface);
    g_variant_lookup(row, "name", "&s", &name);
    g_variant_lookup(row, "given-up", "b", &is_given_up);
    key = g_strdup_printf("%s %s", interface, name);
    sum = g_hash_table_lookup(sums, key);
    if (sum == NULL)
        g_hash_table_insert(sums, g_strdup(key), sum = g_new0(InstanceSum, 1));
    g_free(key);
    sum->calls += get_count(row, "calls");
    sum->failures += get_count(row, "failures");
    sum->timeouts += get_count(row, "timeouts");
    sum->refused += get_count(row, "refused");
    sum->is_given_up |= is_given_up;
}

static void
add_instances(GHashTable *sums, GVariant *role)
{
    g_autoptr(GVariant) rows = g_variant_lookup_value(role, "instances", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; rows != NULL && i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);

        add_instance(sums, row);
    }
}

static void
print_instances(GVariant *roles)
{
    g_autoptr(GHashTable) instances =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GList) keys = NULL;

    for (gsize i = 0; i < g_variant_n_children(roles); i++) {
        g_autoptr(GVariant) role = g_variant_get_child_value(roles, i);

        add_instances(instances, role);
    }
    keys = g_list_sort(g_hash_table_get_keys(instances), (GCompareFunc) strcmp);
    g_print("\n%-30s %10s %9s %9s %9s\n", "INSTANCE", "CALLS", "FAILURES", "TIMEOUTS", "REFUSED");
    for (GList *key = keys; key != NULL; key = key->next) {
        const InstanceSum *row = g_hash_table_lookup(instances, key->data);

        g_print("%-30s %10" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT
                " %9" G_GUINT64_FORMAT "%s\n",
                (const char *) key->data, row->calls, row->failures, row->timeouts, row->refused,
                row->is_given_up ? "  (given up for now)" : "");
    }
}

static void
print_status(GVariant *status)
{
    const char *version = "", *log = NULL;
    gint32 pid = 0;
    gint64 seconds = 0;
    g_autofree char *uptime = NULL;
    g_autoptr(GVariant) roles = g_variant_lookup_value(status, "roles", G_VARIANT_TYPE("aa{sv}"));

    g_variant_lookup(status, "version", "&s", &version);
    g_variant_lookup(status, "pid", "i", &pid);
    g_variant_lookup(status, "uptime-seconds", "x", &seconds);
    g_variant_lookup(status, "log", "&s", &log);
    uptime = format_uptime(seconds);
    g_print("selod %s, process %d, up %s, log: %s\n\n", version, pid, uptime,
            log != NULL ? log : "standard error");
    g_print("%-8s %3s  %3s  %8s  %-9s %9s %9s  %s\n", "ROLE", "NO", "GEN", "PID", "STATE",
            "SESSIONS", "RESTARTS", "UP");
    if (roles == NULL)
        return;
    for (gsize i = 0; i < g_variant_n_children(roles); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(roles, i);

        print_role(row);
    }
    print_instances(roles);
}

int
selo_admin_status(const SeloAdminCommand *command)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) status = NULL;

    if (command->argc != 0)
        return selo_admin_usage("status", NULL);
    status = selo_admin_ask(command, "status", NULL, &error);
    if (status == NULL)
        return selo_admin_fail("%s", error->message);
    if (command->is_json)
        selo_admin_print_json(status);
    else
        print_status(status);
    return 0;
}

/* ---- reload, stop ---- */

int
selo_admin_reload(const SeloAdminCommand *command)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = NULL;
    g_autofree const char **faults = NULL;
    const char *refusal = NULL;

    if (command->argc != 0)
        return selo_admin_usage("reload", NULL);
    answer = selo_admin_ask(command, "reload", NULL, &error);
    if (answer == NULL)
        return selo_admin_fail("%s", error->message);
    if (command->is_json)
        selo_admin_print_json(answer);
    else if (g_variant_lookup(answer, "faults", "^a&s", &faults))
        for (size_t i = 0; faults[i] != NULL; i++)
            g_printerr("%s\n", faults[i]);
    if (!g_variant_lookup(answer, "error", "&s", &refusal))
        return 0;
    return command->is_json ? 1 : selo_admin_fail("%s", refusal);
}

/* Comes back when the server has gone: it closes this connection last. */
int
selo_admin_stop(const SeloAdminCommand *command)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = NULL;
    char octet;
    int fd;

    if (command->argc != 0)
        return selo_admin_usage("stop", NULL);
    fd = connect_control(command, &error);
    if (fd < 0)
        return selo_admin_fail("%s", error->message);
    answer = exchange(fd, "stop", g_variant_new("a{sv}", NULL), &error);
    if (answer != NULL && recv(fd, &octet, 1, 0) != 0)
        g_set_error(&error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "the server is still running");
    close(fd);
    return error == NULL ? 0 : selo_admin_fail("%s", error->message);
}
