/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-search.c: every search key over a handful of messages, and what is read to answer.
 */
#include "config.h"

#include <string.h>

#include "tests/lib/selo-test.h"
#include "tests/unit/mailbox/fake-session.h"

#define DAY(n) \
    ((SeloTime){ (INT64_C(1795478400) + (n) *86400) * G_USEC_PER_SEC }) /* 24 Nov 2026 + n */

static const char second[] =
    "From: Bob <bob@example.org>\r\nTo: ann@example.org\r\nSubject: Report\r\n\r\n"
    "ann knows\r\n";
static const char third[] =
    "From: carl@example.org\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nSch=F6ne Gr=FC=\r\n=DFe\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "PGI+U2VjcmV0PC9iPg==\r\n"
    "--b\r\nContent-Type: application/octet-stream; name=Attachment\r\n\r\nopaque\r\n--b--\r\n";

static void
found(void *data, const void *row)
{
    const SeloMsgBatch *batch = row;

    for (uint32_t i = 0; i < batch->n; i++)
        g_string_append_printf(((Session *) data)->heard, "%u ", batch->uids[i]);
}

/* Takes @query. */
static void
assert_found(Session *session, SeloQuery *query, const char *want)
{
    g_string_truncate(session->heard, 0);
    selo_view_search(session->view, session->call, query, found, done, session);
    selo_query_unref(query);
    g_assert_cmpint(wait_done(session), ==, SELO_OK);
    g_assert_cmpstr(session->heard->str, ==, want);
}

static SeloUids
uids(const SeloRange *range)
{
    return (SeloUids){ range, 1 };
}

static void
begin_search(Session *session)
{
    set_up();
    fake_store_deliver(store, "INBOX", MESSAGE);
    fake_store_deliver(store, "INBOX", second);
    fake_store_deliver(store, "INBOX", third);
    fake_store_set_flags(store, "INBOX", 2, SELO_FLAG_SEEN | SELO_FLAG_FLAGGED);
    begin(session);
    open_box(session, "INBOX", 0);
}

static void
test_memory_keys(void)
{
    static const SeloRange two = { 2, 2 }, last = { G_MAXUINT32, G_MAXUINT32 },
                           open = { 7, G_MAXUINT32 };
    Session a;

    begin_search(&a);
    assert_found(&a, selo_query_all(), "1 2 3 ");
    assert_found(&a, selo_query_flags(SELO_FLAG_SEEN, 0), "2 ");
    assert_found(&a, selo_query_flags(0, SELO_FLAG_SEEN), "1 3 ");
    assert_found(&a, selo_query_flags(SELO_FLAG_RECENT, SELO_FLAG_SEEN), "1 3 ");
    assert_found(&a, selo_query_not(selo_query_flags(SELO_FLAG_FLAGGED, 0)), "1 3 ");
    assert_found(&a, selo_query_uids(uids(&two)), "2 ");
    assert_found(&a, selo_query_seqs(uids(&last)), "3 ");
    assert_found(&a, selo_query_uids(uids(&open)), "3 "); /* 7:* is *:7 */
    assert_found(&a, selo_query_keyword(SELO_STR("$Junk")), "");
    assert_found(&a, selo_query_modseq(5), "2 ");
    assert_found(&a, selo_query_or(selo_query_uids(uids(&two)), selo_query_seqs(uids(&last))),
                 "2 3 ");
    g_assert_cmpuint(fake_store_n_calls(store, "msg_fetch"), ==, 0);
    end(&a);
    tear_down();
}

static void
test_read_keys(void)
{
    Session a;

    begin_search(&a);
    assert_found(&a, selo_query_size(0, sizeof second - 1), "2 ");
    assert_found(&a, selo_query_size(sizeof third - 1, UINT64_MAX), "3 ");
    assert_found(&a, selo_query_date(SELO_QUERY_INTERNAL_DATE, DAY(0), DAY(1)), "1 2 3 ");
    assert_found(&a, selo_query_date(SELO_QUERY_INTERNAL_DATE, DAY(1), (SeloTime){ 0 }), "");
    assert_found(&a, selo_query_date(SELO_QUERY_SENT_DATE, DAY(0), DAY(1)),
                 "1 "); /* 23:30 where it was sent */
    assert_found(&a, selo_query_date(SELO_QUERY_SENT_DATE, (SeloTime){ 0 }, DAY(0)), "3 ");
    assert_found(&a, selo_query_header(SELO_STR("from"), SELO_STR("ANN")), "1 ");
    assert_found(&a, selo_query_header(SELO_STR("Subject"), SELO_STR("gr\303\274\303\237e")), "1 ");
    assert_found(&a, selo_query_header(SELO_STR("Subject"), SELO_STR("")), "1 2 ");
    assert_found(&a, selo_query_body(SELO_STR("hello world")), "1 ");
    assert_found(&a, selo_query_body(SELO_STR("ann")), "2 ");
    assert_found(&a, selo_query_text(SELO_STR("ann")), "1 2 ");
    assert_found(&a, selo_query_body(SELO_STR("sch\303\266ne GR\303\234SSE")), "3 ");
    assert_found(&a, selo_query_body(SELO_STR("secret")), "3 ");
    assert_found(&a, selo_query_body(SELO_STR("opaque")), "");
    assert_found(&a, selo_query_text(SELO_STR("attachment")), "3 ");
    end(&a);
    tear_down();
}

/* What memory or the header decides is not read further. */
static void
test_reads_little(void)
{
    static const SeloRange one = { 1, 1 };
    Session a;

    begin_search(&a);
    assert_found(
        &a, selo_query_and(selo_query_body(SELO_STR("x")), selo_query_flags(SELO_FLAG_DRAFT, 0)),
        "");
    assert_found(&a, selo_query_or(selo_query_body(SELO_STR("x")), selo_query_all()), "1 2 3 ");
    g_assert_cmpuint(fake_store_n_calls(store, "msg_fetch"), ==, 0);
    assert_found(&a,
                 selo_query_and(selo_query_and(selo_query_uids(uids(&one)),
                                               selo_query_body(SELO_STR("hello"))),
                                selo_query_header(SELO_STR("From"), SELO_STR("nobody"))),
                 "");
    g_assert_cmpuint(fake_store_n_calls(store, "msg_fetch"), ==, 2); /* dates, then the header */
    end(&a);
    tear_down();
}

static void
test_faults(void)
{
    Session a;
    SeloQuery *query = selo_query_body(SELO_STR("hello"));

    begin_search(&a);
    fake_store_fail(store, "msg_fetch", SELO_TEMPORARY);
    selo_view_search(a.view, a.call, query, found, done, &a);
    g_assert_cmpint(wait_done(&a), ==, SELO_TEMPORARY);
    fake_store_fail(store, "msg_fetch", SELO_OK);
    fake_store_hold(store, "msg_fetch");
    selo_view_search(a.view, a.call, query, found, done, &a);
    selo_query_unref(query);
    selo_test_run_for(1000);
    g_clear_pointer(&a.view, selo_view_free);
    fake_store_hold(store, NULL);
    selo_test_run_for(1000);
    g_assert_false(a.is_done);
    end(&a);
    tear_down();
}

/* A command line holds thousands of keys. */
static void
test_long_chain(void)
{
    Session a;
    SeloQuery *query = selo_query_all();

    begin_search(&a);
    for (int i = 0; i < 100000; i++)
        query = selo_query_and(query, selo_query_flags(0, SELO_FLAG_DRAFT));
    assert_found(&a, query, "1 2 3 ");
    end(&a);
    tear_down();
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/mailbox/search/memory-keys", test_memory_keys);
    g_test_add_func("/mailbox/search/read-keys", test_read_keys);
    g_test_add_func("/mailbox/search/reads-little", test_reads_little);
    g_test_add_func("/mailbox/search/faults", test_faults);
    g_test_add_func("/mailbox/search/long-chain", test_long_chain);
    return g_test_run();
}
