/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-call.c: the life of a call. Two sides hold it: the plugin until it has returned, the
 * requester until it is settled. They meet in selo_call_take_up(), which runs on the loop after the
 * current dispatch: there rows and answer reach the requester, children go before their parent, and
 * whatever the plugin says after a timeout or a stop is dropped.
 */
#include "config.h"

#include <string.h>

#include "api/lib/selo-call-struct.h"

#include "server/base/selo-event.h"

#define FIRST_BLOCK_SIZE ((size_t) 256) /* enough for most, and each session has one */
#define BLOCK_SIZE       ((size_t) 1 << 10)
#define ALIGNMENT        16
#define MAX_PROGRESS     12
#define MAX_UNUSED       256

struct SeloCallKept {
    SeloCallKept *next;
    const SeloRecordType *type;
    void *copied;
};

struct SeloCallBlock {
    _Alignas(ALIGNMENT) SeloCallBlock *next;
    size_t used, size;
};

static SeloCall *unused; /* loop: freed calls, so that the next costs no allocation */
static uint32_t n_unused;
static _Thread_local SeloCall *stopping; /* whose stop function is on this thread's stack */

/* ---- making and freeing ---- */

gboolean
selo_call_has(SeloCall *call, uint32_t flag)
{
    return (atomic_load_explicit(&call->flags, memory_order_acquire) & flag) != 0;
}

static gboolean
set_flag(SeloCall *call, uint32_t flag) /* was it clear? */
{
    return (atomic_fetch_or(&call->flags, flag) & flag) == 0;
}

static SeloCall *
take_unused(void)
{
    SeloCall *call = unused;

    if (call == NULL || !selo_loop_is_current(selo_loop_get()))
        return g_new(SeloCall, 1);
    unused = call->queue.next_unused;
    n_unused--;
    return call;
}

static void
link_to_parent(SeloCall *call, SeloCall *parent)
{
    SeloCallTree *tree = &call->tree;

    tree->parent = selo_call_ref(parent);
    tree->next = parent->tree.first_child;
    tree->link = &parent->tree.first_child;
    if (tree->next != NULL)
        tree->next->tree.link = &tree->next;
    parent->tree.first_child = call;
    call->scope = parent->scope;
    call->deadline.limit = atomic_load(&parent->deadline.due);
}

static void
unlink_from_parent(SeloCall *call)
{
    SeloCallTree *tree = &call->tree;

    if (tree->link == NULL)
        return;
    *tree->link = tree->next;
    if (tree->next != NULL)
        tree->next->tree.link = tree->link;
    tree->link = NULL;
    tree->next = NULL;
}

static void
count_pending(SeloCall *call, int32_t change)
{
    for (SeloCall *above = call->tree.parent; above != NULL; above = above->tree.parent) {
        above->tree.pending = (uint32_t) ((int32_t) above->tree.pending + change);
        if (!selo_call_has(above, SELO_CALL_MANUAL))
            break;
    }
}

SeloCall *
selo_call_new(SeloCall *parent, uint32_t flags)
{
    SeloCall *call = take_unused();

    memset(call, 0, sizeof *call);
    g_atomic_ref_count_init(&call->refs);
    g_atomic_ref_count_inc(&call->refs);
    atomic_init(&call->flags, flags);
    call->rows.tail = &call->rows.head;
    if (parent != NULL)
        link_to_parent(call, parent);
    if ((flags & SELO_CALL_MANUAL) == 0)
        count_pending(call, 1);
    return call;
}

SeloCall *
selo_call_new_root(SeloRole *role, const char *id, const SeloConf *conf, SeloDoneFunc returned,
                   void *data)
{
    SeloCall *call = selo_call_new(NULL, SELO_CALL_MANUAL | SELO_CALL_HAS_ID);

    call->scope.role = role;
    call->scope.id = g_strdup(id != NULL ? id : "");
    call->scope.conf = conf;
    call->requester = (SeloCallRequester){ NULL, returned, data };
    return selo_call_ref(call);
}

SeloCall *
selo_call_new_child(SeloCall *parent, const char *id)
{
    SeloCall *call = selo_call_new(parent, SELO_CALL_MANUAL);

    if (id != NULL) {
        call->scope.id = g_strdup(id);
        set_flag(call, SELO_CALL_HAS_ID);
    }
    atomic_store(&call->deadline.due, call->deadline.limit);
    if (selo_call_has(parent, SELO_CALL_STOPPED))
        set_flag(call, SELO_CALL_STOPPED);
    return selo_call_ref(call);
}

SeloCall *
selo_call_ref(SeloCall *call)
{
    g_atomic_ref_count_inc(&call->refs);
    return call;
}

static void
free_memory(SeloCall *call)
{
    for (SeloCallKept *kept = call->memory.kept; kept != NULL; kept = kept->next)
        selo_record_free(kept->type, kept->copied);
    if (call->memory.request != NULL)
        selo_record_free(call->op->request, call->memory.request);
    while (call->memory.blocks != NULL) {
        SeloCallBlock *block = call->memory.blocks;

        call->memory.blocks = block->next;
        g_free(block);
    }
}

static void
free_answer(SeloCall *call, SeloCallAnswer *answer)
{
    g_clear_pointer(&answer->text, g_free);
    if (answer->reply != NULL)
        selo_record_free(call->op->reply, g_steal_pointer(&answer->reply));
}

static void
free_call(SeloCall *call)
{
    SeloCall *parent = call->tree.parent;

    selo_call_drop_rows(call);
    free_memory(call);
    free_answer(call, &call->answer);
    free_answer(call, &call->overruling);
    if (selo_call_has(call, SELO_CALL_HAS_ID))
        g_free((char *) call->scope.id);
    if (call->target != NULL)
        selo_instance_unref(call->target);
    g_cond_clear(&call->rows.room);
    g_mutex_clear(&call->lock);
    if (selo_loop_is_current(selo_loop_get()) && n_unused < MAX_UNUSED) {
        call->queue.next_unused = unused;
        unused = call;
        n_unused++;
    } else {
        g_free(call);
    }
    if (parent != NULL)
        selo_call_unref(parent);
}

void
selo_call_unref(SeloCall *call)
{
    if (call != NULL && g_atomic_ref_count_dec(&call->refs))
        free_call(call);
}

/* ---- the answer's way to the requester ---- */

/* A parent that has an answer waits for its children to be settled. */
static void
tell_parents(SeloCall *call)
{
    for (SeloCall *above = call->tree.parent; above != NULL; above = above->tree.parent) {
        if (above->tree.pending == 0 &&
            selo_call_has(above, SELO_CALL_ANSWERED | SELO_CALL_OVERRULED) &&
            !selo_call_has(above, SELO_CALL_SETTLED))
            selo_call_queue(above);
        if (!selo_call_has(above, SELO_CALL_MANUAL))
            break;
    }
}

static void
leave_target(SeloCall *call, SeloStatus status)
{
    SeloInstance *target = call->target;

    if (call->in_flight.link == NULL)
        return;
    *call->in_flight.link = call->in_flight.next;
    if (call->in_flight.next != NULL)
        call->in_flight.next->in_flight.link = call->in_flight.link;
    call->in_flight.link = NULL;
    target->counts.in_flight--;
    if (status == SELO_TIMEOUT)
        target->counts.timeouts++;
    if (status == SELO_TIMEOUT || status == SELO_CRASHED || status == SELO_TEMPORARY)
        target->counts.failures++;
    selo_breaker_note(target, status, selo_loop_now(selo_loop_get()));
}

static void
stop_children(SeloCall *call)
{
    SeloCall *next;

    for (SeloCall *child = call->tree.first_child; child != NULL; child = next) {
        next = child->tree.next;
        selo_call_stop(child);
    }
}

static void
settle(SeloCall *call, SeloCallAnswer *answer)
{
    SeloCallRequester *requester = &call->requester;

    stop_children(call);
    if (call->tree.pending > 0)
        return; /* the last of them sends this call here again */
    set_flag(call, SELO_CALL_SETTLED);
    selo_timer_disarm(&call->deadline.timer);
    leave_target(call, answer->status);
    if (requester->on_done != NULL && !selo_call_has(call, SELO_CALL_ABANDONED))
        requester->on_done(requester->data, answer->status, answer->text, answer->reply);
    free_answer(call, answer);
    selo_call_drop_rows(call);
    if (!selo_call_has(call, SELO_CALL_MANUAL))
        count_pending(call, -1);
    tell_parents(call);
    unlink_from_parent(call);
    selo_call_unref(call);
}

static void
take_up(void *data)
{
    SeloCall *call = data;

    atomic_store(&call->is_queued, false);
    if (selo_call_has(call, SELO_CALL_OVERRULED)) {
        if (!selo_call_has(call, SELO_CALL_SETTLED))
            settle(call, &call->overruling);
    } else if (!selo_call_has(call, SELO_CALL_SETTLED)) {
        gboolean has_answer =
            selo_call_has(call, SELO_CALL_ANSWERED); /* asked first: no row can follow it */

        if (selo_call_deliver_rows(call) && has_answer)
            settle(call, &call->answer);
    }
    selo_call_unref(call);
}

void
selo_call_queue(SeloCall *call)
{
    SeloLoop *loop = selo_loop_get();

    if (atomic_exchange(&call->is_queued, true))
        return;
    selo_call_ref(call);
    if (selo_loop_is_current(loop))
        selo_loop_defer(loop, &call->queue.item, take_up, call);
    else
        selo_loop_post(loop, &call->queue.item, take_up, call);
}

void
selo_call_overrule(SeloCall *call, SeloStatus status, const char *text)
{
    if (selo_call_has(call, SELO_CALL_SETTLED) || !set_flag(call, SELO_CALL_OVERRULED))
        return;
    call->overruling.status = status;
    call->overruling.text = g_strdup(text);
    selo_call_queue(call);
}

void
selo_call_return(SeloCall *call, SeloStatus status, const char *operator_text, const void *reply)
{
    g_return_if_fail(call != NULL);

    if (!set_flag(call, SELO_CALL_RETURNED)) {
        selo_event(G_LOG_LEVEL_CRITICAL, "call-returned-twice", call->scope.id, "instance",
                   call->target != NULL ? call->target->name : NULL, "operation",
                   call->op != NULL ? call->op->name : NULL, NULL);
        selo_metric_add("selo_call_returned_twice",
                        call->target != NULL ? call->target->plugin : "", 1);
        g_critical("a call was returned twice");
        return;
    }
    selo_call_lock(call); /* and so no stop function runs after this */
    call->on_stop = call->on_ready = (SeloCallHook){ NULL, NULL };
    selo_call_unlock(call);
    if (!selo_call_has(call, SELO_CALL_SETTLED)) {
        call->answer.status = status;
        call->answer.text = g_strdup(operator_text);
        if (reply != NULL && call->op != NULL && call->op->reply != NULL)
            call->answer.reply = selo_record_copy(call->op->reply, reply);
    }
    set_flag(call, SELO_CALL_ANSWERED);
    selo_call_queue(call);
    selo_call_unref(call);
}

/* ---- stop and deadline ---- */

void
selo_call_lock(SeloCall *call)
{
    if (stopping != call)
        g_mutex_lock(&call->lock);
}

void
selo_call_unlock(SeloCall *call)
{
    if (stopping != call)
        g_mutex_unlock(&call->lock);
}

/* The plugin's function runs under the lock, so that selo_call_return() on another thread waits
 * for its end; on this thread it may return the call. */
static void
run_stop_hook(SeloCall *call)
{
    SeloCallHook hook;
    SeloCall *outer = stopping;

    g_mutex_lock(&call->lock);
    hook = call->on_stop;
    call->on_stop = (SeloCallHook){ NULL, NULL };
    g_cond_broadcast(&call->rows.room);
    stopping = call;
    if (hook.fn != NULL)
        hook.fn(call, hook.data);
    stopping = outer;
    g_mutex_unlock(&call->lock);
}

static gboolean
mark_stopped(SeloCall *call)
{
    if (!set_flag(call, SELO_CALL_STOPPED))
        return FALSE;
    selo_call_ref(call); /* a stop function may return it */
    run_stop_hook(call);
    stop_children(call);
    selo_call_unref(call);
    return TRUE;
}

void
selo_call_stop(SeloCall *call)
{
    selo_call_ref(call);
    if (!selo_call_has(call, SELO_CALL_MANUAL) && !selo_call_has(call, SELO_CALL_RETURNED))
        selo_call_overrule(call, SELO_CANCELLED, NULL);
    mark_stopped(call);
    selo_call_unref(call);
}

void
selo_call_abandon(SeloCall *call)
{
    if (selo_call_has(call, SELO_CALL_MANUAL)) {
        for (SeloCall *child = call->tree.first_child; child != NULL; child = child->tree.next)
            if (!selo_call_has(child, SELO_CALL_MANUAL))
                set_flag(child, SELO_CALL_ABANDONED);
    } else {
        set_flag(call, SELO_CALL_ABANDONED);
    }
    selo_call_stop(call);
}

void
selo_call_drain(SeloCall *call)
{
    if (!set_flag(call, SELO_CALL_DRAINING))
        return;
    selo_call_ref(call);
    run_stop_hook(call);
    selo_call_unref(call);
}

gboolean
selo_call_stopped(SeloCall *call)
{
    int64_t due = atomic_load(&call->deadline.due);

    return selo_call_has(call, SELO_CALL_STOPPED | SELO_CALL_DRAINING) ||
           (due != 0 && due <= g_get_monotonic_time());
}

void
selo_call_on_stop(SeloCall *call, void (*fn)(SeloCall *, void *), void *data)
{
    gboolean is_late;

    selo_call_lock(call);
    is_late = selo_call_has(call, SELO_CALL_STOPPED | SELO_CALL_DRAINING);
    call->on_stop = is_late ? (SeloCallHook){ NULL, NULL } : (SeloCallHook){ fn, data };
    selo_call_unlock(call);
    if (is_late && fn != NULL)
        fn(call, data);
}

static int64_t
limit_due(SeloCallDeadline *deadline, int64_t due)
{
    return deadline->limit != 0 ? MIN(deadline->limit, due) : due;
}

static void
deadline_passed(void *data)
{
    SeloCall *call = data;
    SeloCallDeadline *deadline = &call->deadline;
    int64_t now = selo_loop_now(selo_loop_get()), due = atomic_load(&deadline->due);
    gboolean is_held_back;

    selo_call_lock(call);
    is_held_back = call->rows.is_paused;
    selo_call_unlock(call);
    if (is_held_back && deadline->allowance > 0) { /* the requester is slow, not the plugin */
        due = limit_due(deadline, now + deadline->allowance);
        atomic_store(&deadline->due, due);
    }
    if (due > now) { /* moved by selo_call_progress() */
        selo_timer_arm(selo_loop_get(), &deadline->timer, due - now, deadline_passed, call);
        return;
    }
    if (!selo_call_has(call, SELO_CALL_RETURNED))
        selo_call_overrule(call, SELO_TIMEOUT, "the deadline passed");
    mark_stopped(call);
}

void
selo_call_arm(SeloCall *call, int64_t timeout_usec)
{
    SeloCallDeadline *deadline = &call->deadline;
    int64_t now = selo_loop_now(selo_loop_get());
    int64_t due = timeout_usec > 0 ? limit_due(deadline, now + timeout_usec) : deadline->limit;

    deadline->allowance = timeout_usec;
    atomic_store(&deadline->due, due);
    if (due != 0)
        selo_timer_arm(selo_loop_get(), &deadline->timer, due - now, deadline_passed, call);
}

int64_t
selo_call_deadline(SeloCall *call)
{
    return atomic_load(&call->deadline.due);
}

void
selo_call_restart_deadline(SeloCall *call)
{
    SeloCallDeadline *deadline = &call->deadline;

    if (deadline->allowance > 0)
        atomic_store(&deadline->due,
                     limit_due(deadline, g_get_monotonic_time() + deadline->allowance));
}

gboolean
selo_call_progress(SeloCall *call)
{
    SeloCallDeadline *deadline = &call->deadline;

    if (atomic_load(&deadline->due) == 0)
        return TRUE;
    if (selo_call_has(call, SELO_CALL_STOPPED) ||
        atomic_fetch_add(&deadline->n_progress, 1) >= MAX_PROGRESS)
        return FALSE;
    selo_call_restart_deadline(call);
    return TRUE;
}

/* ---- what it carries ---- */

const SeloConf *
selo_call_conf(SeloCall *call)
{
    return call->scope.conf;
}

void
selo_call_set_conf(SeloCall *call, const SeloConf *conf)
{
    call->scope.conf = conf;
}

static const char *
copy_text(SeloCall *call, const char *text)
{
    size_t size = text != NULL ? strlen(text) + 1 : 0;

    return size > 0 ? memcpy(selo_call_alloc(call, size), text, size) : NULL;
}

void
selo_call_set_scope(SeloCall *call, const char *listener, const char *domain, const char *user)
{
    SeloCallFor *whom = selo_call_alloc(call, sizeof *whom);

    *whom =
        (SeloCallFor){ copy_text(call, listener), copy_text(call, domain), copy_text(call, user) };
    call->scope.whom = whom;
}

const char *
selo_call_id(SeloCall *call)
{
    return call->scope.id;
}

SeloRole *
selo_call_role(SeloCall *call)
{
    return call->scope.role;
}

void *
selo_call_alloc(SeloCall *call, size_t size)
{
    SeloCallBlock *block = call->memory.blocks;
    void *at;

    size = (MAX(size, 1) + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
    if (block == NULL || block->size - block->used < size) {
        size_t usual = block == NULL ? FIRST_BLOCK_SIZE : BLOCK_SIZE;
        size_t block_size = MAX(usual - sizeof *block, size);

        block = g_malloc0(sizeof *block + block_size);
        block->size = block_size;
        block->next = call->memory.blocks;
        call->memory.blocks = block;
    }
    at = (char *) (block + 1) + block->used;
    block->used += size;
    return at;
}

void
selo_call_keep(SeloCall *call, const SeloRecordType *type, void *copied)
{
    SeloCallKept *kept = selo_call_alloc(call, sizeof *kept);

    *kept = (SeloCallKept){ call->memory.kept, type, copied };
    call->memory.kept = kept;
}
