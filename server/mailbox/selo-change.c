/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-change.c: what changes a mailbox: flags, copies, expunges, appends. The store answers with
 * batches that go into the mailbox's columns before anybody is told, so that every session of this
 * process knows of the change without I/O.
 */
#include "config.h"

#include <string.h>

#include "server/mailbox/selo-view-private.h"

typedef enum { CHANGE_FLAGS, CHANGE_COPY, CHANGE_MOVE, CHANGE_EXPUNGE, CHANGE_APPEND } ChangeKind;

typedef struct {
    SeloTask task;
    ChangeKind kind;
    gboolean is_silent;
    void *request; /* a copy, while the target is being opened */
    const SeloRecordType *request_type;
    GArray *uids, *new_uids; /* uint32_t: the reply */
    GArray *modified;        /* SeloRange */
    GArray *addressed;       /* SeloRange: of a change of flags that is told; NULL = none */
    SeloMsgBatch reply;
} ChangeTask;

/* clang-format off */
static const char *const operations[] = {
    [CHANGE_FLAGS] = "msg_flags", [CHANGE_COPY] = "msg_copy",   [CHANGE_MOVE] = "msg_move",
    [CHANGE_EXPUNGE] = "msg_expunge", [CHANGE_APPEND] = "msg_append",
};
/* clang-format on */

static void
clear_change(SeloTask *task)
{
    ChangeTask *change = (ChangeTask *) task;

    if (change->request != NULL)
        selo_record_free(change->request_type, change->request);
    g_array_unref(change->uids);
    g_array_unref(change->new_uids);
    g_array_unref(change->modified);
    g_clear_pointer(&change->addressed, g_array_unref);
}

static ChangeTask *
new_change(ChangeKind kind, SeloHome *home, SeloView *view, SeloCall *call, SeloDoneFunc done,
           void *data)
{
    ChangeTask *change =
        (ChangeTask *) selo_task_new(sizeof *change, home, view, call, NULL, done, data);

    change->kind = kind;
    change->task.clear = clear_change;
    change->uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    change->new_uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    change->modified = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    return change;
}

static SeloUids
ranges_of(const GArray *ranges)
{
    return (SeloUids){ (const SeloRange *) (void *) ranges->data, ranges->len };
}

/* What went from the source of a move: these uids and nothing else. */
static void
apply_move(SeloMailbox *box, const SeloMsgBatch *batch)
{
    g_autoptr(GArray) ranges = g_array_sized_new(FALSE, FALSE, sizeof(SeloRange), batch->n);
    SeloMsgBatch gone = { .struct_size = sizeof gone };

    for (uint32_t i = 0; i < batch->n; i++) {
        SeloRange range = { batch->uids[i], batch->uids[i] };

        g_array_append_val(ranges, range);
    }
    gone.gone = (SeloUids){ (const SeloRange *) (void *) ranges->data, ranges->len };
    selo_mailbox_apply(box, &gone, NULL);
}

static void
batch_came(void *data, const void *row)
{
    ChangeTask *change = data;
    const SeloMsgBatch *batch = row;

    if (batch->uids != NULL)
        g_array_append_vals(change->uids, batch->uids, batch->n);
    if (batch->new_uids != NULL)
        g_array_append_vals(change->new_uids, batch->new_uids, batch->n);
    g_array_append_vals(change->modified, batch->modified.v, (guint) batch->modified.n);
    change->reply.modseq = MAX(change->reply.modseq, batch->modseq);
    if (batch->uidvalidity != 0)
        change->reply.uidvalidity = batch->uidvalidity;
    change->reply.uidnext = MAX(change->reply.uidnext, batch->uidnext);
    if (change->kind == CHANGE_FLAGS || change->kind == CHANGE_EXPUNGE)
        selo_mailbox_apply(change->task.box, batch, change->is_silent ? change->task.view : NULL);
    else if (change->kind == CHANGE_MOVE)
        apply_move(change->task.box, batch);
}

/* Sessions that have this mailbox open will want to know; without any the next opener asks
 * anyway. */
static void
refresh_if_seen(SeloMailbox *box)
{
    if (box != NULL && box->views.length > 0)
        selo_mailbox_refresh(box, NULL, NULL);
}

static void
change_done(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ChangeTask *change = data;
    SeloMsgBatch *told = &change->reply;

    if (change->kind == CHANGE_APPEND)
        refresh_if_seen(change->task.box);
    else if (status !=
             SELO_OK) /* it may have been done in part, or wholly before the answer was lost */
        refresh_if_seen(change->task.box);
    else if (change->addressed != NULL && change->task.view != NULL)
        selo_view_tell_again(change->task.view, change->addressed);
    refresh_if_seen(change->task.target);
    told->struct_size = sizeof *told;
    told->n = MAX(change->uids->len, change->new_uids->len);
    told->uids = change->uids->len > 0 ? (const uint32_t *) (void *) change->uids->data : NULL;
    told->new_uids =
        change->new_uids->len > 0 ? (const uint32_t *) (void *) change->new_uids->data : NULL;
    told->modified =
        (SeloUids){ (const SeloRange *) (void *) change->modified->data, change->modified->len };
    selo_task_finish(&change->task, status, operator_text, status == SELO_OK ? told : NULL);
}

/* None of the messages is there for this session. */
static void
finish_unchanged(SeloTask *task, SeloStatus status, const char *operator_text)
{
    change_done(task, status, operator_text, NULL);
}

static void
run_change(ChangeTask *change, const void *request)
{
    if (change->task.box->box.is_gone)
        selo_task_later(&change->task, SELO_NOT_FOUND, selo_task_finish_step);
    else
        selo_task_run(&change->task, 0, operations[change->kind], request, batch_came, change_done);
}

/* ---- in one mailbox ---- */

void
selo_view_store(SeloView *view, SeloCall *call, SeloUids uids, const SeloFlagChange *flags,
                SeloDoneFunc done, void *data)
{
    ChangeTask *change = new_change(CHANGE_FLAGS, view->box->home, view, call, done, data);
    g_autoptr(GArray) clipped = selo_view_clip(view, uids);
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .uids = ranges_of(clipped),
                               .unchanged_since = flags->unchanged_since,
                               .flags = flags->flags & ~(uint32_t) SELO_FLAG_RECENT,
                               .flags_mode = flags->mode,
                               .keywords = flags->keywords };

    change->is_silent = flags->silent != 0;
    if (!change->is_silent)
        change->addressed = g_array_ref(clipped);
    if (clipped->len > 0)
        run_change(change, &request);
    else
        selo_task_later(&change->task, SELO_OK, finish_unchanged);
}

void
selo_view_expunge(SeloView *view, SeloCall *call, SeloUids uids, SeloDoneFunc done, void *data)
{
    ChangeTask *change = new_change(CHANGE_EXPUNGE, view->box->home, view, call, done, data);
    const SeloRange all = { 1, G_MAXUINT32 };
    g_autoptr(GArray) clipped = selo_view_clip(view, uids.n > 0 ? uids : (SeloUids){ &all, 1 });
    SeloMsgRequest request = { .struct_size = sizeof request, .uids = ranges_of(clipped) };

    if (clipped->len > 0)
        run_change(change, &request);
    else
        selo_task_later(&change->task, SELO_OK, finish_unchanged);
}

/* ---- into a mailbox by name: it has to be open first ---- */

static void
target_opened(SeloTask *task, SeloStatus status, const char *operator_text)
{
    ChangeTask *change = (ChangeTask *) task;

    if (status == SELO_OK)
        run_change(change, change->request);
    else
        selo_task_finish(task, status, operator_text, NULL);
}

static void
run_with_target(ChangeTask *change, SeloMailbox *target, const void *request)
{
    const SeloOpType *op =
        selo_interface_op(selo_instance_type(change->task.home->store), operations[change->kind]);

    change->request_type = op->request;
    change->request = selo_record_copy(op->request, request);
    selo_mailbox_wait_open(target, SELO_BOX_KEEP_RECENT | SELO_BOX_APPEND_ONLY, &change->task,
                           target_opened);
}

static void
copy_or_move(ChangeKind kind, SeloView *view, SeloCall *call, SeloUids uids, SeloStr target,
             SeloDoneFunc done, void *data)
{
    ChangeTask *change = new_change(kind, view->box->home, view, call, done, data);
    g_autoptr(GArray) clipped = selo_view_clip(view, uids);
    SeloMsgRequest request = { .struct_size = sizeof request, .uids = ranges_of(clipped) };

    if (clipped->len == 0) {
        selo_task_later(&change->task, SELO_OK, finish_unchanged);
        return;
    }
    change->task.target = selo_mailbox_get(view->box->home, target);
    run_with_target(change, change->task.target, &request);
}

void
selo_view_copy(SeloView *view, SeloCall *call, SeloUids uids, SeloStr target, SeloDoneFunc done,
               void *data)
{
    copy_or_move(CHANGE_COPY, view, call, uids, target, done, data);
}

void
selo_view_move(SeloView *view, SeloCall *call, SeloUids uids, SeloStr target, SeloDoneFunc done,
               void *data)
{
    copy_or_move(CHANGE_MOVE, view, call, uids, target, done, data);
}

void
selo_account_append(SeloAccount *account, SeloCall *call, SeloStr name,
                    const SeloAppendItem *const *items, size_t n, SeloDoneFunc done, void *data)
{
    SeloHome *home = selo_account_home(account);
    ChangeTask *change = new_change(CHANGE_APPEND, home, NULL, call, done, data);
    SeloAppendRequest request = { .struct_size = sizeof request, .items = items, .n = n };

    change->task.box = selo_mailbox_get(home, name);
    run_with_target(change, change->task.box, &request);
}
