/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-passwd-file-users.c: lines, extra fields, quota, networks; cut off at every octet; the file
 * read again when it has changed.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "plugins/passwd-file/passwd-file-source.h"
#include "tests/lib/selo-test.h"

typedef struct {
    uint32_t line;
    guint n;
} Faults;

static void
count_fault(void *data, uint32_t line, const char *fault)
{
    Faults *faults = data;

    faults->line = line;
    faults->n++;
}

static PasswdUsers *
parse(const char *text, Faults *faults)
{
    *faults = (Faults){ 0, 0 };
    return passwd_users_parse(g_memdup2(text, strlen(text) + 1), strlen(text), count_fault, faults);
}

static const char sample[] =
    "# users\n"
    "\n"
    ":skipped:too\n"
    "U1@Example.org:{PLAIN}Secret:5000:5000::BASE/u1::userdb_quota_rule=*:storage=20M\n"
    "u2:{SHA512-CRYPT}$6$x:::::: nologin  allow_nets=10.0.0.0/8,::1 userdb_store=mail\r\n"
    "short:pass\n"
    "bare\n"
    "pam:uIRju684pe2Uo[13]\n"
    "u2:again\n"
    "last:p:1:2:g:/h:/s:a=b:c d";

static void
test_lines(void)
{
    Faults faults;
    g_autoptr(PasswdUsers) users = parse(sample, &faults);
    const PasswdUser *user = passwd_users_find(users, SELO_STR("u1@example.org"));
    SeloStr value;

    g_assert_cmpuint(faults.n, ==, 1);
    g_assert_cmpuint(faults.line, ==, 9);
    g_assert_cmpuint(passwd_users_count(users), ==, 6);
    g_assert_cmpstr(user->password.s, ==, "{PLAIN}Secret");
    g_assert_cmpstr(user->home.s, ==, "BASE/u1");
    g_assert_cmpstr(user->uid.s, ==, "5000");
    user = passwd_users_find(users, SELO_STR("u2"));
    g_assert_true(passwd_user_extra(user, "nologin", &value));
    g_assert_cmpuint(value.len, ==, 0);
    g_assert_false(passwd_user_extra(user, "nolog", NULL));
    g_assert_true(passwd_user_extra(user, "userdb_store", &value));
    g_assert_cmpuint(value.len, ==, 4);
    user = passwd_users_find(users, SELO_STR("short"));
    g_assert_null(user->home.s);
    g_assert_null(passwd_users_find(users, SELO_STR("bare"))->password.s);
    user = passwd_users_find(users, SELO_STR("pam"));
    g_assert_cmpstr(user->scheme, ==, "CRYPT");
    g_assert_cmpstr(user->password.s, ==, "uIRju684pe2Uo");
    user = passwd_users_find(users, SELO_STR("last"));
    g_assert_cmpstr(user->extra.s, ==, "a=b:c d"); /* all after the seventh colon */
    g_assert_cmpstr(passwd_users_at(users, 0)->name.s, ==, "u1@example.org");
    g_assert_null(passwd_users_find(users, SELO_STR("skipped")));
}

static void
test_cut(void)
{
    for (size_t size = 0; size < sizeof sample; size++) {
        Faults faults = { 0, 0 };
        char *cut = g_malloc(size + 1); /* so that a sanitizer sees the first octet too many */

        memcpy(cut, sample, size);
        passwd_users_unref(passwd_users_parse(cut, size, count_fault, &faults));
    }
}

static void
test_damaged(void)
{
    static const char nul[] = "a:b\0c\nok:p\n";
    g_autoptr(GString) text = g_string_new("bad\xff:p\n");
    Faults faults = { 0, 0 };
    g_autoptr(PasswdUsers) users = NULL, with_nul = NULL;

    for (size_t i = 0; i <= PASSWD_MAX_NAME; i++)
        g_string_append_c(text, 'n');
    g_string_append(text, ":p\nlong:");
    for (size_t i = 0; i <= PASSWD_MAX_LINE; i++)
        g_string_append_c(text, 'p');
    g_string_append(text, "\nok:p\n");
    users = parse(text->str, &faults);
    g_assert_cmpuint(faults.n, ==, 3);
    g_assert_cmpuint(passwd_users_count(users), ==, 1);
    with_nul = passwd_users_parse(g_memdup2(nul, sizeof nul), sizeof nul - 1, count_fault, &faults);
    g_assert_cmpuint(faults.n, ==, 4);
    g_assert_cmpuint(passwd_users_count(with_nul), ==, 1);
}

typedef struct {
    const char *extra;
    gboolean is_good;
    uint64_t octets, messages;
} QuotaCase;

static void
test_quota(void)
{
    static const QuotaCase cases[] = {
        { "", TRUE, 0, 0 },
        { "userdb_quota_rule=*:storage=20M", TRUE, 20u << 20, 0 },
        { "userdb_quota_rule=*:storage=1G:messages=1000", TRUE, 1u << 30, 1000 },
        { "userdb_quota_rule=*:storage=10", TRUE, 10240, 0 },
        { "userdb_quota_rule=*:bytes=10", TRUE, 10, 0 },
        { "userdb_quota_rule=*:storage=2T x userdb_quota_rule2=*:messages=5", TRUE,
          (uint64_t) 2 << 40, 5 },
        { "userdb_quota_rule=Trash:storage=+10M", TRUE, 0, 0 },
        { "userdb_quota_rule=*:storage=", TRUE, 0, 0 },
        { "userdb_quota_rule=*:storage=x", FALSE, 0, 0 },
        { "userdb_quota_rule=*:storage=10Q", FALSE, 0, 0 },
        { "userdb_quota_rule=*:storage=99999999999999999999", FALSE, 0, 0 },
        { "userdb_quota_rule=*:storage=99999999999T", FALSE, 0, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line = g_strconcat("u:p::::::", cases[i].extra, NULL);
        Faults faults;
        g_autoptr(PasswdUsers) users = parse(line, &faults);
        uint64_t octets, messages;

        g_assert_true(passwd_user_quota(passwd_users_at(users, 0), &octets, &messages) ==
                      cases[i].is_good);
        if (cases[i].is_good) {
            g_assert_cmpuint(octets, ==, cases[i].octets);
            g_assert_cmpuint(messages, ==, cases[i].messages);
        }
    }
}

static void
test_nets(void)
{
    static const struct {
        const char *nets, *ip;
        gboolean holds;
    } cases[] = {
        { "10.0.0.0/8", "10.1.2.3", TRUE },
        { "10.0.0.0/8", "11.1.2.3", FALSE },
        { "192.0.2.1", "192.0.2.1", TRUE },
        { "192.0.2.1", "192.0.2.2", FALSE },
        { "192.0.2.128/25", "192.0.2.129", TRUE },
        { "192.0.2.128/25", "192.0.2.127", FALSE },
        { "10.0.0.0/8", "::ffff:10.1.2.3", TRUE },
        { "2001:db8::/32,10.0.0.0/8", "2001:db8:1::1", TRUE },
        { "2001:db8::/32", "10.0.0.1", FALSE },
        { "0.0.0.0/0", "198.51.100.1", TRUE },
        { "10.0.0.0/33", "10.0.0.1", FALSE },
        { "nonsense,,10.0.0.1", "10.0.0.1", TRUE },
        { "", "10.0.0.1", FALSE },
        { "10.0.0.1", "", FALSE },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_true(passwd_nets_hold((SeloStr){ cases[i].nets, strlen(cases[i].nets) },
                                       (SeloStr){ cases[i].ip, strlen(cases[i].ip) }) ==
                      cases[i].holds);
}

static void
test_reread(void)
{
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    g_autofree char *path = g_build_filename(dir, "users", NULL);
    PasswdSource *source = passwd_source_new(path);
    g_autoptr(GError) error = NULL;
    PasswdUsers *users;

    g_assert_null(passwd_source_get(source, SELO_STR(""), &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, "one:p\n", -1, NULL));
    users = passwd_source_get(source, SELO_STR(""), &error);
    g_assert_no_error(error);
    g_assert_nonnull(passwd_users_find(users, SELO_STR("one")));
    g_assert_true(g_file_set_contents(path, "one:p\ntwo:p\n", -1, NULL));
    g_usleep(1100 * 1000);
    passwd_users_unref(users);
    users = passwd_source_get(source, SELO_STR(""), &error);
    g_assert_nonnull(passwd_users_find(users, SELO_STR("two")));
    passwd_users_unref(users);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_usleep(1100 * 1000);
    g_assert_null(passwd_source_get(source, SELO_STR(""), &error));
    g_assert_nonnull(error); /* unknown, not absent */
    passwd_source_free(source);
}

static void
test_per_domain(void)
{
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    g_autofree char *pattern = g_build_filename(dir, "%d", "users", NULL);
    g_autofree char *domain = g_build_filename(dir, "a.example", NULL);
    g_autofree char *path = g_build_filename(domain, "users", NULL);
    PasswdSource *source = passwd_source_new(pattern);
    static const char *const outside[] = { "..", "../etc", "a/b", ".", "", ".hidden", "a%d" };
    g_autoptr(GError) error = NULL;
    PasswdUsers *users;

    g_assert_cmpint(g_mkdir(domain, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, "one@a.example:p\n", -1, NULL));
    users = passwd_source_get(source, SELO_STR("a.example"), &error);
    g_assert_no_error(error);
    g_assert_nonnull(passwd_users_find(users, SELO_STR("one@a.example")));
    passwd_users_unref(users);
    for (size_t i = 0; i < G_N_ELEMENTS(outside); i++) {
        g_assert_null(
            passwd_source_get(source, (SeloStr){ outside[i], strlen(outside[i]) }, &error));
        g_assert_no_error(error);
    }
    g_assert_null(passwd_source_get(source, SELO_STR("b.example"), &error));
    g_assert_nonnull(error);
    passwd_source_free(source);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/passwd-file/users/lines", test_lines);
    g_test_add_func("/passwd-file/users/cut", test_cut);
    g_test_add_func("/passwd-file/users/damaged", test_damaged);
    g_test_add_func("/passwd-file/users/quota", test_quota);
    g_test_add_func("/passwd-file/users/nets", test_nets);
    g_test_add_func("/passwd-file/source/reread", test_reread);
    g_test_add_func("/passwd-file/source/per-domain", test_per_domain);
    return g_test_run();
}
