/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-view.c: what one session was told of a mailbox, and what it may ask without I/O. Bringing it
 * up to date is in selo-view-sync.c.
 */
#include "config.h"

#include <string.h>

#include "server/mailbox/selo-view-private.h"

typedef struct {
    SeloTask task;
    SeloAccount *account;
    SeloViewFunc opened;
    void *opened_data;
    uint32_t flags;
} OpenTask;

/* ---- answers from memory ---- */

SeloStr
selo_view_name(SeloView *view)
{
    return (SeloStr){ view->box->name, strlen(view->box->name) };
}

gboolean
selo_view_is_read_only(SeloView *view)
{
    return view->is_read_only || view->box->box.is_read_only;
}

uint32_t
selo_view_uidvalidity(SeloView *view)
{
    return view->box->uidvalidity;
}

uint32_t
selo_view_uidnext(SeloView *view)
{
    return view->box->uidnext;
}

uint64_t
selo_view_modseq(SeloView *view)
{
    return view->told.modseq;
}

uint32_t
selo_view_count(SeloView *view)
{
    return view->n;
}

uint32_t
selo_view_recent(SeloView *view)
{
    return view->told.recent != NULL ? view->told.recent->len : 0;
}

uint32_t
selo_view_uid(SeloView *view, uint32_t seq)
{
    g_return_val_if_fail(seq >= 1 && seq <= view->n, 0);
    return view->uids->v[seq - 1];
}

uint32_t
selo_view_seq_at_least(SeloView *view, uint32_t uid)
{
    return selo_uid_list_find(view->uids, view->n, uid) + 1;
}

uint32_t
selo_view_seq(SeloView *view, uint32_t uid)
{
    uint32_t index = selo_uid_list_find(view->uids, view->n, uid);

    return index < view->n && view->uids->v[index] == uid ? index + 1 : 0;
}

uint32_t
selo_view_column(SeloView *view, uint32_t seq)
{
    const SeloColumns *columns = &view->box->columns;
    uint32_t uid, index;

    g_return_val_if_fail(seq >= 1 && seq <= view->n, G_MAXUINT32);
    if (view->uids == columns->uids)
        return seq - 1;
    uid = view->uids->v[seq - 1];
    index = selo_uid_list_find(columns->uids, columns->n, uid);
    return index < columns->n && columns->uids->v[index] == uid ? index : G_MAXUINT32;
}

static gboolean
is_recent(SeloView *view, uint32_t uid)
{
    const GArray *recent = view->told.recent;
    guint low = 0, high = recent != NULL ? recent->len : 0;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (g_array_index(recent, uint32_t, middle) < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return recent != NULL && low < recent->len && g_array_index(recent, uint32_t, low) == uid;
}

uint32_t
selo_view_flags(SeloView *view, uint32_t seq)
{
    uint32_t column = selo_view_column(view, seq), flags;

    if (column == G_MAXUINT32)
        return 0;
    flags = view->box->columns.flags[column] & ~(uint32_t) SELO_FLAG_RECENT;
    return is_recent(view, view->uids->v[seq - 1]) ? flags | SELO_FLAG_RECENT : flags;
}

uint64_t
selo_view_keywords(SeloView *view, uint32_t seq)
{
    uint32_t column = selo_view_column(view, seq);

    return column != G_MAXUINT32 ? view->box->columns.keywords[column] : 0;
}

uint64_t
selo_view_msg_modseq(SeloView *view, uint32_t seq)
{
    uint32_t column = selo_view_column(view, seq);

    return column != G_MAXUINT32 ? view->box->columns.modseqs[column] : 0;
}

SeloStrs
selo_view_keyword_names(SeloView *view)
{
    const GArray *names = view->box->keyword_strs;

    return (SeloStrs){ (const SeloStr *) (void *) names->data, names->len };
}

gboolean
selo_view_is_gone(SeloView *view, uint32_t seq)
{
    return selo_view_column(view, seq) == G_MAXUINT32;
}

uint32_t
selo_view_first_unseen(SeloView *view)
{
    for (uint32_t seq = 1; seq <= view->n; seq++) {
        uint32_t column = selo_view_column(view, seq);

        if (column != G_MAXUINT32 && (view->box->columns.flags[column] & SELO_FLAG_SEEN) == 0)
            return seq;
    }
    return 0;
}

GArray *
selo_view_clip(SeloView *view, SeloUids uids)
{
    GArray *clipped = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    uint32_t last = view->n > 0 ? view->uids->v[view->n - 1] : 0;

    for (size_t i = 0; i < uids.n && uids.v[i].first <= last; i++) {
        SeloRange range = { uids.v[i].first, MIN(uids.v[i].last, last) };

        g_array_append_val(clipped, range);
    }
    return clipped;
}

/* ---- life ---- */

void
selo_view_take_recent(SeloView *view, uint32_t from)
{
    SeloColumns *columns = &view->box->columns;

    for (uint32_t i = from; columns->n_recent > 0 && i < columns->n; i++) {
        if ((columns->flags[i] & SELO_FLAG_RECENT) == 0)
            continue;
        if (view->told.recent == NULL)
            view->told.recent = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_array_append_val(view->told.recent, columns->uids->v[i]);
        if (view->is_read_only)
            continue; /* looks at it and leaves it to the next (RFC 3501 section 2.3.2) */
        columns->flags[i] &= ~(uint32_t) SELO_FLAG_RECENT;
        columns->n_recent--;
    }
}

static SeloView *
make_view(SeloMailbox *box, SeloAccount *account, uint32_t flags)
{
    SeloView *view = g_new0(SeloView, 1);

    view->box = selo_mailbox_ref(box);
    view->account = selo_account_ref(account);
    view->is_read_only = (flags & SELO_BOX_READ_ONLY) != 0;
    view->uids = selo_uid_list_ref(box->columns.uids);
    view->n = box->columns.n;
    view->told.stamp = box->columns.stamp;
    view->told.n_keywords = box->keyword_strs->len;
    view->told.modseq = box->modseq;
    selo_view_take_recent(view, 0);
    view->told.n_recent = selo_view_recent(view);
    g_queue_init(&view->tasks);
    g_queue_init(&view->paused);
    view->link.data = view;
    g_queue_push_tail_link(&box->views, &view->link);
    return view;
}

void
selo_view_free(SeloView *view)
{
    if (view == NULL)
        return;
    selo_view_watch(view, NULL, NULL);
    while (view->tasks.head != NULL)
        selo_task_forget_view(view->tasks.head->data);
    selo_task_wake_all(&view->paused, SELO_CANCELLED, NULL);
    g_queue_unlink(&view->box->views, &view->link);
    selo_uid_list_unref(view->uids);
    if (view->told.known != NULL)
        g_array_free(view->told.known, TRUE);
    if (view->told.due != NULL)
        g_array_free(view->told.due, TRUE);
    if (view->told.recent != NULL)
        g_array_free(view->told.recent, TRUE);
    selo_mailbox_unref(view->box);
    selo_account_unref(view->account);
    g_free(view);
}

/* ---- opening ---- */

static void
clear_open(SeloTask *task)
{
    selo_account_unref(((OpenTask *) task)->account);
}

/* The done function of its task, which is its own data; @reply: SeloView. */
static void
tell_opened(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    OpenTask *open = data;

    open->opened(open->opened_data, status, operator_text, (SeloView *) reply);
}

static void
finish_open(SeloTask *task, SeloStatus status, const char *operator_text)
{
    OpenTask *open = (OpenTask *) task;

    selo_task_finish(task, status, operator_text,
                     status == SELO_OK ? make_view(task->box, open->account, open->flags) : NULL);
}

static void
box_refreshed(SeloTask *task, SeloStatus status, const char *operator_text)
{
    finish_open(task, status, operator_text);
}

static void
box_opened(SeloTask *task, SeloStatus status, const char *operator_text)
{
    OpenTask *open = (OpenTask *) task;
    gboolean is_read_only = (open->flags & SELO_BOX_READ_ONLY) != 0;

    if (status != SELO_OK)
        finish_open(task, status, operator_text);
    else if (task->box->box.is_target ||
             (!is_read_only && task->box->box.keeps_recent)) /* for less */
        selo_mailbox_wait_open(task->box, is_read_only ? SELO_BOX_KEEP_RECENT : 0, task,
                               box_opened);
    else
        selo_mailbox_refresh(task->box, task, box_refreshed);
}

void
selo_view_open(SeloAccount *account, SeloCall *call, SeloStr name, uint32_t flags,
               SeloViewFunc opened, void *data)
{
    SeloHome *home = selo_account_home(account);
    OpenTask *open =
        (OpenTask *) selo_task_new(sizeof *open, home, NULL, call, NULL, tell_opened, NULL);

    open->task.data = open;
    open->task.clear = clear_open;
    open->account = selo_account_ref(account);
    open->opened = opened;
    open->opened_data = data;
    open->flags = flags & SELO_BOX_READ_ONLY;
    open->task.box = selo_mailbox_get(home, name);
    selo_mailbox_wait_open(open->task.box,
                           (flags & SELO_BOX_READ_ONLY) != 0 ? SELO_BOX_KEEP_RECENT : 0,
                           &open->task, box_opened);
}

/* ---- watching ---- */

static void
notice_due(void *data)
{
    SeloView *view = data;

    if (view->changed != NULL && selo_view_is_behind(view))
        view->changed(view->changed_data);
}

void
selo_view_notify(SeloView *view)
{
    if (view->changed != NULL && !view->notice.is_queued && selo_view_is_behind(view))
        selo_loop_defer(view->box->home->role->loop, &view->notice, notice_due, view);
}

void
selo_view_watch(SeloView *view, void (*changed)(void *data), void *data)
{
    gboolean was_watching = view->changed != NULL, is_watching = changed != NULL;

    view->changed = changed;
    view->changed_data = data;
    if (!is_watching)
        selo_loop_undefer(view->box->home->role->loop, &view->notice);
    if (was_watching != is_watching)
        selo_mailbox_watch(view->box, is_watching);
    selo_view_notify(view);
}
