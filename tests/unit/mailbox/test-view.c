/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-view.c: what sessions are told, over a store that does what the test wants. What a sync
 * tells is written down as text, one event a word: "-2" expunged, "=3" exists, "r1" recent, "f2"
 * flags, "k" keywords.
 */
#include "config.h"

#include <string.h>

#include "server/mailbox/selo-view-private.h"
#include "tests/lib/selo-test.h"
#include "tests/unit/mailbox/fake-session.h"

static void
event_came(void *data, const void *row)
{
    static const char marks[] = { [SELO_VIEW_EXPUNGED] = '-',
                                  [SELO_VIEW_KEYWORDS] = 'k',
                                  [SELO_VIEW_EXISTS] = '=',
                                  [SELO_VIEW_RECENT] = 'r',
                                  [SELO_VIEW_FLAGS] = 'f' };
    const SeloViewEvent *event = row;
    GString *heard = ((Session *) data)->heard;

    if (heard->len > 0)
        g_string_append_c(heard, ' ');
    g_string_append_c(heard, marks[event->kind]);
    if (event->kind != SELO_VIEW_KEYWORDS)
        g_string_append_printf(heard, "%u", event->seq);
}

static void
assert_sync(Session *session, uint32_t flags, const char *want)
{
    g_string_truncate(session->heard, 0);
    selo_view_sync(session->view, session->call, flags, event_came, done, session);
    g_assert_cmpint(wait_done(session), ==, SELO_OK);
    g_assert_cmpstr(session->heard->str, ==, want);
}

static SeloStatus
store_flags(Session *session, uint32_t uid, uint32_t mode, uint32_t flags, gboolean silent,
            const char *keyword)
{
    SeloRange range = { uid, uid };
    SeloStr name = { keyword, keyword != NULL ? strlen(keyword) : 0 };
    SeloFlagChange change = { .struct_size = sizeof change,
                              .mode = mode,
                              .flags = flags,
                              .silent = silent,
                              .keywords = { &name, keyword != NULL } };

    selo_view_store(session->view, session->call, (SeloUids){ &range, 1 }, &change, done, session);
    return wait_done(session);
}

static void
deliver(int n)
{
    for (int i = 0; i < n; i++)
        fake_store_deliver(store, "INBOX", MESSAGE);
}

/* ---- views ---- */

static void
test_open(void)
{
    Session a;

    set_up();
    deliver(5);
    begin(&a);
    open_box(&a, "INBOX", 0);
    g_assert_cmpuint(selo_view_count(a.view), ==, 5);
    g_assert_cmpuint(selo_view_recent(a.view), ==, 5);
    g_assert_cmpuint(selo_view_first_unseen(a.view), ==, 1);
    g_assert_cmpuint(selo_view_uidnext(a.view), ==, 6);
    g_assert_cmpuint(selo_view_uid(a.view, 5), ==, 5);
    g_assert_cmpuint(selo_view_seq(a.view, 3), ==, 3);
    g_assert_cmpuint(selo_view_seq(a.view, 9), ==, 0);
    g_assert_cmpuint(selo_view_seq_at_least(a.view, 9), ==, 6);
    g_assert_true((selo_view_flags(a.view, 1) & SELO_FLAG_RECENT) != 0);
    assert_sync(&a, SELO_SYNC_CHECK, "");
    selo_view_open(a.account, a.call, SELO_STR("Nowhere"), 0, view_opened, &a);
    selo_view_free(a.view);
    g_assert_cmpint(wait_done(&a), ==, SELO_NOT_FOUND);
    g_assert_null(a.view);
    end(&a);
    tear_down();
}

static void
test_sync(void)
{
    Session a, b;

    set_up();
    deliver(4);
    begin(&a);
    begin(&b);
    open_box(&a, "INBOX", 0);
    open_box(&b, "INBOX", 0);
    g_assert_cmpuint(fake_store_n_calls(store, "box_open"), ==, 1);
    g_assert_cmpuint(selo_view_recent(b.view), ==, 0); /* the first had them */
    g_assert_cmpint(store_flags(&a, 2, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE, NULL), ==, SELO_OK);
    assert_sync(&a, 0, "f2");
    assert_sync(&b, 0, "f2"); /* without asking the store */
    assert_sync(&b, SELO_SYNC_CHECK, "");
    g_assert_cmpint(store_flags(&a, 3, SELO_FLAGS_ADD, SELO_FLAG_DELETED, TRUE, "$Junk"), ==,
                    SELO_OK);
    assert_sync(&a, 0, "k");
    assert_sync(&b, 0, "k f3");
    g_assert_cmpuint(selo_view_keywords(b.view, 3), ==, 1);
    selo_view_expunge(a.view, a.call, (SeloUids){ NULL, 0 }, done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    fake_store_remove(store, "INBOX", 1);
    deliver(2);
    g_assert_true(selo_view_is_gone(b.view, 3));
    assert_sync(&b, SELO_SYNC_CHECK | SELO_SYNC_NO_EXPUNGE, "=6 r2");
    g_assert_cmpuint(selo_view_uid(b.view, 6), ==, 6);
    g_assert_true(selo_view_is_gone(b.view, 1));
    assert_sync(&a, SELO_SYNC_CHECK, "-3 -1 =4 r2");
    assert_sync(&b, 0, "-3 -1");
    g_assert_cmpuint(selo_view_count(b.view), ==, 4);
    g_assert_true(a.view->uids == b.view->uids);
    end(&a);
    end(&b);
    tear_down();
}

static void
test_silent_exception(void)
{
    Session a;

    set_up();
    deliver(3);
    begin(&a);
    open_box(&a, "INBOX", 0);
    fake_store_set_flags(store, "INBOX", 1, SELO_FLAG_FLAGGED);
    selo_mailbox_refresh(a.view->box, NULL, NULL);
    selo_test_run_for(1000);
    store_flags(&a, 2, SELO_FLAGS_ADD, SELO_FLAG_SEEN, TRUE, NULL); /* while 1 is untold */
    store_flags(&a, 3, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE, NULL);
    assert_sync(&a, 0, "f1 f3");
    assert_sync(&a, SELO_SYNC_CHECK, "");
    /* What a change that is not silent addresses is told, changed or not. */
    store_flags(&a, 3, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE, NULL);
    store_flags(&a, 2, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE, NULL);
    store_flags(&a, 1, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED, TRUE, NULL);
    assert_sync(&a, 0, "f2 f3");
    assert_sync(&a, SELO_SYNC_CHECK, "");
    end(&a);
    tear_down();
}

static void
test_read_only(void)
{
    Session a, b;

    set_up();
    deliver(2);
    begin(&a);
    begin(&b);
    open_box(&a, "INBOX", SELO_BOX_READ_ONLY);
    g_assert_true(selo_view_is_read_only(a.view));
    g_assert_cmpuint(selo_view_recent(a.view), ==, 2);
    open_box(&b, "INBOX", 0); /* the box is opened again, now to change it */
    g_assert_cmpuint(fake_store_n_calls(store, "box_open"), ==, 2);
    g_assert_cmpuint(selo_view_recent(b.view), ==, 2);
    end(&a);
    end(&b);
    tear_down();
}

/* ---- rows ---- */

static void
message_came(void *data, const void *row)
{
    Session *session = data;
    const SeloMsg *msg = row;

    g_assert_cmpuint(msg->uid, >, session->last_uid);
    session->last_uid = msg->uid;
    g_string_append_printf(session->heard, "%u%s ", msg->uid, msg->facts.s != NULL ? "f" : "");
    if (session->fetch != NULL)
        selo_view_fetch_pause(session->fetch);
}

static SeloFetch *
fetch_all(Session *session, uint32_t fields)
{
    static const SeloRange all = { 1, G_MAXUINT32 };

    session->last_uid = 0;
    g_string_truncate(session->heard, 0);
    return selo_view_fetch(session->view, session->call, (SeloUids){ &all, 1 }, fields,
                           message_came, done, session);
}

static void
test_fetch(void)
{
    Session a;

    set_up();
    deliver(3);
    begin(&a);
    open_box(&a, "INBOX", 0);
    deliver(1); /* not told yet, so not there */
    fetch_all(&a, SELO_MSG_SIZE);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    g_assert_cmpstr(a.heard->str, ==, "1 2 3 ");
    g_assert_cmpint(store_flags(&a, 4, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE, NULL), ==, SELO_OK);
    g_assert_cmpuint(fake_store_n_calls(store, "msg_flags"), ==, 0);
    fake_store_keep_facts(store, FALSE);
    fetch_all(&a, SELO_MSG_FACTS);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    g_assert_cmpstr(a.heard->str, ==, "1f 2f 3f ");
    end(&a);
    tear_down();
}

/* A client that does not read holds nobody up, and gets every message once when it reads again. */
static void
test_fetch_paused(void)
{
    Session a, b;

    set_up();
    deliver(4);
    begin(&a);
    begin(&b);
    open_box(&a, "INBOX", 0);
    open_box(&b, "INBOX", 0);
    a.fetch = fetch_all(&a, SELO_MSG_SIZE);
    selo_test_run_for(5000);
    g_assert_cmpstr(a.heard->str, ==, "1 ");
    g_assert_cmpint(store_flags(&b, 1, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE, NULL), ==, SELO_OK);
    for (int i = 0; i < 4 && !a.is_done; i++) {
        selo_view_fetch_resume(a.fetch);
        selo_test_run_for(5000);
    }
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    g_assert_cmpstr(a.heard->str, ==, "1 2 3 4 ");
    end(&a);
    end(&b);
    tear_down();
}

/* Rows held back end with the session, and with the view. */
static void
test_paused_end(void)
{
    Session a, b;
    guint n_done;

    set_up();
    deliver(4);
    begin(&a);
    begin(&b);
    open_box(&a, "INBOX", 0);
    open_box(&b, "INBOX", 0);
    n_done = a.n_done;
    a.fetch = fetch_all(&a, SELO_MSG_SIZE);
    selo_test_run_for(2000);
    selo_call_stop(a.call);
    selo_test_run_for(2000);
    g_assert_cmpuint(a.n_done, ==, n_done + 1);
    g_assert_cmpstr(a.heard->str, ==, "1 ");
    n_done = b.n_done;
    b.fetch = fetch_all(&b, SELO_MSG_SIZE);
    selo_test_run_for(2000);
    g_clear_pointer(&b.view, selo_view_free);
    selo_test_run_for(2000);
    g_assert_cmpuint(b.n_done, ==, n_done);
    g_assert_cmpstr(b.heard->str, ==, "1 ");
    open_box(&b, "INBOX", 0);
    end(&a);
    end(&b);
    tear_down();
}

static void
box_came(void *data, const void *row)
{
    const SeloBoxInfo *box = row;

    g_string_append_printf(((Session *) data)->heard, "%.*s%s%s ", (int) box->name.len, box->name.s,
                           (box->flags & SELO_BOX_NO_SELECT) != 0 ? "!" : "",
                           (box->flags & SELO_BOX_HAS_CHILDREN) != 0 ? "+" : "");
}

static void
test_tree(void)
{
    Session a;

    set_up();
    begin(&a);
    selo_account_create(a.account, a.call, SELO_STR("Archive.x"), done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    selo_account_create(a.account, a.call, SELO_STR("Archive/2026/Q1/x"), done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    selo_account_create(a.account, a.call, SELO_STR("INBOX"), done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_EXISTS);
    selo_account_list(a.account, a.call, 0, box_came, done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    g_assert_cmpstr(a.heard->str, ==,
                    "Archive!+ Archive/2026+ Archive/2026/Q1!+ Archive/2026/Q1/x Archive.x INBOX ");
    end(&a);
    tear_down();
}

static void
copied(void *data, SeloStatus status, const char *text, const void *reply)
{
    const SeloMsgBatch *batch = reply;
    Session *session = data;

    for (uint32_t i = 0; batch != NULL && i < batch->n; i++)
        g_string_append_printf(session->heard, "%u>%u ", batch->uids != NULL ? batch->uids[i] : 0,
                               batch->new_uids[i]);
    done(data, status, text, NULL);
}

static void
test_copy_move_append(void)
{
    static const SeloRange range = { 2, 3 }, first = { 1, 1 };
    SeloAppendItem item = { .struct_size = sizeof item,
                            .flags = SELO_FLAG_SEEN,
                            .message = { MESSAGE, strlen(MESSAGE), 0, { -1, 0 } } };
    const SeloAppendItem *items[] = { &item };
    Session a, b;

    set_up();
    deliver(3);
    begin(&a);
    begin(&b);
    open_box(&a, "INBOX", 0);
    open_box(&b, "Archive/2026", 0);
    selo_view_copy(a.view, a.call, (SeloUids){ &range, 1 }, SELO_STR("Archive/2026"), copied, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    selo_view_move(a.view, a.call, (SeloUids){ &range, 1 }, SELO_STR("Archive/2026"), copied, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    selo_account_append(a.account, a.call, SELO_STR("Archive/2026"), items, 1, copied, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    g_assert_cmpstr(a.heard->str, ==, "2>1 3>2 2>3 3>4 0>5 ");
    assert_sync(&a, 0, "-3 -2 r1");
    selo_test_run_for(1000); /* the target was refreshed for its session */
    assert_sync(&b, 0, "=5 r4");
    selo_view_copy(a.view, a.call, (SeloUids){ &first, 1 }, SELO_STR("Nowhere"), copied, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_NOT_FOUND);
    end(&a);
    end(&b);
    tear_down();
}

/* ---- watching ---- */

static void
view_changed(void *data)
{
    ((Session *) data)->n_notices++;
}

static void
test_watch(void)
{
    Session a, b;

    set_up();
    deliver(1);
    begin(&a);
    begin(&b);
    open_box(&a, "INBOX", 0);
    open_box(&b, "INBOX", 0);
    selo_view_watch(a.view, view_changed, &a);
    selo_test_run_for(2000);
    g_assert_cmpuint(a.n_notices, ==, 0);
    deliver(2);
    fake_store_announce(store, "INBOX");
    fake_store_announce(store, "INBOX");
    selo_test_run_for(2000);
    g_assert_cmpuint(a.n_notices, ==, 1);
    assert_sync(&a, 0, "=3 r3");
    store_flags(&b, 1, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE,
                NULL); /* another session of this process */
    selo_test_run_for(1000);
    g_assert_cmpuint(a.n_notices, ==, 2);
    store_flags(&a, 1, SELO_FLAGS_REMOVE, SELO_FLAG_SEEN, FALSE, NULL);
    assert_sync(&a, 0, "f1");
    selo_view_watch(a.view, NULL, NULL);
    deliver(1);
    fake_store_announce(store, "INBOX");
    selo_test_run_for(1000);
    g_assert_cmpuint(a.n_notices, <=, 3);
    end(&a);
    end(&b);
    tear_down();
}

/* ---- faults ---- */

static void
test_store_fails(void)
{
    static const char *const ops[] = { "msg_changes", "msg_fetch", "msg_flags", "msg_expunge" };
    Session a;

    set_up();
    deliver(2);
    begin(&a);
    fake_store_fail(store, "box_open", SELO_TEMPORARY);
    selo_view_open(a.account, a.call, SELO_STR("INBOX"), 0, view_opened, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_TEMPORARY);
    fake_store_fail(store, "box_open", SELO_OK);
    fake_store_fail(store, "msg_changes", SELO_TIMEOUT);
    selo_view_open(a.account, a.call, SELO_STR("INBOX"), 0, view_opened, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_TIMEOUT);
    fake_store_fail(store, "msg_changes", SELO_OK);
    open_box(&a, "INBOX", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++)
        fake_store_fail(store, ops[i], SELO_TEMPORARY);
    g_assert_cmpint(store_flags(&a, 1, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE, NULL), ==,
                    SELO_TEMPORARY);
    fetch_all(&a, SELO_MSG_SIZE);
    g_assert_cmpint(wait_done(&a), ==, SELO_TEMPORARY);
    selo_view_sync(a.view, a.call, SELO_SYNC_CHECK, event_came, done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_TEMPORARY);
    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++)
        fake_store_fail(store, ops[i], SELO_OK);
    assert_sync(&a, SELO_SYNC_CHECK, "");
    end(&a);
    tear_down();
}

/* The view goes while a call runs and others wait behind it: no callback comes any more. */
static void
test_view_freed(void)
{
    Session a;
    guint n_done;

    set_up();
    deliver(3);
    begin(&a);
    open_box(&a, "INBOX", 0);
    fake_store_hold(store, "msg_fetch");
    fetch_all(&a, SELO_MSG_SIZE);
    selo_view_sync(a.view, a.call, SELO_SYNC_CHECK, event_came, done, &a);
    selo_view_expunge(a.view, a.call, (SeloUids){ NULL, 0 }, done, &a);
    selo_test_run_for(1000);
    n_done = a.n_done;
    g_clear_pointer(&a.view, selo_view_free);
    fake_store_hold(store, NULL);
    selo_test_run_for(2000);
    g_assert_cmpuint(a.n_done, ==, n_done);
    open_box(&a, "INBOX", 0);
    end(&a);
    tear_down();
}

/* A stop ends what runs and what waits, each exactly once. */
static void
test_stop(void)
{
    Session a, b;
    guint n_done;

    set_up();
    deliver(3);
    begin(&a);
    begin(&b);
    open_box(&a, "INBOX", 0);
    open_box(&b, "INBOX", 0);
    fake_store_hold(store, "msg_flags");
    n_done = a.n_done;
    {
        SeloRange range = { 1, 1 };
        SeloFlagChange change = { .struct_size = sizeof change, .flags = SELO_FLAG_SEEN };

        selo_view_store(a.view, a.call, (SeloUids){ &range, 1 }, &change, done, &a);
    }
    fetch_all(&a, SELO_MSG_SIZE);
    selo_view_sync(a.view, a.call, SELO_SYNC_CHECK, event_came, done, &a);
    selo_view_sync(a.view, a.call, 0, event_came, done, &a);
    selo_call_stop(a.call);
    selo_test_run_for(2000);
    g_assert_cmpuint(a.n_done, ==, n_done + 4);
    g_assert_cmpint(a.status, ==, SELO_CANCELLED);
    fetch_all(&a, SELO_MSG_SIZE); /* on a stopped call */
    selo_test_run_for(1000);
    g_assert_cmpuint(a.n_done, ==, n_done + 5);
    fake_store_hold(store, NULL);
    assert_sync(&b, SELO_SYNC_CHECK, "");
    end(&a);
    end(&b);
    tear_down();
}

static void
test_box_deleted(void)
{
    Session a, b;

    set_up();
    fake_store_deliver(store, "Archive/2026", MESSAGE);
    begin(&a);
    begin(&b);
    open_box(&a, "Archive/2026", 0);
    selo_account_delete(b.account, b.call, SELO_STR("Archive/2026"), done, &b);
    g_assert_cmpint(wait_done(&b), ==, SELO_OK);
    selo_view_sync(a.view, a.call, SELO_SYNC_CHECK, event_came, done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_NOT_FOUND);
    g_assert_cmpint(store_flags(&a, 1, SELO_FLAGS_ADD, SELO_FLAG_SEEN, FALSE, NULL), ==,
                    SELO_NOT_FOUND);
    selo_account_create(b.account, b.call, SELO_STR("Archive/2026"), done, &b);
    g_assert_cmpint(wait_done(&b), ==, SELO_OK);
    open_box(&b, "Archive/2026", 0);
    g_assert_cmpuint(selo_view_uidvalidity(a.view), !=, selo_view_uidvalidity(b.view));
    /* Another mailbox gets the name, since the store knows that this one is gone. */
    selo_account_rename(a.account, a.call, SELO_STR("Other"), SELO_STR("Archive/2026"), done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    selo_view_sync(b.view, b.call, SELO_SYNC_CHECK, event_came, done, &b);
    g_assert_cmpint(wait_done(&b), ==, SELO_NOT_FOUND);
    end(&a);
    end(&b);
    tear_down();
}

static void
test_lock(void)
{
    Session a, b;

    set_up();
    begin(&a);
    begin(&b);
    selo_account_lock(a.account, a.call, done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_OK);
    selo_account_lock(b.account, b.call, done, &b);
    g_assert_cmpint(wait_done(&b), ==, SELO_EXISTS);
    end(&a);
    selo_account_lock(b.account, b.call, done, &b);
    g_assert_cmpint(wait_done(&b), ==, SELO_OK);
    end(&b);
    tear_down();
}

/* The role ends while a store does not answer. */
static void
test_forget_role(void)
{
    Session a;

    set_up();
    deliver(2);
    begin(&a);
    open_box(&a, "INBOX", 0);
    end(&a);
    fake_store_hold(store, "box_close");
    begin_to_close();
    selo_test_run_for(1000);
    g_assert_cmpuint(fake_store_n_held(store), ==, 1);
    tear_down_at_once();
    set_up();
    begin(&a);
    open_box(&a, "INBOX", 0);
    end(&a);
    tear_down_at_once();
}

/* An idle session shares everything that grows with its mailbox. */
static void
test_idle_cost(void)
{
    Session a, b;

    set_up();
    deliver(1000);
    begin(&a);
    begin(&b);
    open_box(&a, "INBOX", 0);
    open_box(&b, "INBOX", 0);
    g_assert_true(a.view->uids == b.view->uids);
    g_assert_null(b.view->told.recent);
    g_assert_cmpuint(sizeof(SeloView), <=, 300);
    end(&a);
    end(&b);
    tear_down();
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/mailbox/view/open", test_open);
    g_test_add_func("/mailbox/view/sync", test_sync);
    g_test_add_func("/mailbox/view/silent-exception", test_silent_exception);
    g_test_add_func("/mailbox/view/read-only", test_read_only);
    g_test_add_func("/mailbox/view/fetch", test_fetch);
    g_test_add_func("/mailbox/view/fetch-paused", test_fetch_paused);
    g_test_add_func("/mailbox/view/paused-end", test_paused_end);
    g_test_add_func("/mailbox/view/tree", test_tree);
    g_test_add_func("/mailbox/view/copy-move-append", test_copy_move_append);
    g_test_add_func("/mailbox/view/watch", test_watch);
    g_test_add_func("/mailbox/view/store-fails", test_store_fails);
    g_test_add_func("/mailbox/view/view-freed", test_view_freed);
    g_test_add_func("/mailbox/view/stop", test_stop);
    g_test_add_func("/mailbox/view/box-deleted", test_box_deleted);
    g_test_add_func("/mailbox/view/lock", test_lock);
    g_test_add_func("/mailbox/view/forget-role", test_forget_role);
    g_test_add_func("/mailbox/view/idle-cost", test_idle_cost);
    return g_test_run();
}
