/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-mailbox.c: the life of a mailbox: opened in the store, refreshed, watched, closed when
 * nobody has used it for a while. What the columns hold is in selo-columns.c.
 */
#include "config.h"

#include "server/mailbox/selo-mailbox.h"

#include <string.h>

#include "server/mailbox/selo-view-private.h"

#define IDLE_USEC          (30 * G_USEC_PER_SEC)
#define WATCH_RETRY_USEC   (5 * G_USEC_PER_SEC)
#define WITHOUT_WATCH_USEC (30 * G_USEC_PER_SEC) /* a store that cannot watch is asked this often */

static void start_refresh(SeloMailbox *box);

SeloMailbox *
selo_mailbox_get(SeloHome *home, SeloStr name)
{
    g_autofree char *key = g_strndup(name.s, name.len);
    SeloMailbox *box = g_hash_table_lookup(home->boxes, key);

    if (box != NULL)
        return selo_mailbox_ref(box);
    box = g_new0(SeloMailbox, 1);
    box->refs = 1;
    box->home = selo_home_ref(home);
    box->name = g_steal_pointer(&key);
    box->columns.uids = selo_uid_list_new(0);
    box->keyword_names = g_ptr_array_new_with_free_func(g_free);
    box->keyword_strs = g_array_new(FALSE, FALSE, sizeof(SeloStr));
    g_queue_init(&box->box.waiting);
    g_queue_init(&box->refresh.waiting);
    g_queue_init(&box->refresh.waiting_next);
    g_queue_init(&box->views);
    g_hash_table_insert(home->boxes, box->name, box);
    return box;
}

SeloMailbox *
selo_mailbox_ref(SeloMailbox *box)
{
    if (box->refs++ == 0) {
        selo_home_ref(box->home);
        selo_timer_disarm(&box->idle);
    }
    return box;
}

void
selo_mailbox_free(SeloMailbox *box)
{
    selo_timer_disarm(&box->idle);
    selo_timer_disarm(&box->watch.retry);
    selo_uid_list_unref(box->columns.uids);
    g_free(box->columns.flags);
    g_free(box->columns.keywords);
    g_free(box->columns.modseqs);
    g_free(box->columns.stamps);
    g_ptr_array_free(box->keyword_names, TRUE);
    g_array_free(box->keyword_strs, TRUE);
    g_free(box->name);
    g_free(box);
}

static void
remove_from_home(SeloMailbox *box)
{
    if (g_hash_table_lookup(box->home->boxes, box->name) == box)
        g_hash_table_remove(box->home->boxes, box->name);
}

static void
box_closed(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    selo_mailbox_free(data);
}

static void
close_forgotten(void *data)
{
    selo_mailbox_free(data);
}

static void
handle_closed(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    selo_mailbox_unref(data);
}

static void
close_handle(SeloMailbox *box, void *handle, SeloDoneFunc closed)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .box = handle,
                               .name = { box->name, strlen(box->name) } };

    selo_job_new(&(SeloJobOptions){ .home = box->home,
                                    .box = box,
                                    .parent = box->home->call,
                                    .op = "box_close",
                                    .request = &request,
                                    .done = closed,
                                    .forgotten = closed == box_closed ? close_forgotten : NULL,
                                    .data = box });
}

void
selo_mailbox_close(SeloMailbox *box)
{
    selo_timer_disarm(&box->idle);
    remove_from_home(box);
    if (box->box.handle != NULL)
        close_handle(box, g_steal_pointer(&box->box.handle), box_closed);
    else
        selo_mailbox_free(box);
}

static void
idle_passed(void *data)
{
    selo_mailbox_close(data);
}

void
selo_mailbox_unref(SeloMailbox *box)
{
    SeloHome *home;

    if (box == NULL || --box->refs > 0)
        return;
    home = box->home;
    if (box->box.handle != NULL && !box->box.is_gone)
        selo_timer_arm(home->role->loop, &box->idle, IDLE_USEC, idle_passed, box);
    else
        selo_mailbox_close(box);
    selo_home_unref(home);
}

void
selo_mailbox_set_gone(SeloMailbox *box)
{
    box->box.is_gone = TRUE;
    remove_from_home(box);
}

/* ---- opening ---- */

static void
take_identity(SeloMailbox *box, const SeloBoxInfo *info)
{
    if (box->uidvalidity != 0 && box->uidvalidity != info->uidvalidity)
        selo_mailbox_set_gone(
            box); /* replaced under the old handle: what is known means nothing now */
    box->uidvalidity = info->uidvalidity;
    box->uidnext = MAX(box->uidnext, info->uidnext);
}

static void
box_opened(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloMailbox *box = data;
    const SeloBoxInfo *info = reply;
    void *old = NULL;

    box->box.is_opening = FALSE;
    if (status == SELO_OK && info == NULL) {
        status = SELO_TEMPORARY;
        operator_text = "the store opened the mailbox but told nothing of it";
    }
    if (status == SELO_OK) {
        old = box->box.handle;
        box->box.handle = info->box;
        box->box.is_read_only = (info->flags & SELO_BOX_READ_ONLY) != 0;
        box->box.is_target = box->box.opens_target;
        if (!box->box.is_target)
            take_identity(box, info);
    } else {
        box->box.keeps_recent = box->box.handle != NULL;
    }
    selo_task_wake_all(&box->box.waiting, status, operator_text);
    if (old != NULL)
        close_handle(box, old, handle_closed);
    else
        selo_mailbox_unref(box);
}

static void
open_box(SeloMailbox *box, uint32_t flags)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .flags = flags,
                               .name = { box->name, strlen(box->name) } };

    box->box.is_opening = TRUE;
    box->box.keeps_recent = (flags & SELO_BOX_KEEP_RECENT) != 0;
    box->box.opens_target = (flags & SELO_BOX_APPEND_ONLY) != 0;
    selo_mailbox_ref(box);
    selo_job_new(&(SeloJobOptions){ .home = box->home,
                                    .box = box,
                                    .parent = box->home->call,
                                    .op = "box_open",
                                    .request = &request,
                                    .done = box_opened,
                                    .data = box });
}

void
selo_mailbox_wait_open(SeloMailbox *box, uint32_t flags, SeloTask *task, SeloTaskStep step)
{
    gboolean is_enough = ((flags & SELO_BOX_KEEP_RECENT) != 0 || !box->box.keeps_recent) &&
                         ((flags & SELO_BOX_APPEND_ONLY) != 0 || !box->box.is_target);

    if (box->box.is_gone) {
        selo_task_later(task, SELO_NOT_FOUND, step);
    } else if (box->box.handle != NULL && is_enough && !box->box.is_opening) {
        selo_task_later(task, SELO_OK, step);
    } else {
        selo_task_wait(task, &box->box.waiting, step);
        if (!box->box.is_opening)
            open_box(box, flags & (SELO_BOX_KEEP_RECENT | SELO_BOX_APPEND_ONLY));
    }
}

/* ---- refreshing ---- */

static void
tell_views(SeloMailbox *box)
{
    for (GList *item = box->views.head; item != NULL; item = item->next)
        selo_view_notify(item->data);
}

static void
batch_came(void *data, const void *row)
{
    SeloMailbox *box = data;
    const SeloMsgBatch *batch = row;

    selo_mailbox_apply(box, batch, NULL);
    box->refresh.modseq = MAX(box->refresh.modseq, batch->modseq);
}

static void
refreshed(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloMailbox *box = data;
    SeloMailboxRefresh *refresh = &box->refresh;

    refresh->job = NULL;
    if (status == SELO_OK) {
        box->since = MAX(box->since, refresh->modseq);
        box->is_loaded = TRUE;
    } else if (status == SELO_NOT_FOUND) {
        selo_mailbox_set_gone(box);
    }
    if (status == SELO_OK && box->box.is_gone)
        status = SELO_NOT_FOUND;
    selo_task_wake_all(&refresh->waiting, status, operator_text);
    if (refresh->waiting_next.length > 0 || refresh->is_due) {
        for (GList *link; (link = g_queue_pop_head_link(&refresh->waiting_next)) != NULL;) {
            ((SeloTask *) link->data)->waiting_in = &refresh->waiting;
            g_queue_push_tail_link(&refresh->waiting, link);
        }
        if (refresh->job == NULL)
            start_refresh(box);
    }
    selo_mailbox_unref(box);
}

static void
start_refresh(SeloMailbox *box)
{
    SeloMsgRequest request = { .struct_size = sizeof request, .since_modseq = box->since };

    box->refresh.is_due = FALSE;
    box->refresh.modseq = box->since;
    selo_mailbox_ref(box);
    box->refresh.job = selo_job_new(&(SeloJobOptions){ .home = box->home,
                                                       .box = box,
                                                       .parent = box->home->call,
                                                       .op = "msg_changes",
                                                       .request = &request,
                                                       .row = batch_came,
                                                       .done = refreshed,
                                                       .data = box });
}

void
selo_mailbox_refresh(SeloMailbox *box, SeloTask *task, SeloTaskStep step)
{
    SeloMailboxRefresh *refresh = &box->refresh;
    gboolean is_running = refresh->job != NULL && selo_job_has_started(refresh->job);

    if (box->box.is_gone || box->box.handle == NULL) {
        if (task != NULL)
            selo_task_later(task, SELO_NOT_FOUND, step);
        return;
    }
    if (task != NULL)
        selo_task_wait(task, is_running ? &refresh->waiting_next : &refresh->waiting, step);
    else if (is_running)
        refresh->is_due = TRUE;
    if (refresh->job == NULL)
        start_refresh(box);
}

/* ---- watching ---- */

static void start_watch(SeloMailbox *box);

static void
box_changed(void *data, const void *row)
{
    SeloMailbox *box = data;
    const SeloBoxInfo *info = row;

    if (info->modseq == 0 || info->modseq > box->since)
        selo_mailbox_refresh(box, NULL, NULL);
}

static void
retry_watch(void *data)
{
    SeloMailbox *box = data;

    selo_mailbox_refresh(box, NULL, NULL); /* what went unseen meanwhile */
    start_watch(box);
}

static void
watch_ended(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloMailbox *box = data;

    g_clear_pointer(&box->watch.call, selo_call_unref);
    if (box->watch.n_views > 0 && !box->box.is_gone && status != SELO_NOT_FOUND)
        selo_timer_arm(box->home->role->loop, &box->watch.retry,
                       status == SELO_UNSUPPORTED ? WITHOUT_WATCH_USEC : WATCH_RETRY_USEC,
                       retry_watch, box);
    selo_mailbox_unref(box);
}

/* Not a job: it runs beside all others (<selo/store.h>). */
static void
start_watch(SeloMailbox *box)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .account = box->home->account,
                               .box = box->box.handle,
                               .name = { box->name, strlen(box->name) } };
    const SeloOpType *op = selo_interface_op(selo_instance_type(box->home->store), "box_watch");

    if (box->watch.call != NULL || box->box.handle == NULL || box->box.is_gone)
        return;
    selo_mailbox_ref(box);
    box->watch.call = selo_invoke_full(box->home->call, box->home->store, op, &request, 0,
                                       box_changed, watch_ended, box);
}

void
selo_mailbox_watch(SeloMailbox *box, gboolean is_more)
{
    box->watch.n_views += is_more ? 1 : (uint32_t) -1;
    if (is_more && box->watch.n_views == 1) {
        start_watch(box);
        selo_mailbox_refresh(box, NULL, NULL);
    } else if (box->watch.n_views == 0) {
        selo_timer_disarm(&box->watch.retry);
        if (box->watch.call != NULL)
            selo_call_stop(box->watch.call);
    }
}

/* ---- changes ---- */

void
selo_mailbox_apply(SeloMailbox *box, const SeloMsgBatch *batch, SeloView *silent_for)
{
    g_autoptr(GArray) changed = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint32_t before = box->columns.stamp, n = box->columns.n, n_keywords = box->keyword_strs->len;

    if (batch->uidvalidity != 0 && box->uidvalidity != 0 &&
        batch->uidvalidity != box->uidvalidity) {
        selo_mailbox_set_gone(box);
        return;
    }
    selo_columns_apply(box, batch, changed);
    box->modseq = MAX(box->modseq, batch->modseq);
    box->uidnext = MAX(box->uidnext, batch->uidnext);
    if (silent_for != NULL)
        selo_view_skip_stamp(silent_for, before, (const uint32_t *) (void *) changed->data,
                             changed->len);
    if (changed->len > 0 || box->columns.n != n || batch->gone.n > 0 ||
        box->keyword_strs->len != n_keywords)
        tell_views(box);
}
