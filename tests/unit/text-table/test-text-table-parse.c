/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-text-table-parse.c: both forms of table, line by line, and cut off at every octet.
 */
#include "config.h"

#include <string.h>

#include "plugins/text-table/text-table-parse.h"
#include "tests/lib/selo-test.h"

typedef struct {
    const char *name;
    TextTableFormat format;
    const char *text, *key;
    const char *want; /* values joined by "|"; NULL: not there */
    guint n_faults;
} ParseCase;

#define ALIASES TEXT_TABLE_ALIASES
#define VIRTUAL TEXT_TABLE_VIRTUAL
static const ParseCase cases[] = {
    { "alias", ALIASES, "root: ann, bob\n", "root", "ann|bob", 0 },
    { "alias-without-blank", ALIASES, "root:ann,bob", "root", "ann|bob", 0 },
    { "alias-case", ALIASES, "Postmaster: ann\n", "POSTMASTER", "ann", 0 },
    { "alias-continued", ALIASES, "all: ann,\n  bob,\n\tcid\nx: y\n", "all", "ann|bob|cid", 0 },
    { "alias-continued-over-comment", ALIASES, "all: ann,\n# who else\n\n  bob\n", "all", "ann|bob",
      0 },
    { "alias-comment-indented", ALIASES, "all: ann,\n  # not bob\n cid\n", "all", "ann|cid", 0 },
    { "alias-quoted-name", ALIASES, "\"odd name\": ann\n", "odd name", "ann", 0 },
    { "alias-quoted-colon", ALIASES, "\"a:b\": ann\n", "a:b", "ann", 0 },
    { "alias-command", ALIASES, "list: \"|/bin/list -a, b\"\n", "list", "|/bin/list -a, b", 0 },
    { "alias-command-inside", ALIASES, "list: |\"/bin/list a\"\n", "list", "|/bin/list a", 0 },
    { "alias-include", ALIASES, "list: :include:/etc/list\n", "list", ":include:/etc/list", 0 },
    { "alias-file", ALIASES, "log: /var/log/mail, ann\n", "log", "/var/log/mail|ann", 0 },
    { "alias-backslash", ALIASES, "ann: \\ann, bob\n", "ann", "ann|bob", 0 },
    { "alias-crlf", ALIASES, "ann: bob\r\ncid: dan\r\n", "ann", "bob", 0 },
    { "alias-no-colon", ALIASES, "ann bob\ncid: dan\n", "cid", "dan", 1 },
    { "alias-no-value", ALIASES, "ann:\ncid: dan\n", "ann", NULL, 1 },
    { "alias-no-name", ALIASES, ": ann\n", "", NULL, 1 },
    { "alias-open-quote", ALIASES, "ann: \"bob\ncid: dan\n", "cid", "dan", 1 },
    { "alias-twice", ALIASES, "ann: bob\nANN: cid\n", "ann", "bob", 1 },
    { "virtual", VIRTUAL, "ann@a.example ann\n", "ann@a.example", "ann", 0 },
    { "virtual-many", VIRTUAL, "all@a.example  ann@b.example, bob ,cid\n", "ALL@a.example",
      "ann@b.example|bob|cid", 0 },
    { "virtual-catch-all", VIRTUAL, "@a.example ann\n", "@a.example", "ann", 0 },
    { "virtual-domain", VIRTUAL, "a.example anything\n", "a.example", "anything", 0 },
    { "virtual-tab", VIRTUAL, "k\tv w\n", "k", "v w", 0 },
    { "virtual-quoted-key", VIRTUAL, "\"odd key\" v\n", "odd key", "v", 0 },
    { "virtual-quoted-value", VIRTUAL, "k \"a,b\"@c.example, d\n", "k", "\"a,b\"@c.example|d", 0 },
    { "virtual-continued", VIRTUAL, "k a,\n b\n", "k", "a|b", 0 },
    { "virtual-no-value", VIRTUAL, "k\nl v\n", "k", NULL, 1 },
    { "virtual-comment", VIRTUAL, "# k v\n", "k", NULL, 0 },
    { "virtual-hash-inside", VIRTUAL, "k v#w\n", "k", "v#w", 0 },
    { "virtual-utf8", VIRTUAL, "J\xc3\x96RG@a.example j\n", "j\xc3\xb6rg@a.example", "j", 0 },
    { "not-utf8", VIRTUAL, "k \xff\nl v\n", "l", "v", 1 },
    { "nothing-to-continue", VIRTUAL, "  k v\nl v\n", "l", "v", 1 },
    { "empty", VIRTUAL, "", "k", NULL, 0 },
    { "no-newline", VIRTUAL, "k v", "k", "v", 0 },
};

static void
count_fault(void *data, uint32_t line, const char *fault)
{
    g_assert_cmpuint(line, >, 0);
    g_assert_nonnull(fault);
    ++*(guint *) data;
}

static char *
join(const TextEntry *entry)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < entry->values.n; i++) {
        g_assert_cmpuint(strlen(entry->values.v[i].s), ==, entry->values.v[i].len);
        g_string_append_printf(text, "%s%s", i > 0 ? "|" : "", entry->values.v[i].s);
    }
    return g_string_free(text, FALSE);
}

static void
test_parse(gconstpointer data)
{
    const ParseCase *c = data;
    guint n_faults = 0;
    g_autoptr(TextTable) table =
        text_table_parse((SeloStr){ c->text, strlen(c->text) }, c->format, count_fault, &n_faults);
    const TextEntry *entry = text_table_find(table, (SeloStr){ c->key, strlen(c->key) });
    g_autofree char *got = entry != NULL ? join(entry) : NULL;

    g_assert_cmpstr(got, ==, c->want);
    g_assert_cmpuint(n_faults, ==, c->n_faults);
}

/* What is cut off anywhere is read as far as it goes; octets behind it are never touched. */
static void
test_cut(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (size_t size = 0; size <= strlen(cases[i].text); size++) {
            g_autofree char *cut = g_memdup2(cases[i].text, size);
            guint n_faults = 0;

            text_table_unref(
                text_table_parse((SeloStr){ cut, size }, cases[i].format, count_fault, &n_faults));
        }
}

static void
test_order(void)
{
    guint n_faults = 0;
    g_autoptr(TextTable) table =
        text_table_parse(SELO_STR("b 1\na 2\nba 3\nc 4\n"), VIRTUAL, count_fault, &n_faults);

    g_assert_cmpstr(text_table_at(table, 0)->key.s, ==, "a");
    g_assert_cmpstr(text_table_at(table, text_table_position(table, "b"))->key.s, ==, "b");
    g_assert_cmpstr(text_table_at(table, text_table_position(table, "bb"))->key.s, ==, "c");
    g_assert_null(text_table_at(table, text_table_position(table, "d")));
    g_assert_cmpuint(text_table_at(table, 0)->line, ==, 2);
}

static void
test_limits(void)
{
    g_autoptr(GString) text = g_string_new("k ");
    guint n_faults = 0;
    g_autoptr(TextTable) table = NULL;

    for (size_t i = 0; i <= TEXT_TABLE_MAX_VALUES; i++)
        g_string_append(text, "v,");
    g_string_append(text, "\nl ");
    for (size_t i = 0; i <= TEXT_TABLE_MAX_LINE; i++)
        g_string_append_c(text, 'x');
    g_string_append_c(text, '\n');
    for (size_t i = 0; i <= TEXT_TABLE_MAX_KEY; i++)
        g_string_append_c(text, 'x');
    g_string_append(text, " v\nm v\n");
    table = text_table_parse((SeloStr){ text->str, text->len }, VIRTUAL, count_fault, &n_faults);
    g_assert_cmpuint(n_faults, ==, 3);
    g_assert_null(text_table_find(table, SELO_STR("k")));
    g_assert_nonnull(text_table_find(table, SELO_STR("m")));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/text-table/parse/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_parse);
    }
    g_test_add_func("/text-table/parse/cut", test_cut);
    g_test_add_func("/text-table/order", test_order);
    g_test_add_func("/text-table/limits", test_limits);
    return g_test_run();
}
