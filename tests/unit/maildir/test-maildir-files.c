/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-maildir-files.c: the small files of a Maildir: keywords, subscriptions, quota, UIDVALIDITY,
 * lock files, and the path template.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

#include <glib/gstdio.h>

#include "plugins/maildir/maildir-dotlock.h"
#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-keywords.h"
#include "plugins/maildir/maildir-quota.h"
#include "plugins/maildir/maildir-store.h"
#include "plugins/maildir/maildir-subscriptions.h"
#include "tests/lib/selo-test.h"

/* ---- keywords ---- */

static void
test_keywords_parse(void)
{
    static const char text[] = "0 $Foo\n1 bar\n1 again\n26 beyond\nx y\n5 five\n\n7\n8 two words\n";
    MaildirKeywords keywords;

    maildir_keywords_init(&keywords);
    for (size_t len = 0; len < sizeof text; len++) {
        g_autofree char *exact = g_memdup2(text, MAX(len, 1));

        maildir_keywords_parse(&keywords, (SeloStr){ exact, len });
    }
    g_assert_cmpstr(keywords.names[0], ==, "$Foo");
    g_assert_cmpstr(keywords.names[1], ==, "bar");
    g_assert_cmpstr(keywords.names[5], ==, "five");
    g_assert_null(keywords.names[7]);
    g_assert_null(keywords.names[8]);
    maildir_keywords_clear(&keywords);
}

static void
test_keywords_take(void)
{
    g_autoptr(SeloTestDir) directory = selo_test_dir_new();
    g_autofree char *path = g_build_filename(directory, MAILDIR_KEYWORDS_NAME, NULL), *text = NULL;
    SeloStr names[] = { SELO_STR("one"), SELO_STR("two"), SELO_STR("ONE") };
    SeloStr more[MAILDIR_LETTERS];
    MaildirKeywords keywords;
    g_autoptr(GError) error = NULL;
    uint32_t letters;

    maildir_keywords_init(&keywords);
    g_assert_true(g_file_set_contents(path, "1 other\n", -1, NULL));
    g_assert_true(
        maildir_keywords_take(&keywords, directory, (SeloStrs){ names, 3 }, &letters, NULL));
    g_assert_cmphex(letters, ==, 1 << 0 | 1 << 2);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "0 one\n1 other\n2 two\n");
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++) {
        g_autofree char *name = g_strdup_printf("k%zu", i);

        more[i] = SELO_STR(g_intern_string(name));
    }
    g_assert_false(maildir_keywords_take(&keywords, directory,
                                         (SeloStrs){ more, G_N_ELEMENTS(more) }, &letters, &error));
    g_assert_cmpint(maildir_error_status(error), ==, SELO_TOO_BIG);
    g_assert_true(maildir_keywords_has(&keywords, (SeloStrs){ names, 2 }, &letters));
    g_assert_false(maildir_keywords_has(&keywords, (SeloStrs){ more, 1 }, &letters));
    maildir_keywords_clear(&keywords);
}

/* A letter that has no line yet is shown all the same, and keeps its letter. */
static void
test_keywords_unknown(void)
{
    MaildirKeywords keywords;
    uint64_t bits;

    maildir_keywords_init(&keywords);
    maildir_keywords_parse(&keywords, SELO_STR("0 one\n"));
    bits = maildir_keywords_bits(&keywords, 1u << 0 | 1u << 25);
    g_assert_cmpuint(maildir_keywords_told(&keywords).n, ==, 2);
    g_assert_cmpstr(maildir_keywords_told(&keywords).v[1].s, ==, "unknown-25");
    g_assert_cmphex(maildir_keywords_letters(&keywords, bits), ==, 1u << 0 | 1u << 25);
    maildir_keywords_clear(&keywords);
}

/* ---- subscriptions ---- */

static void
assert_names(const char *text, const char *want)
{
    g_autoptr(MaildirSubscriptions) subscriptions =
        maildir_subscriptions_parse(SELO_STR(text), '.', FALSE);
    g_autoptr(GPtrArray) names = maildir_subscriptions_names(subscriptions);
    g_autofree char *joined = NULL;

    g_ptr_array_add(names, NULL);
    joined = g_strjoinv(";", (char **) names->pdata);
    g_assert_cmpstr(joined, ==, want);
}

static void
test_subscriptions_parse(void)
{
    assert_names("", "");
    assert_names("V\t2\n\nDrafts\nT&AOQ-st\tz\n", "Drafts;Täst/z");
    assert_names("V\t2\n\na\001tb\nc\001\001\n", ""); /* escaped, and then no name in mUTF-7 */
    assert_names("Drafts\nA.b\n", "Drafts;A/b");
    assert_names("Drafts\n&bad\nno end", "Drafts;no end");
}

static void
test_subscriptions_change(void)
{
    g_autoptr(SeloTestDir) root = selo_test_dir_new();
    g_autofree char *path = g_build_filename(root, MAILDIR_SUBSCRIPTIONS_NAME, NULL);
    g_autofree char *first = NULL, *second = NULL;

    g_assert_true(
        maildir_subscriptions_change(root, '.', FALSE, SELO_STR("ä/b"), TRUE, NULL, NULL));
    g_assert_true(g_file_get_contents(path, &first, NULL, NULL));
    g_assert_cmpstr(first, ==, "V\t2\n\n&AOQ-\tb\n");
    g_assert_true(g_file_set_contents(path, "Old.one\n&bad\n", -1, NULL));
    g_assert_true(
        maildir_subscriptions_change(root, '.', FALSE, SELO_STR("a/b"), TRUE, NULL, NULL));
    g_assert_true(
        maildir_subscriptions_change(root, '.', FALSE, SELO_STR("Old/one"), FALSE, NULL, NULL));
    g_assert_true(g_file_get_contents(path, &second, NULL, NULL));
    g_assert_cmpstr(second, ==, "&bad\na.b\n"); /* stays version 1, keeps what it cannot read */
}

/* ---- quota ---- */

static void
test_size_parse(void)
{
    static const char text[] = "20971520S,10C\n100 2\n190 1\n-90 -1\n";
    static const char *const damaged[] = { "",        "10S",       "10S\nx\n",     "10S\n1\n",
                                           "10S\n-5 0\n", "10S\n5 1", "S\n", "10S\n1 1 1\n" };
    MaildirSize size;
    GString *printed;

    g_assert_true(maildir_size_parse(SELO_STR(text), &size));
    g_assert_cmpuint(size.octets_limit, ==, 20971520);
    g_assert_cmpuint(size.messages_limit, ==, 10);
    g_assert_cmpint(size.octets, ==, 200);
    g_assert_cmpint(size.messages, ==, 2);
    g_assert_cmpuint(size.n_lines, ==, 3);
    printed = maildir_size_print(&size);
    g_assert_cmpstr(printed->str, ==, "20971520S,10C\n200 2\n");
    g_string_free(printed, TRUE);
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(damaged); i++)
        g_assert_false(maildir_size_parse(SELO_STR(damaged[i]), &size));
    for (size_t len = 0; len < sizeof text; len++) {
        g_autofree char *exact = g_strndup(text, len);

        maildir_size_parse((SeloStr){ exact, len }, &size);
    }
}

/* ---- UIDVALIDITY ---- */

static void
test_uidvalidity(void)
{
    g_autoptr(SeloTestDir) root = selo_test_dir_new();
    g_autofree char *path = g_build_filename(root, "dovecot-uidvalidity", NULL);
    g_autofree char *text = NULL, *want = NULL, *marker = NULL;
    uint32_t first, second, third;

    g_assert_true(maildir_uidvalidity_next(root, &first, NULL));
    g_assert_true(maildir_uidvalidity_next(root, &second, NULL));
    g_assert_cmpuint(second, ==, first + 1);
    g_assert_cmpint(g_unlink(path), ==, 0); /* the marker still knows */
    g_assert_true(maildir_uidvalidity_next(root, &third, NULL));
    g_assert_cmpuint(third, ==, second + 1);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    want = g_strdup_printf("%08x", third);
    g_assert_cmpstr(text, ==, want);
    marker = g_strconcat(path, ".", want, NULL);
    g_assert_true(g_file_test(marker, G_FILE_TEST_EXISTS));
}

/* ---- lock files ---- */

static void
test_dotlock(void)
{
    g_autoptr(SeloTestDir) root = selo_test_dir_new();
    g_autofree char *file = g_build_filename(root, "file", NULL);
    g_autofree char *lock_path = g_strconcat(file, ".lock", NULL), *holder = NULL;
    MaildirDotlockLimits hasty = { 20000, 120 * G_USEC_PER_SEC };
    MaildirDotlock first = { 0 }, second = { 0 };
    g_autoptr(GError) error = NULL;

    g_assert_true(maildir_dotlock_take(&first, file, &hasty, NULL, NULL));
    g_assert_true(g_file_get_contents(lock_path, &holder, NULL, NULL));
    g_assert_cmpint(g_ascii_strtoll(holder, NULL, 10), ==, getpid());
    g_assert_nonnull(strchr(holder, ':'));
    g_assert_false(maildir_dotlock_take(&second, file, &hasty, NULL, &error));
    g_assert_cmpint(maildir_error_status(error), ==, SELO_TEMPORARY);
    g_assert_nonnull(strstr(error->message, lock_path));
    maildir_dotlock_release(&first);
    g_assert_true(maildir_dotlock_take(&second, file, &hasty, NULL, NULL));
    maildir_dotlock_release(&second);
    g_assert_false(g_file_test(lock_path, G_FILE_TEST_EXISTS));
}

static void *
release_soon(void *lock)
{
    g_usleep(20000);
    maildir_dotlock_release(lock);
    return NULL;
}

static void
test_dotlock_waits(void)
{
    g_autoptr(SeloTestDir) root = selo_test_dir_new();
    g_autofree char *file = g_build_filename(root, "file", NULL);
    MaildirDotlock first = { 0 }, second = { 0 };
    int64_t begun = g_get_monotonic_time();
    GThread *thread;

    g_assert_true(maildir_dotlock_take(&first, file, &maildir_uidlist_limits, NULL, NULL));
    thread = g_thread_new("release", release_soon, &first);
    g_assert_true(maildir_dotlock_take(&second, file, &maildir_uidlist_limits, NULL, NULL));
    g_thread_join(thread);
    /* Told by inotify: well below the second after which abandoned locks are looked for. */
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 900000);
    maildir_dotlock_release(&second);
}

static void
test_dotlock_abandoned(void)
{
    g_autoptr(SeloTestDir) root = selo_test_dir_new();
    g_autofree char *file = g_build_filename(root, "file", NULL);
    g_autofree char *lock_path = g_strconcat(file, ".lock", NULL), *dead = NULL;
    struct utimbuf old = { 1000, 1000 };
    char host[256] = "";
    MaildirDotlock lock = { 0 };

    gethostname(host, sizeof host - 1);
    dead = g_strdup_printf("4194304:%s", host); /* above every pid */
    g_assert_true(g_file_set_contents(lock_path, dead, -1, NULL));
    g_assert_cmpint(utime(lock_path, &old), ==, 0);
    g_assert_true(maildir_dotlock_take(&lock, file, &maildir_uidlist_limits, NULL, NULL));
    maildir_dotlock_release(&lock);

    g_assert_true(g_file_set_contents(lock_path, "", -1, NULL)); /* killed before it wrote */
    old.actime = old.modtime = time(NULL) - 11;
    g_assert_cmpint(utime(lock_path, &old), ==, 0);
    g_assert_true(maildir_dotlock_take(&lock, file, &maildir_uidlist_limits, NULL, NULL));
    maildir_dotlock_release(&lock);

    old.actime = old.modtime = 1000;
    g_assert_true(g_file_set_contents(lock_path, "1:elsewhere", -1, NULL));
    g_assert_cmpint(utime(lock_path, &old), ==, 0);
    g_assert_true(maildir_dotlock_take(&lock, file, &maildir_uidlist_limits, NULL, NULL));
    maildir_dotlock_release(&lock);
}

/* ---- the path template ---- */

static void
test_path(void)
{
    static const struct {
        const char *template, *user, *home, *want; /* want NULL: refused */
    } cases[] = {
        { "/m/%d/%n", "a@b.org", NULL, "/m/b.org/a" },
        { "/m/%u", "a@b.org", NULL, "/m/a@b.org" },
        { "/m/%u/Maildir/", "a", NULL, "/m/a/Maildir" },
        { "/m/100%%/%n", "a", NULL, "/m/100%/a" },
        { "%h/Maildir", "a", "/home/a", "/home/a/Maildir" },
        { "%h/Maildir", "a", NULL, NULL },
        { "%h/Maildir", "a", "relative", NULL },
        { "%h/Maildir", "a", "/home/../etc", NULL },
        { "/m/%d/%n", "a", NULL, NULL }, /* no domain */
        { "/m/%n", "..", NULL, NULL },
        { "/m/%n", ".hidden", NULL, NULL },
        { "/m/%u", "a/b", NULL, NULL },
        { "/m/%d/%n", "a@../x", NULL, NULL },
        { "/m/%u", "", NULL, NULL },
        { "/m/%u", "a\nb", NULL, NULL },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        SeloStr home = cases[i].home != NULL ? SELO_STR(cases[i].home) : (SeloStr){ 0 };
        g_autofree char *path =
            maildir_expand_path(cases[i].template, SELO_STR(cases[i].user), home, &error);

        g_assert_cmpstr(path, ==, cases[i].want);
        if (path == NULL)
            g_assert_cmpint(maildir_error_status(error), ==, SELO_INVALID);
    }
    {
        g_autofree char *path = maildir_expand_path("/m/%u", (SeloStr){ "a\0b", 3 }, (SeloStr){ 0 },
                                                    NULL);

        g_assert_null(path);
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/maildir/keywords/parse", test_keywords_parse);
    g_test_add_func("/maildir/keywords/take", test_keywords_take);
    g_test_add_func("/maildir/keywords/unknown", test_keywords_unknown);
    g_test_add_func("/maildir/subscriptions/parse", test_subscriptions_parse);
    g_test_add_func("/maildir/subscriptions/change", test_subscriptions_change);
    g_test_add_func("/maildir/quota/parse", test_size_parse);
    g_test_add_func("/maildir/uidvalidity/next", test_uidvalidity);
    g_test_add_func("/maildir/dotlock/plain", test_dotlock);
    g_test_add_func("/maildir/dotlock/waits", test_dotlock_waits);
    g_test_add_func("/maildir/dotlock/abandoned", test_dotlock_abandoned);
    g_test_add_func("/maildir/account/path", test_path);
    return g_test_run();
}
