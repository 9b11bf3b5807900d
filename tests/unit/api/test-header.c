/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-header.c: header blocks field by field, and encoded words.
 */
#include "config.h"

#include <selo/message.h>
#include <string.h>

#include "tests/lib/selo-test.h"

static const char block[] = "From x@y Tue Nov 24 21:32:58 2026\r\n"
                            "Subject: one\r\n"
                            "no colon here\r\n"
                            "To : ann@example.org,\r\n\tbob@example.org\r\n"
                            "Empty:\r\n"
                            ": nameless\r\n"
                            "subject: two\r\n"
                            "\r\n"
                            "Body: not a field\r\n";

static void
test_fields(void)
{
    SeloHeaderIter iter = { SELO_STR(block), 0 };
    g_autoptr(GString) got = g_string_new(NULL);
    SeloHeader field;

    while (selo_header_next(&iter, &field))
        g_string_append_printf(got, "%.*s=%.*s|", (int) field.name.len, field.name.s,
                               (int) field.value.len, field.value.s);
    g_assert_cmpstr(got->str, ==,
                    "Subject=one|To=ann@example.org,\r\n\tbob@example.org|Empty=|subject=two|");
    g_assert_cmpuint(selo_header_size(SELO_STR(block)), ==,
                     sizeof block - 1 - strlen("Body: not a field\r\n"));
    g_assert_cmpuint(selo_header_size(SELO_STR("A: b\r\n")), ==, 6);
    g_assert_cmpuint(selo_header_size(SELO_STR("A: b\n\nc")), ==, 6);
    g_assert_cmpuint(selo_header_find(SELO_STR(block), "SUBJECT").len, ==, 3);
    g_assert_null(selo_header_find(SELO_STR(block), "Body").s);
}

static void
test_cut(void)
{
    for (size_t cut = 0; cut < sizeof block; cut++) {
        g_autofree char *copy = g_memdup2(block, MAX(cut, 1));
        SeloHeaderIter iter = { { copy, cut }, 0 };
        SeloHeader field;

        while (selo_header_next(&iter, &field))
            g_assert_true(field.value.s + field.value.len <= copy + cut);
        g_assert_cmpuint(selo_header_size((SeloStr){ copy, cut }), <=, cut);
    }
}

typedef struct {
    const char *name, *value, *want;
} WordCase;

/* clang-format off */
static const WordCase words[] = {
    { "plain",      "Hello", "Hello" },
    { "q",          "=?ISO-8859-1?Q?J=FCrgen_M?= x", "J\303\274rgen M x" },
    { "b",          "=?utf-8?B?SsO8cmdlbg==?=", "J\303\274rgen" },
    { "adjacent",   "=?utf-8?Q?a?= \r\n =?utf-8?Q?b?= c", "ab c" },
    { "split",      "=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "\303\274" },
    { "language",   "=?US-ASCII*EN?Q?Keith?=", "Keith" },
    { "mixed",      "=?ISO-8859-1?Q?=FC?= =?UTF-8?Q?=C3=BC?=", "\303\274\303\274" },
    { "unknown",    "=?no-such-set?Q?abc?=", "abc" },
    { "folded",     "a\r\n b", "a b" },
    { "broken",     "=?utf-8?Q?abc", "=?utf-8?Q?abc" },
    { "equals",     "a = b =? c", "a = b =? c" },
    { "raw-utf8",   "J\303\274rgen", "J\303\274rgen" },
    { "raw-latin",  "J\374rgen", "J\357\277\275rgen" },
    { "bad-octets", "=?utf-8?Q?a=FFb?=", "a\357\277\275b" },
    { "japanese",   "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "\346\227\245\346\234\254" },
    { "empty",      "", "" },
};
/* clang-format on */

static void
test_decode(gconstpointer data)
{
    const WordCase *c = data;
    g_autofree char *got = selo_header_decode((SeloStr){ c->value, strlen(c->value) });

    g_assert_cmpstr(got, ==, c->want);
    for (size_t cut = 0; cut < strlen(c->value); cut++) {
        g_autofree char *copy = g_memdup2(c->value, MAX(cut, 1));
        g_autofree char *text = selo_header_decode((SeloStr){ copy, cut });

        g_assert_true(g_utf8_validate(text, -1, NULL));
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/message/header/fields", test_fields);
    g_test_add_func("/message/header/cut", test_cut);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *path = g_strconcat("/message/header/decode/", words[i].name, NULL);

        g_test_add_data_func(path, &words[i], test_decode);
    }
    return g_test_run();
}
