/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-view-sync.c: the difference between what a session was told and what the mailbox is, told in
 * the order of RFC 9051 section 7: what is gone, names of keywords, counts, flags. Expunged
 * messages are told from the highest number down, so that each number is right at its moment and on
 * the old list alike.
 */
#include "config.h"

#include <string.h>

#include "server/mailbox/selo-view-private.h"

typedef struct {
    SeloTask task;
    uint32_t flags;
} SyncTask;

static int
compare_known(const void *a, const void *b)
{
    const SeloKnownChange *left = a, *right = b;

    return (left->uid > right->uid) - (left->uid < right->uid);
}

void
selo_view_skip_stamp(SeloView *view, uint32_t before, const uint32_t *uids, uint32_t n)
{
    uint32_t stamp = view->box->columns.stamp;

    if (n == 0)
        return;
    if (view->told.stamp == before) { /* nothing else is untold */
        view->told.stamp = stamp;
        return;
    }
    if (view->told.known == NULL)
        view->told.known = g_array_new(FALSE, FALSE, sizeof(SeloKnownChange));
    for (uint32_t i = 0; i < n; i++) {
        SeloKnownChange known = { uids[i], stamp };

        g_array_append_val(view->told.known, known);
    }
    g_array_sort(view->told.known, compare_known);
}

static gboolean
is_known(SeloView *view, uint32_t uid, uint32_t stamp)
{
    const GArray *known = view->told.known;
    guint low = 0, high = known != NULL ? known->len : 0;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (g_array_index(known, SeloKnownChange, middle).uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    for (; known != NULL && low < known->len; low++) {
        const SeloKnownChange *change = &g_array_index(known, SeloKnownChange, low);

        if (change->uid != uid)
            return FALSE;
        if (change->stamp == stamp)
            return TRUE;
    }
    return FALSE;
}

static int
compare_ranges(const void *a, const void *b)
{
    const SeloRange *left = a, *right = b;

    return (left->first > right->first) - (left->first < right->first);
}

void
selo_view_tell_again(SeloView *view, const GArray *ranges)
{
    if (view->told.due == NULL)
        view->told.due = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    g_array_append_vals(view->told.due, ranges->data, ranges->len);
    g_array_sort(view->told.due, compare_ranges);
}

/* For ascending uids: *at is where the last one was. */
static gboolean
is_due(const GArray *due, guint *at, uint32_t uid)
{
    while (due != NULL && *at < due->len && g_array_index(due, SeloRange, *at).last < uid)
        (*at)++;
    return due != NULL && *at < due->len && g_array_index(due, SeloRange, *at).first <= uid;
}

gboolean
selo_view_is_behind(SeloView *view)
{
    const SeloMailbox *box = view->box;

    return view->told.stamp != box->columns.stamp ||
           view->told.n_keywords != box->keyword_strs->len || view->uids != box->columns.uids ||
           view->n != box->columns.n;
}

static void
add_event(GArray *events, uint32_t kind, uint32_t seq, uint32_t uid)
{
    SeloViewEvent event = { sizeof event, kind, seq, uid };

    g_array_append_val(events, event);
}

static void
forget_recent(SeloView *view, uint32_t uid)
{
    GArray *recent = view->told.recent;

    for (guint i = 0; recent != NULL && i < recent->len; i++) {
        if (g_array_index(recent, uint32_t, i) == uid) {
            g_array_remove_index(recent, i);
            return;
        }
    }
}

/* Tells what of the view's list is not in the mailbox any more. How many stay. */
static uint32_t
find_expunged(SeloView *view, GArray *events)
{
    const SeloColumns *columns = &view->box->columns;
    uint32_t column = columns->n, n = view->n;

    for (uint32_t seq = view->n; seq > 0; seq--) {
        uint32_t uid = view->uids->v[seq - 1];

        while (column > 0 && columns->uids->v[column - 1] > uid)
            column--;
        if (column > 0 && columns->uids->v[column - 1] == uid)
            continue;
        add_event(events, SELO_VIEW_EXPUNGED, seq, uid);
        forget_recent(view, uid);
        n--;
    }
    return n;
}

static void
adopt_list(SeloView *view)
{
    SeloColumns *columns = &view->box->columns;

    if (view->uids != columns->uids) {
        selo_uid_list_unref(view->uids);
        view->uids = selo_uid_list_ref(columns->uids);
    }
    view->n = columns->n;
}

/* Numbers stand: what is new goes behind them, in a list of the view's own if the mailbox has lost
 * messages that this one still counts. */
static void
append_new(SeloView *view, uint32_t from)
{
    const SeloColumns *columns = &view->box->columns;
    uint32_t n_new = columns->n - from;
    SeloUidList *own;

    if (view->uids == columns->uids) {
        view->n = columns->n;
        return;
    }
    if (n_new == 0)
        return;
    own = selo_uid_list_new(view->n + n_new);
    memcpy(own->v, view->uids->v, view->n * sizeof own->v[0]);
    memcpy(own->v + view->n, columns->uids->v + from, n_new * sizeof own->v[0]);
    selo_uid_list_unref(view->uids);
    view->uids = own;
    view->n += n_new;
}

/* Messages that the session knows and whose flags it does not, or wants to hear again. */
static void
find_changed(SeloView *view, uint32_t n_known, GArray *events)
{
    const SeloColumns *columns = &view->box->columns;
    guint at = 0;

    if (view->told.stamp == columns->stamp && view->told.due == NULL)
        return;
    for (uint32_t seq = 1; seq <= n_known; seq++) {
        uint32_t column = selo_view_column(view, seq), uid = view->uids->v[seq - 1];

        if (column == G_MAXUINT32)
            continue;
        if (is_due(view->told.due, &at, uid) ||
            (columns->stamps[column] > view->told.stamp &&
             !is_known(view, uid, columns->stamps[column])))
            add_event(events, SELO_VIEW_FLAGS, seq, uid);
    }
    view->told.stamp = columns->stamp;
    g_clear_pointer(&view->told.known, g_array_unref);
    g_clear_pointer(&view->told.due, g_array_unref);
}

static GArray *
collect_events(SeloView *view, uint32_t flags)
{
    GArray *events = g_array_new(FALSE, FALSE, sizeof(SeloViewEvent));
    SeloMailbox *box = view->box;
    uint32_t last = view->n > 0 ? view->uids->v[view->n - 1] : 0, n_known = view->n, n_before;
    uint32_t from = last < G_MAXUINT32
                        ? selo_uid_list_find(box->columns.uids, box->columns.n, last + 1)
                        : box->columns.n;

    if ((flags & SELO_SYNC_NO_EXPUNGE) != 0) {
        append_new(view, from);
    } else {
        if (view->uids != box->columns.uids)
            n_known = find_expunged(view, events);
        adopt_list(view);
    }
    n_before = n_known;
    selo_view_take_recent(view, from);
    if (view->told.n_keywords != box->keyword_strs->len)
        add_event(events, SELO_VIEW_KEYWORDS, 0, 0);
    if (view->n != n_before)
        add_event(events, SELO_VIEW_EXISTS, view->n, 0);
    if (view->told.n_recent != selo_view_recent(view))
        add_event(events, SELO_VIEW_RECENT, selo_view_recent(view), 0);
    find_changed(view, n_known, events);
    view->told.n_keywords = box->keyword_strs->len;
    view->told.n_recent = selo_view_recent(view);
    view->told.modseq = box->modseq;
    return events;
}

static void
tell_events(SeloTask *task, SeloStatus status, const char *operator_text)
{
    g_autoptr(GArray) events = NULL;

    if (task->view != NULL)
        events = collect_events(task->view, ((SyncTask *) task)->flags);
    for (guint i = 0; events != NULL && i < events->len; i++)
        selo_task_tell(task, &g_array_index(events, SeloViewEvent, i));
    selo_task_finish(task, status, operator_text, NULL);
}

void
selo_view_sync(SeloView *view, SeloCall *call, uint32_t flags, SeloRowFunc row, SeloDoneFunc done,
               void *data)
{
    SyncTask *sync =
        (SyncTask *) selo_task_new(sizeof *sync, view->box->home, view, call, row, done, data);

    sync->flags = flags;
    if ((flags & SELO_SYNC_CHECK) != 0)
        selo_mailbox_refresh(view->box, &sync->task, tell_events);
    else
        selo_task_later(&sync->task, SELO_OK, tell_events);
}
