/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-maildir-name.c: file names of all programs, taken apart and put together again.
 */
#include "config.h"

#include "plugins/maildir/maildir-name.h"

#include <string.h>

#include "tests/lib/selo-test.h"

#define BASE "1795419880.M603244P4315.vm,S=217,W=227"

static const struct {
    const char *file, *base, *info; /* info: as it would be printed; NULL: has none */
    uint32_t flags;
    gboolean is_plain;
} names[] = {
    { BASE, BASE, NULL, 0, FALSE },
    { BASE ":2,", BASE, "", 0, TRUE },
    { BASE ":2,S", BASE, "S", SELO_FLAG_SEEN, TRUE },
    { BASE ":2,DFRST", BASE, "DFRST",
      SELO_FLAG_DRAFT | SELO_FLAG_FLAGGED | SELO_FLAG_ANSWERED | SELO_FLAG_SEEN | SELO_FLAG_DELETED,
      TRUE },
    { BASE ":2,FSab", BASE, "FSab", SELO_FLAG_FLAGGED | SELO_FLAG_SEEN, TRUE },
    { BASE ":2,SF", BASE, "FS", SELO_FLAG_FLAGGED | SELO_FLAG_SEEN, FALSE }, /* order */
    { BASE ":2,SS", BASE, "S", SELO_FLAG_SEEN, FALSE },
    { BASE ":2,PS", BASE, "PS", SELO_FLAG_SEEN, FALSE }, /* passed: kept, not ours */
    { BASE ":2,S,X=1", BASE, "S,X=1", SELO_FLAG_SEEN, FALSE },
    { BASE ":1,foreign", BASE, NULL, 0, FALSE },
    { "a:b:2,S", "a", "S", SELO_FLAG_SEEN, FALSE },
    { "a:2,T:2,S", "a", "S", SELO_FLAG_SEEN, FALSE }, /* behind the last */
    { "12345_0.host", "12345_0.host", NULL, 0, FALSE },
    { ":2,S", "", "S", SELO_FLAG_SEEN, TRUE },
    { "", "", NULL, 0, FALSE },
};

static void
test_parse(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GString) printed = g_string_new(NULL);
        g_autofree char *want = names[i].info != NULL
                                    ? g_strconcat(names[i].base, ":2,", names[i].info, NULL)
                                    : NULL;
        MaildirName name;

        maildir_name_parse(names[i].file, strlen(names[i].file), &name);
        g_assert_cmpmem(names[i].file, name.base_len, names[i].base, strlen(names[i].base));
        g_assert_cmpuint(maildir_name_flags(name.capitals), ==, names[i].flags);
        g_assert_cmpint(name.is_plain, ==, names[i].is_plain);
        maildir_name_print(printed, SELO_STR(names[i].base), name.capitals, name.letters,
                           name.tail);
        if (want != NULL)
            g_assert_cmpstr(printed->str, ==, want);
    }
}

static void
test_cut_short(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        for (size_t len = 0; len <= strlen(names[i].file); len++) {
            g_autofree char *exact = g_memdup2(names[i].file, MAX(len, 1));
            MaildirName name;

            maildir_name_parse(exact, len, &name);
            g_assert_cmpuint(name.base_len, <=, len);
        }
}

static void
test_sizes(void)
{
    static const struct {
        const char *base;
        char which;
        gint64 want; /* -1: none */
    } cases[] = {
        { BASE, 'S', 217 },       { BASE, 'W', 227 },     { "a,S=5", 'W', -1 },
        { "a,S=", 'S', -1 },      { "a,S=5x", 'S', -1 },  { "a,S=5,", 'S', 5 },
        { "a,W=12,S=3", 'S', 3 }, { "aS=5", 'S', -1 },    { "a,S=99999999999999999999", 'S', -1 },
        { "", 'S', -1 },          { ",S=0", 'S', 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t octets = 4711;
        gboolean is_found = maildir_name_size(SELO_STR(cases[i].base), cases[i].which, &octets);

        g_assert_cmpint(is_found, ==, cases[i].want >= 0);
        g_assert_cmpuint(octets, ==, is_found ? (guint64) cases[i].want : 4711);
    }
}

static void
test_order(void)
{
    static const char *const ordered[] = { "no number", "9.M1P1.h", "10.M2P9.h", "10.M10P1.h",
                                           "10.M10P2.h" };

    for (size_t i = 0; i + 1 < G_N_ELEMENTS(ordered); i++) {
        g_assert_cmpint(maildir_name_compare(ordered[i], ordered[i + 1]), <, 0);
        g_assert_cmpint(maildir_name_compare(ordered[i + 1], ordered[i]), >, 0);
        g_assert_cmpint(maildir_name_compare(ordered[i], ordered[i]), ==, 0);
    }
}

static void
test_unique(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *tag = maildir_name_tag(SELO_STR("delivery")), *tagged = NULL;

    for (unsigned i = 0; i < 1000; i++)
        g_assert_true(g_hash_table_add(seen, maildir_name_new("host", (SeloStr){ 0 })));
    tagged = maildir_name_new("host", SELO_STR("delivery"));
    g_assert_nonnull(strstr(tagged, tag));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/maildir/name/parse", test_parse);
    g_test_add_func("/maildir/name/cut-short", test_cut_short);
    g_test_add_func("/maildir/name/sizes", test_sizes);
    g_test_add_func("/maildir/name/order", test_order);
    g_test_add_func("/maildir/name/unique", test_unique);
    return g_test_run();
}
