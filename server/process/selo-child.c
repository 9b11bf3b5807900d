/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-child.c: starts a role, listens to it, and says when it has ended. What its end means is for the
 * generation to know.
 */
#include "config.h"

#include "server/process/selo-child.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/selo-event.h"
#include "server/process/selo-backoff.h"
#include "server/process/selo-spawn.h"

#define START_LIMIT_USEC (60 * G_USEC_PER_SEC)

struct SeloChild {
    const SeloChildContext *context;
    SeloRoleKind kind;
    uint32_t index;
    char name[24];
    SeloChildState state;
    pid_t pid;                /* 0 = none */
    SeloComponent *component; /* --single */
    SeloChannel *channel;
    SeloBackoff backoff;
    SeloTimer timer; /* up: the limit for starting; down: the next try */
    gint64 started;
    gboolean was_killed; /* from outside, the last time */
    guint n_restarts;
    GVariant *answer; /* last "status-reply", a{sv} */
};

SeloChild *
selo_child_new(const SeloChildContext *context, SeloRoleKind kind, uint32_t index)
{
    SeloChild *child = g_new0(SeloChild, 1);

    child->context = context;
    child->kind = kind;
    child->index = index;
    if (selo_role_type(kind)->is_per_core)
        g_snprintf(child->name, sizeof child->name, "%s %u", selo_role_kind_name(kind), index);
    else
        g_strlcpy(child->name, selo_role_kind_name(kind), sizeof child->name);
    return child;
}

static void
clear(SeloChild *child)
{
    selo_timer_disarm(&child->timer);
    g_clear_pointer(&child->channel, selo_channel_free);
    g_clear_pointer(&child->answer, g_variant_unref);
    child->component = NULL;
    child->pid = 0;
    child->state = SELO_CHILD_DOWN;
}

void
selo_child_free(SeloChild *child)
{
    clear(child);
    g_free(child);
}

/* ---- what it says ---- */

static void
take_ready(SeloChild *child)
{
    char pid[16];

    selo_timer_disarm(&child->timer);
    child->state = SELO_CHILD_READY;
    g_snprintf(pid, sizeof pid, "%d", (int) child->pid);
    selo_event(G_LOG_LEVEL_INFO, "role-ready", NULL, "role", child->name, "pid",
               child->pid > 0 ? pid : NULL, NULL);
    child->context->ready(child->context->data, child);
}

static void
tell_failed(SeloChild *child, const char *reason)
{
    selo_event(G_LOG_LEVEL_CRITICAL, "role-failed", NULL, "role", child->name, "reason", reason,
               NULL);
    child->context->failed(child->context->data, child, reason);
}

static void
child_received(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
    SeloChild *child = data;
    const char *reason;

    if (strcmp(message, "ready") == 0)
        take_ready(child);
    else if (strcmp(message, "failed") == 0) {
        g_variant_get(body, "(&s)", &reason);
        tell_failed(child, reason);
    } else if (strcmp(message, "status-reply") == 0) {
        g_clear_pointer(&child->answer, g_variant_unref);
        child->answer = g_variant_get_child_value(body, 1);
        child->context->answered(child->context->data, child);
    }
}

/* The process will follow, for a role without a supervisor stops; SIGCHLD tells how. */
static void
channel_closed(void *data)
{
    SeloChild *child = data;

    g_clear_pointer(&child->channel, selo_channel_free);
}

gboolean
selo_child_send(SeloChild *child, const char *message, GVariant *body, const int *fds, size_t n_fds)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(body);

    return child->channel != NULL && selo_channel_send(child->channel, message, owned, fds, n_fds);
}

/* ---- its end ---- */

/* Crashes are told with signal and process; an orderly end is no news. */
static void
log_end(const SeloChild *child, int status)
{
    gboolean is_crash = WIFSIGNALED(status), is_good = !is_crash && WEXITSTATUS(status) == 0;
    char pid[16], code[16];

    g_snprintf(pid, sizeof pid, "%d", (int) child->pid);
    g_snprintf(code, sizeof code, "%d", is_crash ? WTERMSIG(status) : WEXITSTATUS(status));
    selo_event(is_good ? G_LOG_LEVEL_INFO : G_LOG_LEVEL_WARNING,
               is_crash ? "role-crashed" : "role-ended", NULL, "role", child->name, "pid", pid,
               is_crash ? "signal" : "status", code, NULL);
}

static void
tell_gone(SeloChild *child)
{
    clear(child);
    child->context->gone(child->context->data, child);
}

gboolean
selo_child_reap(SeloChild *child, pid_t pid, int status)
{
    if (child->pid != pid)
        return FALSE;
    log_end(child, status);
    child->was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    tell_gone(child);
    return TRUE;
}

static void
component_ended(void *data)
{
    SeloChild *child = data;

    if (!child->component->is_abandoned) /* else its memory may still be in use */
        selo_component_free(child->component);
    tell_gone(child);
}

void
selo_child_kill(SeloChild *child)
{
    if (child->pid > 0)
        kill(child->pid, SIGKILL);
}

/* ---- its beginning ---- */

/* Begins every session id of the role: the time in sixteenths of a second, never the same twice, in
 * the alphabet of RFC 4648 section 5. */
static void
make_id(char id[8])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static guint64 last;
    guint64 now = (guint64) g_get_real_time() / (G_USEC_PER_SEC / 16);

    last = MAX(now, last + 1);
    for (int i = 5; i >= 0; i--)
        id[5 - i] = alphabet[(last >> (6 * i)) & 63];
    id[6] = '\0';
}

static gboolean
start_process(SeloChild *child, const char *id, int role_end, GError **error)
{
    const SeloChildContext *context = child->context;
    g_autofree char *role = g_strconcat("--role=", selo_role_kind_name(child->kind), NULL);
    g_autofree char *index = g_strdup_printf("--index=%u", child->index);
    g_autofree char *number = g_strdup_printf("--generation=%u", context->generation);
    g_autofree char *id_option = g_strconcat("--id=", id, NULL);
    g_autofree char *level = g_strconcat("--log-level=", context->log_level, NULL);
    g_autofree char *root =
        context->root != NULL ? g_strconcat("--root=", context->root, NULL) : NULL;
    const char *arguments[] = { role, index, number, id_option, level, root, NULL };
    const int fds[] = { role_end, context->snapshot_fd, context->log_fd };

    return selo_spawn(arguments, fds, G_N_ELEMENTS(fds), &child->pid, error);
}

static gboolean
start_component(SeloChild *child, const char *id, int role_end, GError **error)
{
    const SeloChildContext *context = child->context;
    SeloComponentOptions options = {
        .kind = child->kind,
        .index = child->index,
        .generation = context->generation,
        .id = id,
        .paths = context->paths,
        .channel_fd = fcntl(role_end, F_DUPFD_CLOEXEC, 3),
        .snapshot_fd = context->snapshot_fd,
        .is_single = TRUE,
        .ended = component_ended,
        .data = child,
    };

    child->component = selo_component_new(&options, error);
    if (child->component == NULL)
        return FALSE;
    selo_component_begin(child->component);
    return TRUE;
}

static void
start_expired(void *data)
{
    SeloChild *child = data;

    selo_event(G_LOG_LEVEL_WARNING, "role-hung", NULL, "role", child->name, NULL);
    selo_child_kill(child);
}

static gboolean
start(SeloChild *child, GError **error)
{
    gboolean is_started;
    char id[8];
    int ends[2];

    if (!selo_channel_pair(ends, error))
        return FALSE;
    make_id(id);
    child->channel =
        selo_channel_new(child->context->loop, ends[0], child_received, channel_closed, child);
    is_started = child->context->is_single ? start_component(child, id, ends[1], error)
                                           : start_process(child, id, ends[1], error);
    close(ends[1]);
    return is_started;
}

gboolean
selo_child_start(SeloChild *child)
{
    SeloLoop *loop = child->context->loop;
    g_autoptr(GError) error = NULL;

    child->started = selo_loop_now(loop);
    if (!start(child, &error)) {
        tell_failed(child, error->message);
        tell_gone(child);
        return FALSE;
    }
    child->state = SELO_CHILD_STARTING;
    selo_timer_arm(loop, &child->timer, START_LIMIT_USEC, start_expired, child);
    child->context->started(child->context->data, child);
    return TRUE;
}

static void
restart_due(void *data)
{
    selo_child_start(data);
}

void
selo_child_restart_later(SeloChild *child)
{
    SeloLoop *loop = child->context->loop;
    gint64 lived = selo_loop_now(loop) - child->started;
    gint64 delay;

    if (child
            ->was_killed) /* an administrator or the kernel did it: no sign of a fault in the role */
        child->backoff = (SeloBackoff){ 0 };
    delay = selo_backoff_next(&child->backoff, lived);

    child->n_restarts++;
    selo_timer_arm(loop, &child->timer, delay, restart_due, child);
}

void
selo_child_forget_restart(SeloChild *child)
{
    if (child->state == SELO_CHILD_DOWN)
        selo_timer_disarm(&child->timer);
}

/* ---- facts ---- */

uint32_t
selo_child_index(const SeloChild *child)
{
    return child->index;
}

SeloChildState
selo_child_state(const SeloChild *child)
{
    return child->state;
}

const char *
selo_child_name(const SeloChild *child)
{
    return child->name;
}

GVariant *
selo_child_report(const SeloChild *child, const char *phase)
{
    static const char *const states[] = { "down", "starting", "running" };
    gint64 age = (g_get_monotonic_time() - child->started) / G_USEC_PER_SEC;
    GVariantDict row;

    g_variant_dict_init(&row, child->answer);
    g_variant_dict_insert(&row, "role", "s", selo_role_kind_name(child->kind));
    g_variant_dict_insert(&row, "index", "u", child->index);
    g_variant_dict_insert(&row, "generation", "u", child->context->generation);
    g_variant_dict_insert(&row, "phase", "s", phase);
    g_variant_dict_insert(&row, "state", "s", states[child->state]);
    g_variant_dict_insert(&row, "pid", "i", (gint32) child->pid);
    g_variant_dict_insert(&row, "restarts", "u", child->n_restarts);
    g_variant_dict_insert(&row, "uptime-seconds", "x",
                          child->state == SELO_CHILD_DOWN ? (gint64) 0 : age);
    return g_variant_dict_end(&row);
}
