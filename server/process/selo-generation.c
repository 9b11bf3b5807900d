/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-generation.c: what the end of a child means: started again while the generation runs, left alone
 * while it drains, the end of everything while it starts. A child that dies takes nobody along: its
 * sockets stay open here, and its links are made anew.
 */
#include "config.h"

#include "server/process/selo-generation.h"

#include <unistd.h>

#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/process/selo-child.h"

struct SeloGeneration {
    SeloLoop *loop;
    SeloChildContext context;
    SeloSockets *sockets;
    SeloSnapshot *snapshot;
    SeloGenerationPhase phase;
    guint n_workers;
    GPtrArray *children; /* of SeloChild, the auth role first */
    SeloChild **lent_to; /* by worker: who accepts for it while it is down */
    char *reason;        /* of the failure */
    SeloDeferred telling;
    const SeloGenerationEvents *events;
    void *data;
};

static SeloChild *
get_child(SeloGeneration *generation, guint index)
{
    return generation->children->pdata[index];
}

static SeloChild *
get_auth(SeloGeneration *generation)
{
    return get_child(generation, 0);
}

/* ---- telling the owner ---- */

static gboolean
is_all(SeloGeneration *generation, SeloChildState state)
{
    for (guint i = 0; i < generation->children->len; i++)
        if (selo_child_state(get_child(generation, i)) != state)
            return FALSE;
    return TRUE;
}

static gboolean
has_workers(SeloGeneration *generation)
{
    for (guint i = 1; i < generation->children->len; i++)
        if (selo_child_state(get_child(generation, i)) != SELO_CHILD_DOWN)
            return TRUE;
    return FALSE;
}

static void
tell(void *data)
{
    SeloGeneration *generation = data;
    const SeloGenerationEvents *events = generation->events;

    if (generation->phase == SELO_GENERATION_STARTING && generation->reason != NULL)
        events->failed(generation->data, generation, generation->reason);
    else if (generation->phase == SELO_GENERATION_STARTING &&
             is_all(generation, SELO_CHILD_READY)) {
        generation->phase = SELO_GENERATION_RUNNING;
        events->ready(generation->data, generation);
    } else if (generation->phase >= SELO_GENERATION_DRAINING && is_all(generation, SELO_CHILD_DOWN))
        events->gone(generation->data, generation);
}

static void
tell_later(SeloGeneration *generation)
{
    selo_loop_defer(generation->loop, &generation->telling, tell, generation);
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

static void
link_to_auth(SeloChild *worker, SeloChild *auth)
{
    g_autoptr(GError) error = NULL;
    int ends[2];

    if (selo_child_state(worker) == SELO_CHILD_DOWN || selo_child_state(auth) == SELO_CHILD_DOWN)
        return;
    if (!selo_channel_pair(ends, &error)) {
        selo_event(G_LOG_LEVEL_WARNING, "link-failed", NULL, "reason", error->message, NULL);
        return;
    }
    selo_child_send(auth, "auth-client", g_variant_new("()"), &ends[0], 1);
    selo_child_send(worker, "auth-link", g_variant_new("()"), &ends[1], 1);
    close(ends[0]);
    close(ends[1]);
}

typedef struct {
    SeloChild *child;
    guint index; /* whose sockets */
    const char *listener;
} SocketGift;

static void
give_socket(void *data, int fd)
{
    SocketGift *gift = data;

    selo_child_send(gift->child, "socket", g_variant_new("(s)", gift->listener), &fd, 1);
}

/* Calls @visit for each address of each listener until it says FALSE. */
typedef gboolean (*AddressFunc)(SeloGeneration *generation, const char *listener,
                                const char *address, void *data);

static gboolean
for_each_address(SeloGeneration *generation, AddressFunc visit, void *data)
{
    SeloStrs names = selo_snapshot_names(generation->snapshot, "listener");

    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.v[i].s;
        SeloStrs addresses = selo_conf_list(
            selo_snapshot_section(generation->snapshot, "listener", name), "address");

        for (size_t k = 0; k < addresses.n; k++)
            if (!visit(generation, name, addresses.v[k].s, data))
                return FALSE;
    }
    return TRUE;
}

static gboolean
give_address(SeloGeneration *generation, const char *listener, const char *address, void *data)
{
    SocketGift *gift = data;

    gift->listener = listener;
    selo_sockets_for_worker(generation->sockets, address, gift->index, generation->n_workers,
                            give_socket, gift);
    return TRUE;
}

/* Those of worker @index to @child. */
static void
give_sockets(SeloGeneration *generation, guint index, SeloChild *child)
{
    SocketGift gift = { child, index, NULL };

    for_each_address(generation, give_address, &gift);
}

static SeloChild *
find_ready_worker(SeloGeneration *generation)
{
    for (guint i = 1; i < generation->children->len; i++)
        if (selo_child_state(get_child(generation, i)) == SELO_CHILD_READY)
            return get_child(generation, i);
    return NULL;
}

/* The kernel goes on giving connections to the sockets of a worker that is down. Another one accepts
 * them too, and goes on when its neighbour is back: both wait on the same queue then. */
static void
lend_sockets(SeloGeneration *generation)
{
    SeloChild *ready = find_ready_worker(generation);

    for (guint i = 0; ready != NULL && i < generation->n_workers; i++)
        if (selo_child_state(get_child(generation, i + 1)) == SELO_CHILD_DOWN &&
            generation->lent_to[i] == NULL) {
            give_sockets(generation, i, ready);
            generation->lent_to[i] = ready;
        }
}

static void
forget_loans(SeloGeneration *generation, const SeloChild *child)
{
    for (guint i = 0; i < generation->n_workers; i++)
        if (generation->lent_to[i] == child)
            generation->lent_to[i] = NULL;
}

static void
child_started(void *data, SeloChild *child)
{
    SeloGeneration *generation = data;

    if (child == get_auth(generation)) {
        for (guint i = 1; i < generation->children->len; i++)
            link_to_auth(get_child(generation, i), child);
    } else {
        link_to_auth(child, get_auth(generation));
        give_sockets(generation, selo_child_index(child), child);
    }
    selo_child_send(child, "start", g_variant_new("()"), NULL, 0);
}

/* ---- what happens to children ---- */

static void
child_ready(void *data, SeloChild *child)
{
    SeloGeneration *generation = data;

    if (generation->phase == SELO_GENERATION_RUNNING)
        lend_sockets(generation);
    tell_later(generation);
}

static void
child_failed(void *data, SeloChild *child, const char *reason)
{
    fail(data, reason);
}

static void
child_answered(void *data, SeloChild *child)
{
    SeloGeneration *generation = data;

    generation->events->answered(generation->data);
}

/* Workers that still have sessions need their auth role as much as running ones do. */
static gboolean
is_wanted(SeloGeneration *generation, SeloChild *child)
{
    if (generation->phase == SELO_GENERATION_RUNNING)
        return TRUE;
    return generation->phase == SELO_GENERATION_DRAINING && child == get_auth(generation) &&
           has_workers(generation);
}

static void
child_gone(void *data, SeloChild *child)
{
    SeloGeneration *generation = data;

    forget_loans(generation, child);
    if (is_wanted(generation, child)) {
        selo_child_restart_later(child);
        if (generation->phase == SELO_GENERATION_RUNNING)
            lend_sockets(generation);
        return;
    }
    if (generation->phase == SELO_GENERATION_STARTING) {
        g_autofree char *reason =
            g_strdup_printf("the role %s ended while it was being started", selo_child_name(child));

        fail(generation, reason);
        return;
    }
    if (!has_workers(generation))
        selo_child_send(get_auth(generation), "stop", g_variant_new("()"), NULL, 0);
    tell_later(generation);
}

gboolean
selo_generation_reap(SeloGeneration *generation, pid_t pid, int status)
{
    for (guint i = 0; i < generation->children->len; i++)
        if (selo_child_reap(get_child(generation, i), pid, status))
            return TRUE;
    return FALSE;
}

/* ---- the generation ---- */

static SeloChildContext
make_context(SeloGeneration *generation, const SeloGenerationOptions *options)
{
    const SeloConf *server = selo_snapshot_section(generation->snapshot, "server", "");
    const char *level = options->log_level;

    return (SeloChildContext){
        .loop = options->loop,
        .root = options->root,
        .paths = options->paths,
        .snapshot_fd = options->snapshot_fd,
        .log_fd = options->log_fd,
        .log_level = g_strdup(level != NULL ? level : selo_conf_str(server, "log-level")),
        .generation = options->number,
        .is_single = options->is_single,
        .started = child_started,
        .ready = child_ready,
        .failed = child_failed,
        .gone = child_gone,
        .answered = child_answered,
        .data = generation,
    };
}

static void
add_child(SeloGeneration *generation, SeloRoleKind kind, guint index)
{
    g_ptr_array_add(generation->children, selo_child_new(&generation->context, kind, index));
}

SeloGeneration *
selo_generation_new(const SeloGenerationOptions *options, GError **error)
{
    SeloSnapshot *snapshot = selo_snapshot_open(options->snapshot_fd, error);
    SeloGeneration *generation;

    if (snapshot == NULL) {
        close(options->snapshot_fd);
        return NULL;
    }
    generation = g_new0(SeloGeneration, 1);
    generation->loop = options->loop;
    generation->sockets = options->sockets;
    generation->events = options->events;
    generation->data = options->data;
    generation->snapshot = snapshot;
    generation->context = make_context(generation, options);
    generation->n_workers =
        options->is_single ? 1 : selo_worker_count(selo_snapshot_section(snapshot, "server", ""));
    generation->children = g_ptr_array_new_with_free_func((GDestroyNotify) selo_child_free);
    generation->lent_to = g_new0(SeloChild *, generation->n_workers);
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
    selo_loop_undefer(generation->loop, &generation->telling);
    g_ptr_array_unref(generation->children);
    selo_snapshot_unref(generation->snapshot);
    close(generation->context.snapshot_fd);
    g_free(generation->lent_to);
    g_free(generation->context.log_level);
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

static gboolean
open_socket(SeloGeneration *generation, const char *listener, const char *address, void *data)
{
    GError **error = data;

    if (selo_sockets_open(generation->sockets, address, generation->n_workers, error))
        return TRUE;
    g_prefix_error(error, "[listener %s] address: ", listener);
    return FALSE;
}

gboolean
selo_generation_open_sockets(SeloGeneration *generation, GError **error)
{
    return for_each_address(generation, open_socket, error);
}

void
selo_generation_start(SeloGeneration *generation)
{
    for (guint i = 0; i < generation->children->len && generation->reason == NULL; i++)
        selo_child_start(get_child(generation, i));
}

/* Workers only: the auth role is told when the last of them has gone. */
static void
wind_down(SeloGeneration *generation, SeloGenerationPhase phase, const char *message)
{
    generation->phase = phase;
    for (guint i = 0; i < generation->children->len; i++) {
        SeloChild *child = get_child(generation, i);

        selo_child_forget_restart(child);
        if (child != get_auth(generation))
            selo_child_send(child, message, g_variant_new("()"), NULL, 0);
    }
    if (!has_workers(generation))
        selo_child_send(get_auth(generation), "stop", g_variant_new("()"), NULL, 0);
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
    for (guint i = 0; i < generation->children->len; i++)
        selo_child_kill(get_child(generation, i));
}

void
selo_generation_set_log(SeloGeneration *generation, int log_fd)
{
    generation->context.log_fd = log_fd;
    for (guint i = 0; i < generation->children->len; i++)
        selo_child_send(get_child(generation, i), "log", g_variant_new("()"), &log_fd, 1);
}

void
selo_generation_set_log_level(SeloGeneration *generation, const char *level)
{
    g_free(generation->context.log_level);
    generation->context.log_level = g_strdup(level);
    for (guint i = 0; i < generation->children->len; i++)
        selo_child_send(get_child(generation, i), "log-level", g_variant_new("(s)", level), NULL,
                        0);
}

guint
selo_generation_ask_status(SeloGeneration *generation, guint32 serial)
{
    guint n = 0;

    for (guint i = 0; i < generation->children->len; i++) {
        SeloChild *child = get_child(generation, i);

        if (selo_child_state(child) == SELO_CHILD_READY &&
            selo_child_send(child, "status", g_variant_new("(u)", serial), NULL, 0))
            n++;
    }
    return n;
}

void
selo_generation_report(SeloGeneration *generation, GVariantBuilder *roles)
{
    static const char *const phases[] = { "starting", "running", "draining", "stopping" };

    for (guint i = 0; i < generation->children->len; i++) {
        SeloChild *child = get_child(generation, i);

        if (generation->phase < SELO_GENERATION_DRAINING ||
            selo_child_state(child) != SELO_CHILD_DOWN) /* else it has done its work */
            g_variant_builder_add_value(roles, selo_child_report(child, phases[generation->phase]));
    }
}
