/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-generation.c: the life of its children: started, handed their sockets and links, restarted with
 * backoff, drained, stopped. A child that dies takes nobody along: its sockets stay open here, and its
 * links are made anew.
 */
#include "config.h"

#include "server/process/selo-generation.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/process/selo-spawn.h"

#define START_LIMIT_USEC (60 * G_USEC_PER_SEC)

typedef enum { DOWN, STARTING, READY } ChildState;

typedef struct {
    SeloGeneration *generation;
    SeloRoleKind kind;
    uint32_t index;
    ChildState state;
    pid_t pid;                /* 0 = none */
    SeloComponent *component; /* --single */
    SeloChannel *channel;
    SeloBackoff backoff;
    SeloTimer timer; /* up: the limit for starting; down: the next try */
    gint64 started;
    guint n_restarts;
    GVariant *answer; /* last "status-reply", a{sv} */
} Child;

struct SeloGeneration {
    SeloGenerationOptions options;
    SeloSnapshot *snapshot;
    SeloGenerationPhase phase;
    guint n_workers;
    GPtrArray *children; /* of Child, the auth role first */
    char *reason;        /* of the failure */
    gboolean is_log_level_set;
    SeloDeferred telling;
};

static void child_start(void *data);

static const char *
name_child(const Child *child, char text[32])
{
    const SeloRoleType *type = selo_role_type(child->kind);

    if (type->is_per_core)
        g_snprintf(text, 32, "%s %u", type->name, child->index);
    else
        g_strlcpy(text, type->name, 32);
    return text;
}

/* ---- telling the owner ---- */

static gboolean
is_all(SeloGeneration *generation, ChildState state)
{
    for (guint i = 0; i < generation->children->len; i++)
        if (((Child *) generation->children->pdata[i])->state != state)
            return FALSE;
    return TRUE;
}

static gboolean
has_workers(SeloGeneration *generation)
{
    for (guint i = 0; i < generation->children->len; i++) {
        Child *child = generation->children->pdata[i];

        if (child->kind != SELO_ROLE_AUTH && child->state != DOWN)
            return TRUE;
    }
    return FALSE;
}

static void
tell(void *data)
{
    SeloGeneration *generation = data;
    const SeloGenerationEvents *events = &generation->options.events;
    void *owner = generation->options.data;

    if (generation->phase == SELO_GENERATION_STARTING && generation->reason != NULL)
        events->failed(owner, generation, generation->reason);
    else if (generation->phase == SELO_GENERATION_STARTING && is_all(generation, READY)) {
        generation->phase = SELO_GENERATION_RUNNING;
        events->ready(owner, generation);
    } else if (generation->phase >= SELO_GENERATION_DRAINING && is_all(generation, DOWN))
        events->gone(owner, generation);
}

static void
tell_later(SeloGeneration *generation)
{
    selo_loop_defer(generation->options.loop, &generation->telling, tell, generation);
}

static void
fail(SeloGeneration *generation, const char *reason)
{
    if (generation->phase != SELO_GENERATION_STARTING || generation->reason != NULL)
        return;
    generation->reason = g_strdup(reason);
    tell_later(generation);
}

/* ---- handing over ---- */

static Child *
find_auth(SeloGeneration *generation)
{
    return generation->children->pdata[0];
}

static void
link_to_auth(Child *worker, Child *auth)
{
    g_autoptr(GError) error = NULL;
    int ends[2];

    if (worker->channel == NULL || auth->channel == NULL)
        return;
    if (!selo_channel_pair(ends, &error)) {
        selo_event(G_LOG_LEVEL_WARNING, "link-failed", NULL, "reason", error->message, NULL);
        return;
    }
    selo_channel_send(auth->channel, "auth-client", g_variant_new("()"), &ends[0], 1);
    selo_channel_send(worker->channel, "auth-link", g_variant_new("()"), &ends[1], 1);
    close(ends[0]);
    close(ends[1]);
}

typedef struct {
    Child *child;
    const char *listener;
} SocketGift;

static void
give_socket(void *data, int fd)
{
    SocketGift *gift = data;

    selo_channel_send(gift->child->channel, "socket", g_variant_new("(s)", gift->listener), &fd, 1);
}

static void
give_sockets(Child *child)
{
    SeloGeneration *generation = child->generation;
    SeloStrs names = selo_snapshot_names(generation->snapshot, "listener");

    for (size_t i = 0; i < names.n; i++) {
        const SeloConf *conf =
            selo_snapshot_section(generation->snapshot, "listener", names.v[i].s);
        SeloStrs addresses = selo_conf_list(conf, "address");
        SocketGift gift = { child, names.v[i].s };

        for (size_t k = 0; k < addresses.n; k++)
            selo_sockets_for_worker(generation->options.sockets, addresses.v[k].s, child->index,
                                    generation->n_workers, give_socket, &gift);
    }
}

static void
hand_over(Child *child)
{
    SeloGeneration *generation = child->generation;

    if (child->kind == SELO_ROLE_AUTH) {
        for (guint i = 1; i < generation->children->len; i++)
            link_to_auth(generation->children->pdata[i], child);
    } else {
        link_to_auth(child, find_auth(generation));
        give_sockets(child);
    }
    selo_channel_send(child->channel, "start", g_variant_new("()"), NULL, 0);
}

/* ---- the end of a child ---- */

static void
send_to(Child *child, const char *message)
{
    if (child->channel != NULL)
        selo_channel_send(child->channel, message, g_variant_new("()"), NULL, 0);
}

static void
clear_child(Child *child)
{
    selo_timer_disarm(&child->timer);
    g_clear_pointer(&child->channel, selo_channel_free);
    g_clear_pointer(&child->answer, g_variant_unref);
    child->component = NULL;
    child->pid = 0;
    child->state = DOWN;
}

/* Workers that still have sessions need their auth role as much as running ones do. */
static gboolean
is_wanted(const Child *child)
{
    SeloGeneration *generation = child->generation;

    if (generation->phase == SELO_GENERATION_RUNNING)
        return TRUE;
    return generation->phase == SELO_GENERATION_DRAINING && child->kind == SELO_ROLE_AUTH &&
           has_workers(generation);
}

static void
child_gone(Child *child)
{
    SeloGeneration *generation = child->generation;
    char name[32];
    g_autofree char *reason = NULL;

    clear_child(child);
    if (is_wanted(child)) {
        gint64 delay = selo_backoff_next(&child->backoff,
                                         selo_loop_now(generation->options.loop) - child->started);

        child->n_restarts++;
        selo_timer_arm(generation->options.loop, &child->timer, delay, child_start, child);
        return;
    }
    reason =
        g_strdup_printf("the role %s ended while it was being started", name_child(child, name));
    fail(generation, reason);
    if (generation->phase >= SELO_GENERATION_DRAINING) {
        if (!has_workers(generation))
            send_to(find_auth(generation), "stop");
        tell_later(generation);
    }
}

/* Crashes are told with signal and process; an orderly end is no news. */
static void
log_end(const Child *child, int status)
{
    char name[32], pid[16], code[16];
    gboolean is_crash = WIFSIGNALED(status);

    g_snprintf(pid, sizeof pid, "%d", (int) child->pid);
    g_snprintf(code, sizeof code, "%d", is_crash ? WTERMSIG(status) : WEXITSTATUS(status));
    selo_event(is_crash || WEXITSTATUS(status) != 0 ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_INFO,
               is_crash ? "role-crashed" : "role-ended", NULL, "role", name_child(child, name),
               "pid", pid, is_crash ? "signal" : "status", code, NULL);
}

gboolean
selo_generation_reap(SeloGeneration *generation, pid_t pid, int status)
{
    for (guint i = 0; i < generation->children->len; i++) {
        Child *child = generation->children->pdata[i];

        if (child->pid == pid) {
            log_end(child, status);
            child_gone(child);
            return TRUE;
        }
    }
    return FALSE;
}

static void
component_ended(void *data)
{
    Child *child = data;

    if (!child->component->is_abandoned) /* else its memory may still be in use */
        selo_component_free(child->component);
    child_gone(child);
}

/* The process will follow, for a role without a supervisor stops; SIGCHLD tells how. */
static void
channel_closed(void *data)
{
    Child *child = data;

    g_clear_pointer(&child->channel, selo_channel_free);
}

/* ---- the life of a child ---- */

static void
child_ready(Child *child)
{
    char name[32], pid[16];

    selo_timer_disarm(&child->timer);
    child->state = READY;
    g_snprintf(pid, sizeof pid, "%d", (int) child->pid);
    selo_event(G_LOG_LEVEL_INFO, "role-ready", NULL, "role", name_child(child, name), "pid",
               child->pid > 0 ? pid : NULL, NULL);
    tell_later(child->generation);
}

static void
child_failed(Child *child, GVariant *body)
{
    char name[32];
    const char *reason;

    g_variant_get(body, "(&s)", &reason);
    selo_event(G_LOG_LEVEL_CRITICAL, "role-failed", NULL, "role", name_child(child, name), "reason",
               reason, NULL);
    fail(child->generation, reason);
}

static void
take_answer(Child *child, GVariant *body)
{
    g_clear_pointer(&child->answer, g_variant_unref);
    child->answer = g_variant_get_child_value(body, 1);
    child->generation->options.events.reported(child->generation->options.data);
}

static void
child_received(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
    Child *child = data;

    if (strcmp(message, "ready") == 0)
        child_ready(child);
    else if (strcmp(message, "failed") == 0)
        child_failed(child, body);
    else if (strcmp(message, "status-reply") == 0)
        take_answer(child, body);
}

static void
start_expired(void *data)
{
    Child *child = data;
    char name[32];

    selo_event(G_LOG_LEVEL_WARNING, "role-hung", NULL, "role", name_child(child, name), NULL);
    if (child->pid > 0)
        kill(child->pid, SIGKILL);
}

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
start_process(Child *child, const char *id, int role_end, GError **error)
{
    const SeloGenerationOptions *options = &child->generation->options;
    g_autofree char *role = g_strconcat("--role=", selo_role_kind_name(child->kind), NULL);
    g_autofree char *index = g_strdup_printf("--index=%u", child->index);
    g_autofree char *number = g_strdup_printf("--generation=%u", options->number);
    g_autofree char *id_option = g_strconcat("--id=", id, NULL);
    g_autofree char *level = g_strconcat("--log-level=", options->log_level, NULL);
    g_autofree char *root =
        options->root != NULL ? g_strconcat("--root=", options->root, NULL) : NULL;
    const char *arguments[] = { role, index, number, id_option, level, root, NULL };
    const int fds[] = { role_end, options->snapshot_fd, options->log_fd };

    return selo_spawn(arguments, fds, G_N_ELEMENTS(fds), &child->pid, error);
}

static gboolean
start_component(Child *child, const char *id, int role_end, GError **error)
{
    const SeloGenerationOptions *options = &child->generation->options;
    SeloComponentOptions component = {
        .kind = child->kind,
        .index = child->index,
        .generation = options->number,
        .id = id,
        .paths = options->paths,
        .channel_fd = dup(role_end),
        .snapshot_fd = options->snapshot_fd,
        .is_single = TRUE,
        .ended = component_ended,
        .data = child,
    };

    child->component = selo_component_new(&component, error);
    if (child->component == NULL)
        return FALSE;
    selo_component_begin(child->component);
    return TRUE;
}

static void
child_start(void *data)
{
    Child *child = data;
    SeloGeneration *generation = child->generation;
    SeloLoop *loop = generation->options.loop;
    g_autoptr(GError) error = NULL;
    gboolean is_started;
    char id[8], name[32];
    int ends[2];

    make_id(id);
    child->started = selo_loop_now(loop);
    if (!selo_channel_pair(ends, &error))
        is_started = FALSE;
    else {
        child->channel = selo_channel_new(loop, ends[0], child_received, channel_closed, child);
        is_started = generation->options.is_single ? start_component(child, id, ends[1], &error)
                                                   : start_process(child, id, ends[1], &error);
        close(ends[1]);
    }
    if (!is_started) {
        selo_event(G_LOG_LEVEL_CRITICAL, "role-failed", NULL, "role", name_child(child, name),
                   "reason", error->message, NULL);
        fail(generation, error->message);
        child_gone(child);
        return;
    }
    child->state = STARTING;
    selo_timer_arm(loop, &child->timer, START_LIMIT_USEC, start_expired, child);
    hand_over(child);
}

/* ---- the generation ---- */

static void
add_child(SeloGeneration *generation, SeloRoleKind kind, guint index)
{
    Child *child = g_new0(Child, 1);

    child->generation = generation;
    child->kind = kind;
    child->index = index;
    g_ptr_array_add(generation->children, child);
}

static void
child_free(void *data)
{
    Child *child = data;

    clear_child(child);
    g_free(child);
}

SeloGeneration *
selo_generation_new(const SeloGenerationOptions *options, GError **error)
{
    SeloSnapshot *snapshot = selo_snapshot_open(options->snapshot_fd, error);
    SeloGeneration *generation;
    const SeloConf *server;

    if (snapshot == NULL) {
        close(options->snapshot_fd);
        return NULL;
    }
    server = selo_snapshot_section(snapshot, "server", "");
    generation = g_new0(SeloGeneration, 1);
    generation->options = *options;
    generation->snapshot = snapshot;
    generation->n_workers = options->is_single ? 1 : selo_worker_count(server);
    generation->children = g_ptr_array_new_with_free_func(child_free);
    if (options->log_level == NULL)
        generation->options.log_level = selo_conf_str(server, "log-level");
    generation->options.log_level = g_strdup(generation->options.log_level);
    add_child(generation, SELO_ROLE_AUTH, 0);
    for (guint i = 0; i < generation->n_workers; i++)
        add_child(generation, SELO_ROLE_WORKER, i);
    return generation;
}

void
selo_generation_free(SeloGeneration *generation)
{
    if (generation == NULL)
        return;
    selo_loop_undefer(generation->options.loop, &generation->telling);
    g_ptr_array_unref(generation->children);
    selo_snapshot_unref(generation->snapshot);
    close(generation->options.snapshot_fd);
    g_free((char *) generation->options.log_level);
    g_free(generation->reason);
    g_free(generation);
}

SeloSnapshot *
selo_generation_snapshot(SeloGeneration *generation)
{
    return generation->snapshot;
}

SeloGenerationPhase
selo_generation_phase(SeloGeneration *generation)
{
    return generation->phase;
}

gboolean
selo_generation_open_sockets(SeloGeneration *generation, GError **error)
{
    SeloStrs names = selo_snapshot_names(generation->snapshot, "listener");

    for (size_t i = 0; i < names.n; i++) {
        const SeloConf *conf =
            selo_snapshot_section(generation->snapshot, "listener", names.v[i].s);
        SeloStrs addresses = selo_conf_list(conf, "address");

        for (size_t k = 0; k < addresses.n; k++)
            if (!selo_sockets_open(generation->options.sockets, addresses.v[k].s,
                                   generation->n_workers, error)) {
                g_prefix_error(error, "[listener %s] address: ", names.v[i].s);
                return FALSE;
            }
    }
    return TRUE;
}

void
selo_generation_start(SeloGeneration *generation)
{
    for (guint i = 0; i < generation->children->len && generation->reason == NULL; i++)
        child_start(generation->children->pdata[i]);
}

/* Workers only: the auth role is told when the last of them has gone. */
static void
wind_down(SeloGeneration *generation, SeloGenerationPhase phase, const char *message)
{
    generation->phase = phase;
    for (guint i = 0; i < generation->children->len; i++) {
        Child *child = generation->children->pdata[i];

        if (child->state == DOWN)
            selo_timer_disarm(&child->timer); /* not started again */
        else if (child->kind != SELO_ROLE_AUTH)
            send_to(child, message);
    }
    if (!has_workers(generation))
        send_to(find_auth(generation), "stop");
    tell_later(generation);
}

void
selo_generation_drain(SeloGeneration *generation)
{
    wind_down(generation, SELO_GENERATION_DRAINING, "drain");
}

void
selo_generation_stop(SeloGeneration *generation)
{
    wind_down(generation, SELO_GENERATION_STOPPING, "stop");
}

void
selo_generation_kill(SeloGeneration *generation)
{
    for (guint i = 0; i < generation->children->len; i++) {
        Child *child = generation->children->pdata[i];

        if (child->pid > 0)
            kill(child->pid, SIGKILL);
    }
}

void
selo_generation_set_log(SeloGeneration *generation, int log_fd)
{
    generation->options.log_fd = log_fd;
    for (guint i = 0; i < generation->children->len; i++) {
        Child *child = generation->children->pdata[i];

        if (child->channel != NULL)
            selo_channel_send(child->channel, "log", g_variant_new("()"), &log_fd, 1);
    }
}

void
selo_generation_set_log_level(SeloGeneration *generation, const char *level)
{
    g_free((char *) generation->options.log_level);
    generation->options.log_level = g_strdup(level);
    for (guint i = 0; i < generation->children->len; i++) {
        Child *child = generation->children->pdata[i];

        if (child->channel != NULL)
            selo_channel_send(child->channel, "log-level", g_variant_new("(s)", level), NULL, 0);
    }
}

guint
selo_generation_ask_status(SeloGeneration *generation, guint32 serial)
{
    guint n = 0;

    for (guint i = 0; i < generation->children->len; i++) {
        Child *child = generation->children->pdata[i];

        if (child->state == READY && child->channel != NULL &&
            selo_channel_send(child->channel, "status", g_variant_new("(u)", serial), NULL, 0))
            n++;
    }
    return n;
}

static void
report_child(const Child *child, GVariantBuilder *roles)
{
    static const char *const states[] = {
        [DOWN] = "down", [STARTING] = "starting", [READY] = "running"
    };
    static const char *const phases[] = { "starting", "running", "draining", "stopping" };
    GVariantDict row;

    g_variant_dict_init(&row, child->answer);
    g_variant_dict_insert(&row, "role", "s", selo_role_kind_name(child->kind));
    g_variant_dict_insert(&row, "index", "u", child->index);
    g_variant_dict_insert(&row, "generation", "u", child->generation->options.number);
    g_variant_dict_insert(&row, "phase", "s", phases[child->generation->phase]);
    g_variant_dict_insert(&row, "state", "s", states[child->state]);
    g_variant_dict_insert(&row, "pid", "i", (gint32) child->pid);
    g_variant_dict_insert(&row, "restarts", "u", child->n_restarts);
    g_variant_dict_insert(&row, "uptime-seconds", "x",
                          child->state == DOWN
                              ? (gint64) 0
                              : (g_get_monotonic_time() - child->started) / G_USEC_PER_SEC);
    g_variant_builder_add_value(roles, g_variant_dict_end(&row));
}

void
selo_generation_report(SeloGeneration *generation, GVariantBuilder *roles)
{
    for (guint i = 0; i < generation->children->len; i++)
        report_child(generation->children->pdata[i], roles);
}
