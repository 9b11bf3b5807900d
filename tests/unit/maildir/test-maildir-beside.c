/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-maildir-beside.c: what others do to the same Maildir: a second instance as another process
 * has it, delivery agents that know nothing but new/, readers that rename, crashes that leave half
 * of something, and a disk that takes no more.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-table.h"
#include "tests/lib/selo-store-suite.h"
#include "tests/lib/selo-test.h"

#define MESSAGE "From: a@example.org\r\nSubject: x\r\n\r\nbody\r\n"
#define STORED  "Subject: y\n\nfrom elsewhere\n"

static const SeloTestOption options[] = {
    { "path", 's', "/%u" },         { "layout", 's', "maildir++" }, { "utf8-names", 'b', "no" },
    { "line-ends", 's', "lf" },     { "fsync", 's', "yes" },        { "special-use", 'l', "" },
    { "auto-create", 'l', "" },     { "quota", 'x', "0" },          { "quota-messages", 'x', "0" },
    { NULL, 0, NULL },
};
static const SeloStoreUnderTest store = { "maildir", &maildir_store_table, SELO_MODEL_POOL,
                                          options };

static void
assert_state(SeloStoreFixture *fixture, void *box, uint64_t since, const char *want)
{
    g_autoptr(SeloStoreState) state = selo_store_changes(fixture, box, since);
    g_autofree char *got = selo_store_state_print(state);

    g_assert_cmpstr(got, ==, want);
}

static uint64_t
modseq_of(SeloStoreFixture *fixture, void *box)
{
    g_autoptr(SeloStoreState) state = selo_store_changes(fixture, box, 0);

    return state->modseq;
}

static char *
path_of(const SeloStoreFixture *fixture, const char *file)
{
    return g_build_filename(fixture->directory, "user", file, NULL);
}

static void
drop(const SeloStoreFixture *fixture, const char *file, const char *text)
{
    g_autofree char *path = path_of(fixture, file);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* The only file of a directory. */
static char *
only_file(const SeloStoreFixture *fixture, const char *directory)
{
    g_autofree char *path = path_of(fixture, directory);
    g_autoptr(GDir) listing = g_dir_open(path, 0, NULL);
    char *file = g_build_filename(path, g_dir_read_name(listing), NULL);

    g_assert_null(g_dir_read_name(listing));
    return file;
}

static guint
count_files(const SeloStoreFixture *fixture, const char *directory)
{
    g_autofree char *path = path_of(fixture, directory);
    g_autoptr(GDir) listing = g_dir_open(path, 0, NULL);
    guint n = 0;

    while (g_dir_read_name(listing) != NULL)
        n++;
    return n;
}

static void
add_flag(SeloStoreFixture *fixture, void *box, uint32_t uid, uint32_t flag)
{
    SeloRange range = { uid, uid };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box,
                               .uids = { &range, 1 },
                               .flags = flag,
                               .flags_mode = SELO_FLAGS_ADD };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "msg_flags", &request);

    g_assert_cmpint(answer->status, ==, SELO_OK);
}

/* ---- a second process ---- */

static void
test_two_processes(void)
{
    g_autoptr(SeloStoreFixture) one = selo_store_fixture_new(&store);
    g_autoptr(SeloStoreFixture) other = selo_store_fixture_beside(one);
    void *box = selo_store_open(one, "INBOX", SELO_BOX_KEEP_RECENT);
    void *same = selo_store_open(other, "INBOX", SELO_BOX_KEEP_RECENT);
    uint64_t modseq;

    g_assert_cmpuint(selo_store_append(one, box, MESSAGE, SELO_FLAG_SEEN, "mine"), ==, 1);
    g_assert_cmpuint(selo_store_append(other, same, MESSAGE, SELO_FLAG_SEEN, "theirs"), ==, 2);
    g_assert_cmpuint(selo_store_append(one, box, MESSAGE, SELO_FLAG_SEEN, NULL), ==, 3);
    assert_state(one, box, 0, "1:S mine 2:S theirs 3:S");
    assert_state(other, same, 0, "1:S mine 2:S theirs 3:S");
    modseq = modseq_of(other, same);
    add_flag(one, box, 2, SELO_FLAG_FLAGGED);
    assert_state(other, same, modseq, "2:FS theirs");
    selo_store_close(other, same);
    selo_store_close(one, box);
}

/* What one process told is enough to ask another. */
static void
test_modseq_travels(void)
{
    g_autoptr(SeloStoreFixture) one = selo_store_fixture_new(&store);
    g_autoptr(SeloStoreFixture) other = selo_store_fixture_beside(one);
    void *box = selo_store_open(one, "INBOX", SELO_BOX_KEEP_RECENT), *same;
    g_autoptr(SeloStoreState) changes = NULL;
    uint64_t modseq;

    selo_store_append(one, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    selo_store_append(one, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    modseq = modseq_of(one, box);
    g_usleep(50000);
    add_flag(one, box, 2, SELO_FLAG_DELETED);
    same = selo_store_open(other, "INBOX", SELO_BOX_KEEP_RECENT);
    changes = selo_store_changes(other, same, modseq);
    g_assert_cmpuint(changes->modseq, >, modseq);
    g_assert_cmpuint(changes->uids->len, >=, 1); /* all, for it saw nothing of it */
    selo_store_close(other, same);
    selo_store_close(one, box);
}

typedef struct {
    SeloStoreFixture *fixture;
    void *box;
    SeloStoreAnswer *answer;
} Pending;

static void
test_race(void)
{
    g_autoptr(SeloStoreFixture) one = selo_store_fixture_new(&store);
    g_autoptr(SeloStoreFixture) other = selo_store_fixture_beside(one);
    SeloAppendItem item = { .struct_size = sizeof item,
                            .flags = SELO_FLAG_SEEN,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } } };
    const SeloAppendItem *items[] = { &item };
    Pending pending[40];
    uint64_t seen = 0;
    void *box;

    for (size_t i = 0; i < G_N_ELEMENTS(pending); i++) {
        SeloStoreFixture *fixture = i % 2 == 0 ? one : other;
        SeloAppendRequest request = { .struct_size = sizeof request,
                                      .account = fixture->account,
                                      .items = items,
                                      .n = 1 };

        request.box = selo_store_open(fixture, "INBOX", SELO_BOX_APPEND_ONLY);
        pending[i] = (Pending){ fixture, request.box,
                                selo_store_begin(fixture, "msg_append", &request) };
    }
    for (size_t i = 0; i < G_N_ELEMENTS(pending); i++) {
        SeloStoreAnswer *answer = pending[i].answer;

        selo_test_wait(&answer->is_done);
        g_assert_cmpint(answer->status, ==, SELO_OK);
        seen |= G_GUINT64_CONSTANT(1)
                << ((const SeloMsgBatch *) g_ptr_array_index(answer->rows, 0))->new_uids[0];
        selo_store_answer_free(answer);
        selo_store_close(pending[i].fixture, pending[i].box);
    }
    g_assert_cmphex(seen, ==, (G_GUINT64_CONSTANT(1) << 41) - 2);
    box = selo_store_open(one, "INBOX", 0);
    g_assert_cmpuint(count_files(one, "cur"), ==, G_N_ELEMENTS(pending));
    selo_store_close(one, box);
}

/* Readers that scan while others deliver and move files from new/ to cur/ must not take one of them
 * for gone: it would come back with another UID. */
static void
test_scan_during_renames(void)
{
    enum { N = 60 };
    g_autoptr(SeloStoreFixture) one = selo_store_fixture_new(&store);
    g_autoptr(SeloStoreFixture) other = selo_store_fixture_beside(one);
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } } };
    const SeloAppendItem *items[] = { &item };
    SeloAppendRequest append = { .struct_size = sizeof append,
                                 .account = one->account,
                                 .items = items,
                                 .n = 1 };
    SeloMsgRequest mine = { .struct_size = sizeof mine, .account = one->account };
    SeloMsgRequest theirs = { .struct_size = sizeof theirs, .account = other->account };
    g_autofree char *list = path_of(one, "dovecot-uidlist"), *text = NULL;
    g_auto(GStrv) lines = NULL;

    append.box = selo_store_open(one, "INBOX", SELO_BOX_APPEND_ONLY);
    mine.box = selo_store_open(one, "INBOX", 0);
    theirs.box = selo_store_open(other, "INBOX", 0);
    for (unsigned i = 0; i < N; i++) {
        g_autoptr(SeloStoreAnswer) appended = selo_store_begin(one, "msg_append", &append);
        g_autoptr(SeloStoreAnswer) seen = selo_store_begin(other, "msg_changes", &theirs);
        g_autoptr(SeloStoreAnswer) also_seen = selo_store_begin(one, "msg_changes", &mine);

        selo_test_wait(&appended->is_done);
        selo_test_wait(&seen->is_done);
        selo_test_wait(&also_seen->is_done);
        g_assert_cmpint(appended->status, ==, SELO_OK);
    }
    g_assert_true(g_file_get_contents(list, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, N + 2); /* header, records, nothing */
    selo_store_close(one, append.box);
    selo_store_close(one, mine.box);
    selo_store_close(other, theirs.box);
}

/* ---- other programs ---- */

static void
test_foreign_delivery(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    SeloRange all = { 1, 9 };
    SeloMsgRequest fetch = { .struct_size = sizeof fetch,
                             .fields = SELO_MSG_SIZE | SELO_MSG_BODY,
                             .account = fixture->account,
                             .box = box,
                             .uids = { &all, 1 } };
    g_autoptr(SeloStoreAnswer) answer = NULL;
    const SeloMsg *row;

    drop(fixture, "new/200.M5P1.host", STORED);
    drop(fixture, "new/100.M9P1.host", STORED);
    drop(fixture, "cur/150.qmail.style:2,RS", STORED);
    drop(fixture, "cur/300.without.flags", STORED);
    assert_state(fixture, box, 0, "1:* 2:RS 3:* 4:");
    answer = selo_store_ask(fixture, "msg_fetch", &fetch);
    g_assert_cmpuint(answer->rows->len, ==, 4);
    row = g_ptr_array_index(answer->rows, 3);
    g_assert_cmpuint(row->size, ==, strlen(STORED) + 3);
    g_assert_cmpuint(row->body.size, ==, strlen(STORED) + 3);
    selo_store_close(fixture, box);
}

static void
test_foreign_rename(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", 0);
    g_autofree char *file = NULL, *renamed = NULL, *again = NULL;

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    assert_state(fixture, box, 0, "1:S");
    file = only_file(fixture, "cur");
    renamed = g_strconcat(file, "P,foreign", NULL); /* a letter and more that are not ours */
    g_assert_cmpint(g_rename(file, renamed), ==, 0);
    add_flag(fixture, box, 1, SELO_FLAG_FLAGGED);
    assert_state(fixture, box, 0, "1:FS");
    again = only_file(fixture, "cur");
    g_assert_true(g_str_has_suffix(again, ":2,FPS,foreign"));
    selo_store_close(fixture, box);
}

static void
test_foreign_removal(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    g_autofree char *file = NULL;
    uint64_t modseq;

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    selo_store_append(fixture, box, MESSAGE, 0, NULL);
    modseq = modseq_of(fixture, box);
    file = only_file(fixture, "cur");
    g_assert_cmpint(g_unlink(file), ==, 0);
    assert_state(fixture, box, modseq, "-1");
    selo_store_close(fixture, box);
}

/* A file that comes back after it was gone is another message. */
static void
test_resurrection(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    g_autofree char *file = NULL, *aside = path_of(fixture, "aside");

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    assert_state(fixture, box, 0, "1:S");
    file = only_file(fixture, "cur");
    g_assert_cmpint(g_rename(file, aside), ==, 0);
    assert_state(fixture, box, 0, "");
    g_assert_cmpint(g_rename(aside, file), ==, 0);
    assert_state(fixture, box, 0, "2:S");
    selo_store_close(fixture, box);
    box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    assert_state(fixture, box, 0, "2:S");
    selo_store_close(fixture, box);
}

/* The list is lost: new numbers under a new UIDVALIDITY, nothing else is lost. */
static void
test_lost_list(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    g_autofree char *list = path_of(fixture, "dovecot-uidlist");
    g_autoptr(SeloStoreState) before = NULL, after = NULL;

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, "word");
    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_FLAGGED, NULL);
    before = selo_store_changes(fixture, box, 0);
    g_assert_true(g_file_set_contents(list, "this is no uidlist\n", -1, NULL));
    after = selo_store_changes(fixture, box, 0);
    g_assert_cmpuint(after->uidvalidity, >, before->uidvalidity);
    assert_state(fixture, box, 0, "1:S word 2:F");
    selo_store_close(fixture, box);
}

/* Fields of the list that are not ours stay when it is written anew. */
static void
test_foreign_fields(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    g_autofree char *list = path_of(fixture, "dovecot-uidlist"), *text = NULL;
    void *box;

    drop(fixture, "cur/1.a:2,S", STORED);
    drop(fixture, "cur/2.b:2,", STORED);
    drop(fixture, "dovecot-uidlist", "3 V77 N9 Pfoo\n4 P123 W99 :1.a\n5 :gone\n7 Gguid O3 :2.b\n");
    box = selo_store_open(fixture, "INBOX", 0);
    assert_state(fixture, box, 0, "4:S 7:");
    g_assert_cmpuint(selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL), ==, 9);
    g_assert_true(g_file_get_contents(list, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, " Pfoo\n4 P123 W99 :1.a\n7 Gguid O3 :2.b\n9 :"));
    g_assert_true(g_str_has_prefix(text, "3 V77 N9 G"));
    selo_store_close(fixture, box);
}

/* A writer died between the file and its UID; the delivery comes again. */
static void
test_no_messages(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    g_autofree char *link = path_of(fixture, "cur/1.link:2,S");
    g_autofree char *pipe = path_of(fixture, "cur/2.pipe:2,S");
    g_autofree char *directory = path_of(fixture, "new/3.directory");
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);

    g_assert_cmpint(symlink("/dev/null", link), ==, 0);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_assert_cmpint(mkdir(directory, 0700), ==, 0);
    drop(fixture, "cur/4.message:2,S", MESSAGE);
    assert_state(fixture, box, 0, "1:S");
    selo_store_close(fixture, box);
}

static void
test_crashed_delivery(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } },
                            .delivery_id = SELO_STR("delivery") };
    const SeloAppendItem *items[] = { &item };
    SeloAppendRequest request = { .struct_size = sizeof request,
                                  .account = fixture->account,
                                  .items = items,
                                  .n = 1 };
    g_autofree char *base = maildir_name_new("host", SELO_STR("delivery"));
    g_autofree char *file = g_strconcat("new/", base, ",S=5,W=6", NULL);
    g_autoptr(SeloStoreAnswer) answer = NULL;

    drop(fixture, file, STORED);
    request.box = selo_store_open(fixture, "INBOX", SELO_BOX_APPEND_ONLY);
    answer = selo_store_ask(fixture, "msg_append", &request);
    g_assert_cmpint(answer->status, ==, SELO_OK);
    g_assert_cmpuint(count_files(fixture, "new"), ==, 1);
    g_assert_cmpuint(count_files(fixture, "tmp"), ==, 0);
    selo_store_close(fixture, request.box);
}

/* ---- a disk that takes no more ---- */

static void
test_no_space(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", 0);
    g_autofree char *large = g_strnfill(100000, 'x');
    SeloAppendItem small = { .struct_size = sizeof small,
                             .message = { .octets = MESSAGE,
                                          .size = strlen(MESSAGE),
                                          .fd = { -1, 0 } } };
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = large, .size = 100000, .fd = { -1, 0 } } };
    const SeloAppendItem *items[] = { &small, &item };
    SeloAppendRequest request = { .struct_size = sizeof request,
                                  .account = fixture->account,
                                  .box = box,
                                  .items = items,
                                  .n = 2 };
    g_autoptr(SeloStoreAnswer) answer = NULL;
    struct rlimit before, limit;

    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    limit = (struct rlimit){ 50000, before.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    answer = selo_store_ask(fixture, "msg_append", &request);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    g_assert_cmpint(answer->status, ==, SELO_TEMPORARY);
    g_assert_nonnull(strstr(answer->text, "cannot write"));
    g_assert_cmpuint(count_files(fixture, "tmp"), ==, 0);
    g_assert_cmpuint(count_files(fixture, "new"), ==, 0);
    assert_state(fixture, box, 0, "");
    g_assert_cmpuint(selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL), ==, 1);
    selo_store_close(fixture, box);
}

/* ---- many messages ---- */

static void
test_large_box(void)
{
    enum { N = 20000 };
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    g_autoptr(SeloStoreState) state = NULL;
    g_autofree char *cur = path_of(fixture, "cur");
    int64_t begun;
    void *box;

    for (unsigned i = 0; i < N; i++) {
        g_autofree char *path = g_strdup_printf("%s/%u.M%uP1.host,S=10,W=11:2,S", cur, i + 1, i);
        FILE *file = g_fopen(path, "w");

        g_assert_nonnull(file);
        fclose(file);
    }
    box = selo_store_open(fixture, "INBOX", 0);
    begun = g_get_monotonic_time();
    state = selo_store_changes(fixture, box, 0);
    g_test_message("%u messages in %" G_GINT64_FORMAT " us", state->uids->len,
                   g_get_monotonic_time() - begun);
    g_assert_cmpuint(state->uids->len, ==, N);
    for (guint i = 0; i < N; i++)
        g_assert_cmpuint(g_array_index(state->uids, uint32_t, i), ==, i + 1);
    selo_store_close(fixture, box);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/maildir/beside/two-processes", test_two_processes);
    g_test_add_func("/maildir/beside/modseq-travels", test_modseq_travels);
    g_test_add_func("/maildir/beside/race", test_race);
    g_test_add_func("/maildir/beside/scan-during-renames", test_scan_during_renames);
    g_test_add_func("/maildir/beside/foreign-delivery", test_foreign_delivery);
    g_test_add_func("/maildir/beside/foreign-rename", test_foreign_rename);
    g_test_add_func("/maildir/beside/foreign-removal", test_foreign_removal);
    g_test_add_func("/maildir/beside/resurrection", test_resurrection);
    g_test_add_func("/maildir/beside/lost-list", test_lost_list);
    g_test_add_func("/maildir/beside/foreign-fields", test_foreign_fields);
    g_test_add_func("/maildir/beside/no-messages", test_no_messages);
    g_test_add_func("/maildir/beside/crashed-delivery", test_crashed_delivery);
    g_test_add_func("/maildir/beside/no-space", test_no_space);
    g_test_add_func("/maildir/beside/large-box", test_large_box);
    return g_test_run();
}
