/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-maildir-dovecot.c: Dovecot and this store take turns on one Maildir, and each must see what
 * the other did: UIDs, flags, keywords, GUIDs, folders, subscriptions. Uses doveadm alone, no
 * server; is skipped where it is not installed. Dovecot does not touch mail as root: the test
 * gives root up.
 */
#include "config.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "plugins/maildir/maildir-table.h"
#include "tests/lib/selo-store-suite.h"
#include "tests/lib/selo-test.h"

#define MESSAGE "From: a@example.org\r\nSubject: x\r\n\r\nbody\r\n"

static const SeloTestOption options[] = {
    { "path", 's', "/%u" },     { "layout", 's', "maildir++" },
    { "utf8-names", 'b', "no" }, { "line-ends", 's', "lf" },
    { "fsync", 's', "never" },  { "special-use", 'l', "Sent=\\Sent" },
    { "auto-create", 'l', "Drafts,Sent" }, { "quota", 'x', "0" },
    { "quota-messages", 'x', "0" }, { NULL, 0, NULL },
};
static const SeloStoreUnderTest store = { "maildir", &maildir_store_table, SELO_MODEL_POOL,
                                          options };

static char *
write_configuration(const SeloStoreFixture *fixture)
{
    char *path = g_build_filename(fixture->directory, "doveadm.conf", NULL);
    g_autofree char *text =
        g_strdup_printf("mail_location = maildir:%s/%%u\nmail_uid = %u\nmail_gid = %u\n"
                        "first_valid_uid = 1\nfirst_valid_gid = 1\nlog_path = /dev/stderr\n"
                        "base_dir = %s/run\nstate_dir = %s/run\nssl = no\n"
                        "namespace inbox {\n  inbox = yes\n  separator = /\n}\n",
                        fixture->directory, geteuid(), getegid(), fixture->directory,
                        fixture->directory);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

/* What doveadm prints, lines joined by ";". The list of arguments ends with NULL. */
static char *
doveadm(const SeloStoreFixture *fixture, ...)
{
    g_autofree char *configuration = write_configuration(fixture), *errors = NULL;
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    g_auto(GStrv) environment = g_get_environ();
    char *output = NULL;
    const char *argument;
    va_list rest;
    int status;

    g_ptr_array_add(arguments, (char *) "doveadm");
    g_ptr_array_add(arguments, (char *) "-c");
    g_ptr_array_add(arguments, configuration);
    va_start(rest, fixture);
    while ((argument = va_arg(rest, const char *)) != NULL)
        g_ptr_array_add(arguments, (char *) argument);
    va_end(rest);
    g_ptr_array_add(arguments, NULL);
    environment = g_environ_setenv(environment, "USER", "user", TRUE);
    environment = g_environ_setenv(environment, "HOME", fixture->directory, TRUE);
    g_assert_true(g_spawn_sync(fixture->directory, (char **) arguments->pdata, environment,
                               G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status, NULL));
    if (status != 0 || *errors != '\0')
        g_test_message("doveadm: %s", errors);
    g_assert_cmpint(status, ==, 0);
    g_strdelimit(g_strchomp(output), "\n\f", ';');
    return output;
}

#define assert_doveadm(want, fixture, ...)                        \
    do {                                                          \
        g_autofree char *said_ = doveadm(fixture, __VA_ARGS__, NULL); \
        g_assert_cmpstr(said_, ==, want);                         \
    } while (0)

static void
tell_doveadm(const SeloStoreFixture *fixture, const char *verb, const char *what, const char *query)
{
    g_autofree char *said = what != NULL
                                ? doveadm(fixture, "flags", verb, what, "mailbox", "INBOX", "uid",
                                          query, NULL)
                                : doveadm(fixture, verb, "mailbox", "INBOX", "uid", query, NULL);

    g_assert_nonnull(said);
}

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

static void
test_dovecot_sees(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    g_autofree char *validity = NULL, *want = NULL;
    g_autoptr(SeloStoreState) state = NULL;

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, "$Forwarded Later");
    selo_store_append(fixture, box, MESSAGE, 0, NULL);
    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_DELETED | SELO_FLAG_DRAFT, "Later");
    assert_doveadm("uid=1 flags=\\Seen $Forwarded Later;uid=2 flags=;"
                   "uid=3 flags=\\Deleted \\Draft Later",
                   fixture, "-f", "flow", "fetch", "uid flags", "mailbox", "INBOX", "all");
    state = selo_store_changes(fixture, box, 0);
    want = g_strdup_printf("%u", state->uidvalidity);
    validity = doveadm(fixture, "-f", "flow", "mailbox", "status", "uidvalidity uidnext", "INBOX",
                       NULL);
    g_assert_nonnull(strstr(validity, want));
    g_assert_nonnull(strstr(validity, "uidnext=4"));
    selo_store_close(fixture, box);
}

static void
test_selo_sees(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    uint64_t modseq;

    for (unsigned i = 0; i < 4; i++)
        selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    modseq = modseq_of(fixture, box);
    tell_doveadm(fixture, "add", "\\Flagged theirs", "2");
    assert_state(fixture, box, modseq, "2:FS theirs");
    modseq = modseq_of(fixture, box);
    tell_doveadm(fixture, "expunge", NULL, "1");
    assert_state(fixture, box, modseq, "-1");
    tell_doveadm(fixture, "remove", "\\Seen", "3");
    assert_state(fixture, box, 0, "2:FS theirs 3: 4:S");
    selo_store_close(fixture, box);
}

static void
test_turns(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    g_autofree char *message = g_build_filename(fixture->directory, "message", NULL), *said = NULL;

    g_assert_true(g_file_set_contents(message, "Subject: y\n\nbody\n", -1, NULL));
    for (uint32_t uid = 1; uid <= 9; uid += 3) {
        g_assert_cmpuint(selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL), ==, uid);
        g_free(doveadm(fixture, "save", "-m", "INBOX", message, NULL));
        g_assert_cmpuint(selo_store_append(fixture, box, MESSAGE, SELO_FLAG_FLAGGED, "word"), ==,
                         uid + 2);
    }
    assert_doveadm("uid=1;uid=2;uid=3;uid=4;uid=5;uid=6;uid=7;uid=8;uid=9", fixture, "-f", "flow",
                   "fetch", "uid", "mailbox", "INBOX", "all");
    said = doveadm(fixture, "-f", "flow", "fetch", "size.virtual", "mailbox", "INBOX", "uid", "1",
                   NULL);
    g_assert_cmpuint(g_ascii_strtoull(strchr(said, '=') + 1, NULL, 10), ==, strlen(MESSAGE));
    selo_store_close(fixture, box);
}

static void
test_folders(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    SeloBoxRequest request = { .struct_size = sizeof request, .account = fixture->account };
    g_autoptr(SeloStoreAnswer) answer = NULL;
    g_autoptr(GString) names = g_string_new(NULL);

    g_assert_cmpint(selo_store_box(fixture, "box_create", "Entwürfe/Ä & B", NULL, 0), ==, SELO_OK);
    g_assert_cmpint(
        selo_store_box(fixture, "box_subscribe", "Entwürfe/Ä & B", NULL, SELO_BOX_SUBSCRIBED), ==,
        SELO_OK);
    assert_doveadm("Drafts;Sent;Entwürfe/Ä & B", fixture, "mailbox", "list", "-s");
    g_free(doveadm(fixture, "mailbox", "create", "-s", "日本/本", NULL));
    answer = selo_store_ask(fixture, "box_list", &request);
    for (guint i = 0; i < answer->rows->len; i++) {
        const SeloBoxInfo *row = g_ptr_array_index(answer->rows, i);

        g_string_append_printf(names, "%s%s;", row->name.s,
                               row->flags & SELO_BOX_SUBSCRIBED ? "*" : "");
    }
    g_assert_cmpstr(names->str, ==,
                    "Drafts*;Entwürfe;Entwürfe/Ä & B*;INBOX;Sent*;日本;日本/本*;");
}

static void
test_guid_of_copy(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    void *box = selo_store_open(fixture, "INBOX", 0);
    void *target = selo_store_open(fixture, "Drafts", 0);
    SeloRange all = { 1, 1 };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box,
                               .target = target,
                               .uids = { &all, 1 } };
    g_autoptr(SeloStoreAnswer) answer = NULL;
    g_autofree char *original = NULL, *copied = NULL;

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    answer = selo_store_ask(fixture, "msg_copy", &request);
    g_assert_cmpint(answer->status, ==, SELO_OK);
    original = doveadm(fixture, "-f", "flow", "fetch", "guid", "mailbox", "INBOX", "all", NULL);
    copied = doveadm(fixture, "-f", "flow", "fetch", "guid", "mailbox", "Drafts", "all", NULL);
    g_assert_cmpstr(original, ==, copied);
    selo_store_close(fixture, box);
    selo_store_close(fixture, target);
}

static void
test_takes_over(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&store);
    g_autofree char *message = g_build_filename(fixture->directory, "message", NULL);
    void *box;

    g_assert_true(g_file_set_contents(message, "Subject: y\n\nbody\n", -1, NULL));
    g_free(doveadm(fixture, "mailbox", "create", "Theirs", NULL));
    for (unsigned i = 0; i < 3; i++)
        g_free(doveadm(fixture, "save", "-m", "Theirs", message, NULL));
    g_free(doveadm(fixture, "flags", "add", "\\Seen kept", "mailbox", "Theirs", "uid", "2", NULL));
    box = selo_store_open(fixture, "Theirs", 0);
    assert_state(fixture, box, 0, "1:* 2:S* kept 3:*");
    assert_doveadm("uid=1;uid=2;uid=3", fixture, "-f", "flow", "fetch", "uid", "mailbox", "Theirs",
                   "all");
    selo_store_close(fixture, box);
}

static void
give_up_root(void)
{
    const struct passwd *nobody = geteuid() == 0 ? getpwnam("nobody") : NULL;

    if (nobody != NULL
        && (setgroups(0, NULL) < 0 || setgid(nobody->pw_gid) < 0 || setuid(nobody->pw_uid) < 0))
        g_error("cannot become %s", nobody->pw_name);
}

int
main(int argc, char **argv)
{
    g_autofree char *program = g_find_program_in_path("doveadm");

    give_up_root();
    selo_test_init(&argc, &argv);
    if (program == NULL) {
        g_print("1..0 # SKIP doveadm is not installed\n");
        return 0;
    }
    g_test_add_func("/maildir/dovecot/dovecot-sees", test_dovecot_sees);
    g_test_add_func("/maildir/dovecot/selo-sees", test_selo_sees);
    g_test_add_func("/maildir/dovecot/turns", test_turns);
    g_test_add_func("/maildir/dovecot/folders", test_folders);
    g_test_add_func("/maildir/dovecot/guid-of-copy", test_guid_of_copy);
    g_test_add_func("/maildir/dovecot/takes-over", test_takes_over);
    return g_test_run();
}
