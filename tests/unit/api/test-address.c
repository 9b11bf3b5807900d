/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-address.c: address lists (RFC 5322 section 3.4 and 4.4) and what senders make of them.
 */
#include "config.h"

#include <selo/message.h>
#include <string.h>

#include "tests/lib/selo-test.h"

typedef struct {
    const char *name, *value, *want; /* name|route|mailbox|host, "-" = unset, one address a line */
} AddressCase;

/* clang-format off */
static const AddressCase cases[] = {
    { "plain",        "ann@example.org", "-|-|ann|example.org\n" },
    { "name",         "Ann Lee <ann@example.org>", "Ann Lee|-|ann|example.org\n" },
    { "quoted-name",  "\"Lee, Ann \\\"A\\\"\" <ann@example.org>", "Lee, Ann \"A\"|-|ann|example.org\n" },
    { "dotted-name",  "John Q. Public <jqp@example.org>", "John Q. Public|-|jqp|example.org\n" },
    { "two",          "a@x, B <b@y>", "-|-|a|x\nB|-|b|y\n" },
    { "comment-name", "ann@example.org (Ann Lee)", "Ann Lee|-|ann|example.org\n" },
    { "comment-in",   "Ann <ann(c)@(d)example(e).org> (f)", "Ann|-|ann|example.org\n" },
    { "nested-comment", "a@x (b (c) \\) d)", "b (c) ) d|-|a|x\n" },
    { "quoted-local", "\"ann lee\"@example.org", "-|-|ann lee|example.org\n" },
    { "dotted-local", "ann . \"l e\" . x@example . org", "-|-|ann.l e.x|example.org\n" },
    { "literal",      "a@[192.0.2.1]", "-|-|a|[192.0.2.1]\n" },
    { "route",        "<@a.example,@b.example:joe@c.example>", "-|@a.example,@b.example|joe|c.example\n" },
    { "group",        "Team: a@x, B <b@y>;, c@z", "Team|-|-|-\n-|-|a|x\nB|-|b|y\n-|-|-|-\n-|-|c|z\n" },
    { "empty-group",  "undisclosed recipients:;", "undisclosed recipients|-|-|-\n-|-|-|-\n" },
    { "open-group",   "Team: a@x", "Team|-|-|-\n-|-|a|x\n-|-|-|-\n" },
    { "stray-end",    "a@x; b@y", "-|-|a|x\n-|-|b|y\n" },
    { "empty-items",  " , ,a@x,,", "-|-|a|x\n" },
    { "no-host",      "root", "-|-|root|\n" },
    { "no-local",     "@example.org", "-|-||example.org\n" },
    { "null-path",    "Daemon <>", "Daemon|-||\n" },
    { "words-host",   "John Doe jd@example.org", "John Doe|-|jd|example.org\n" },
    { "address-name", "a@x.y <b@z>", "a@x.y|-|b|z\n" },
    { "no-close",     "Ann <ann@x, Bob <bob@y>", "Ann|-|ann|x\nBob|-|bob|y\n" },
    { "open-quote",   "\"Ann <ann@x>", "-|-|Ann <ann@x>|\n" },
    { "encoded",      "=?UTF-8?Q?J=C3=BCrgen?= <j@x>", "=?UTF-8?Q?J=C3=BCrgen?=|-|j|x\n" },
    { "utf8",         "J\303\274rgen <j\303\274@x>", "J\303\274rgen|-|j\303\274|x\n" },
    { "folded",       "Ann\r\n Lee\r\n\t<ann@x>", "Ann Lee|-|ann|x\n" },
    { "empty",        "", "" },
    { "comment-only", "(nobody)", "" },
    { "specials",     "<<>>@@,;:..[[", "-|-||\n|-|-|-\n-|-|[[|\n-|-|-|-\n" },
};
/* clang-format on */

static void
append_field(GString *text, SeloStr field, char after)
{
    if (field.s == NULL) {
        g_string_append_c(text, '-');
    } else {
        g_assert_cmpint(field.s[field.len], ==, '\0');
        g_string_append_len(text, field.s, (gssize) field.len);
    }
    g_string_append_c(text, after);
}

static void
address_found(void *data, const SeloAddress *address)
{
    append_field(data, address->name, '|');
    append_field(data, address->route, '|');
    append_field(data, address->mailbox, '|');
    append_field(data, address->host, '\n');
}

static void
test_parse(gconstpointer data)
{
    const AddressCase *c = data;
    g_autoptr(GString) got = g_string_new(NULL);

    selo_address_parse((SeloStr){ c->value, strlen(c->value) }, 100, address_found, got);
    if (strcmp(c->name, "specials") != 0) /* only has to end */
        g_assert_cmpstr(got->str, ==, c->want);
}

static void
test_cut(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t size = strlen(cases[i].value);

        for (size_t cut = 0; cut < size; cut++) {
            g_autofree char *copy = g_memdup2(cases[i].value, MAX(cut, 1));
            g_autoptr(GString) got = g_string_new(NULL);

            selo_address_parse((SeloStr){ copy, cut }, 100, address_found, got);
        }
    }
}

static void
count_found(void *data, const SeloAddress *address)
{
    (*(size_t *) data)++;
}

static void
test_max(void)
{
    g_autoptr(GString) value = g_string_new("a@x");
    size_t n = 0;

    for (int i = 0; i < 1000; i++)
        g_string_append(value, ", \"A B\" <a@x>");
    selo_address_parse((SeloStr){ value->str, value->len }, 10, count_found, &n);
    g_assert_cmpuint(n, ==, 10);
    n = 0;
    selo_address_parse((SeloStr){ value->str, value->len }, SIZE_MAX, count_found, &n);
    g_assert_cmpuint(n, ==, 1001);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/message/address/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_parse);
    }
    g_test_add_func("/message/address/cut", test_cut);
    g_test_add_func("/message/address/max", test_max);
    return g_test_run();
}
