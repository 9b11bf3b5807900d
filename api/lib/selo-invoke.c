/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-invoke.c: runs operations: at once on the loop, or on the instance's own threads. What
 * cannot be run is answered like what was: in the loop, later, exactly once.
 */
#include "config.h"

#include "api/lib/selo-call-struct.h"

#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/process/selo-role.h"

#define SLOW_USEC 5000 /* more than this on the loop and all others notice */

static void
run_on_loop(SeloCall *call, SeloOpFunc function)
{
    SeloInstance *target = call->target;
    int64_t begun = g_get_monotonic_time(), taken;

    function(target->self, call, call->memory.request);
    taken = g_get_monotonic_time() - begun;
    if (taken > SLOW_USEC) {
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, taken);

        selo_event(G_LOG_LEVEL_MESSAGE, "slow-call", call->scope.id, "plugin", target->plugin,
                   "instance", target->name, "operation", call->op->name, "usec", text, NULL);
    }
}

void
selo_invoke_run_item(SeloPoolItem *item)
{
    SeloCall *call = (SeloCall *) (void *) ((char *) item - G_STRUCT_OFFSET(SeloCall, pool_item));

    if (selo_call_has(call,
                      SELO_CALL_STOPPED | SELO_CALL_OVERRULED)) /* while it waited for a thread */
        selo_call_return(call, SELO_CANCELLED, NULL, NULL);
    else
        selo_instance_function(call->target, call->op)(call->target->self, call,
                                                       call->memory.request);
}

/* Why not? NULL: it may run. */
static const char *
find_obstacle(SeloCall *call, SeloInstance *target, const SeloOpType *op, SeloStatus *out_status)
{
    *out_status = SELO_UNSUPPORTED;
    if (target == NULL)
        return "there is no such instance";
    if (op == NULL || selo_instance_function(target, op) == NULL)
        return "the plugin does not have this operation";
    *out_status = SELO_TEMPORARY;
    if (target->is_closed)
        return "the instance has ended";
    if (!selo_breaker_admits(&target->breaker, selo_loop_now(selo_loop_get())))
        return "suspended, because its last calls timed out or crashed";
    return NULL;
}

/* The instance's settings for the listener, domain and user of the call. */
static const SeloConf *
find_conf(SeloCall *call, SeloInstance *target)
{
    const SeloCallFor *whom = call->scope.whom;
    SeloRole *role = call->scope.role;

    if (target->conf == NULL || whom == NULL || role == NULL || role->snapshot == NULL)
        return target->conf;
    return selo_snapshot_scoped(role->snapshot, target->conf, whom->listener, whom->domain,
                                whom->user);
}

static void
join_target(SeloCall *call, SeloInstance *target)
{
    call->in_flight = (SeloCallInFlight){ target->in_flight, &target->in_flight };
    if (call->in_flight.next != NULL)
        call->in_flight.next->in_flight.link = &call->in_flight.next;
    target->in_flight = call;
    target->counts.in_flight++;
    target->counts.calls++;
}

static void
run(SeloCall *call, const void *request)
{
    SeloInstance *target = call->target;

    if (target->pool == NULL) {
        call->memory.request = selo_record_copy_but_blobs(call->op->request, request);
        run_on_loop(call, selo_instance_function(target, call->op));
        return;
    }
    call->memory.request = selo_record_copy(call->op->request, request);
    if (!selo_pool_push(target->pool, &call->pool_item)) {
        target->counts.refused++;
        selo_call_overrule(call, SELO_TEMPORARY,
                           "too many calls wait for a thread of this instance");
        selo_call_return(call, SELO_TEMPORARY, NULL,
                         NULL); /* for the plugin, which will not see it */
    }
}

SeloCall *
selo_invoke_full(SeloCall *parent, SeloInstance *target, const SeloOpType *op, const void *request,
                 int64_t timeout_usec, SeloRowFunc on_row, SeloDoneFunc on_done, void *data)
{
    SeloCall *call;
    const char *obstacle;
    SeloStatus status;

    g_return_val_if_fail(parent != NULL && selo_loop_is_current(selo_loop_get()), NULL);

    call = selo_call_ref(selo_call_new(parent, 0));
    call->requester = (SeloCallRequester){ on_row, on_done, data };
    call->op = op;
    if (selo_call_has(parent, SELO_CALL_STOPPED | SELO_CALL_RETURNED)) {
        obstacle = "";
        status = SELO_CANCELLED;
    } else {
        obstacle = find_obstacle(call, target, op, &status);
    }
    if (obstacle != NULL) {
        if (target != NULL)
            target->counts.refused++;
        selo_call_overrule(call, status, *obstacle != '\0' ? obstacle : NULL);
        selo_call_return(call, status, NULL, NULL);
        return call;
    }
    call->target = selo_instance_ref(target);
    call->scope.conf = find_conf(call, target);
    join_target(call, target);
    if (timeout_usec == 0)
        timeout_usec = target->call_timeout != 0 && op->timeout_usec >= 0 ? target->call_timeout
                                                                          : op->timeout_usec;
    selo_call_arm(call, timeout_usec);
    run(call, request);
    return call;
}

void
selo_invoke(SeloCall *parent, SeloInstance *target, const char *op, const void *request,
            SeloRowFunc on_row, SeloDoneFunc on_done, void *data)
{
    const SeloOpType *type = target != NULL ? selo_interface_op(target->type, op) : NULL;

    selo_call_unref(selo_invoke_full(parent, target, type, request, 0, on_row, on_done, data));
}

/* ---- from a pool thread ----
 *
 * The thread waits on its own call, which a stop wakes. So a thread is never bound to a loop
 * that in turn waits for the thread to end. A stop comes from the loop only: as long as the loop
 * sees none, the thread still waits, and its request and its row function are there. */

typedef struct {
    gatomicrefcount refs; /* one of the thread, one of the loop */
    SeloDeferred item;
    SeloCall *parent;
    SeloInstance *target;
    const SeloOpType *op;
    const void *request;
    SeloRowFunc on_row;
    void *data;
    gboolean is_done; /* this and the rest: the parent's lock */
    SeloStatus status;
    void *reply; /* a copy */
} Waiting;

static void
release(Waiting *waiting)
{
    if (!g_atomic_ref_count_dec(&waiting->refs))
        return;
    if (waiting->reply != NULL)
        selo_record_free(waiting->op->reply, waiting->reply);
    selo_call_unref(waiting->parent);
    g_free(waiting);
}

static void
pass_row(void *data, const void *row)
{
    Waiting *waiting = data;

    if (waiting->on_row != NULL && !selo_call_has(waiting->parent, SELO_CALL_STOPPED))
        waiting->on_row(waiting->data, row);
}

static void
wake_thread(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    Waiting *waiting = data;
    SeloCall *parent = waiting->parent;

    selo_call_lock(parent);
    waiting->status = status;
    if (reply != NULL)
        waiting->reply = selo_record_copy(waiting->op->reply, reply);
    waiting->is_done = TRUE;
    g_cond_broadcast(&parent->rows.room);
    selo_call_unlock(parent);
    release(waiting);
}

static void
begin_for_thread(void *data)
{
    Waiting *waiting = data;

    if (selo_call_has(waiting->parent, SELO_CALL_STOPPED))
        release(waiting);
    else
        selo_call_unref(selo_invoke_full(waiting->parent, waiting->target, waiting->op,
                                         waiting->request, 0, pass_row, wake_thread, waiting));
}

SeloStatus
selo_invoke_wait(SeloCall *parent, SeloInstance *target, const char *op, const void *request,
                 SeloRowFunc on_row, void *data, const void **out_reply)
{
    SeloLoop *loop = selo_loop_get();
    SeloStatus status = SELO_CANCELLED;
    void *reply = NULL;
    Waiting *waiting;

    g_return_val_if_fail(!selo_loop_is_current(loop), SELO_INVALID);

    waiting = g_new0(Waiting, 1);
    g_atomic_ref_count_init(&waiting->refs);
    g_atomic_ref_count_inc(&waiting->refs);
    waiting->parent = selo_call_ref(parent);
    waiting->target = target;
    waiting->op = target != NULL ? selo_interface_op(target->type, op) : NULL;
    waiting->request = request;
    waiting->on_row = on_row;
    waiting->data = data;
    selo_loop_post(loop, &waiting->item, begin_for_thread, waiting);

    selo_call_lock(parent);
    while (!waiting->is_done && !selo_call_has(parent, SELO_CALL_STOPPED))
        g_cond_wait(&parent->rows.room, &parent->lock);
    if (waiting->is_done) {
        status = waiting->status;
        reply = g_steal_pointer(&waiting->reply);
    }
    selo_call_unlock(parent);
    if (reply != NULL)
        selo_call_keep(parent, waiting->op->reply, reply);
    if (out_reply != NULL)
        *out_reply = reply;
    release(waiting);
    return status;
}
