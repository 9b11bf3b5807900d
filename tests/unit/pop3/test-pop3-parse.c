/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-pop3-parse.c: command lines, whole and cut off at every octet; numbers.
 */
#include "config.h"

#include <string.h>

#include "plugins/pop3/pop3-parse.h"
#include "tests/lib/selo-test.h"

typedef struct {
    const char *name, *line;
    const char *keyword; /* NULL: refused */
    const char *rest;    /* NULL: none */
    size_t n_arguments;
    const char *arguments[POP3_MAX_ARGUMENTS];
} LineCase;

static const LineCase cases[] = {
    { "bare", "QUIT", "QUIT", NULL, 0, { NULL } },
    { "lower-case", "quit", "QUIT", NULL, 0, { NULL } },
    { "one", "RETR 1", "RETR", "1", 1, { "1" } },
    { "two", "TOP 1 10", "TOP", "1 10", 2, { "1", "10" } },
    { "blanks", "TOP  1  10 ", "TOP", " 1  10 ", 2, { "1", "10" } },
    { "too-many", "TOP 1 2 3", "TOP", "1 2 3", 3, { "1", "2" } },
    { "password-with-blanks", "PASS  a b ", "PASS", " a b ", 2, { "a", "b" } },
    { "blank-behind", "STAT ", "STAT", "", 0, { NULL } },
    { "empty", "", NULL, NULL, 0, { NULL } },
    { "blank-before", " STAT", NULL, NULL, 0, { NULL } },
    { "digits", "RET1 1", NULL, NULL, 0, { NULL } },
    { "tab", "RETR\t1", NULL, NULL, 0, { NULL } },
    { "long", "RETRIEVE 1", NULL, NULL, 0, { NULL } },
    { "http", "GET / HTTP/1.1", "GET", "/ HTTP/1.1", 2, { "/", "HTTP/1.1" } },
};

static void
test_line(gconstpointer data)
{
    const LineCase *c = data;
    Pop3Line line;

    g_assert_true(pop3_parse_line((SeloStr){ c->line, strlen(c->line) }, &line) ==
                  (c->keyword != NULL));
    if (c->keyword == NULL)
        return;
    g_assert_cmpstr(line.keyword, ==, c->keyword);
    g_assert_cmpstr(line.rest.s, ==, c->rest);
    g_assert_cmpuint(line.n_arguments, ==, c->n_arguments);
    for (size_t i = 0; i < MIN(c->n_arguments, POP3_MAX_ARGUMENTS); i++)
        g_assert_cmpmem(line.arguments[i].s, line.arguments[i].len, c->arguments[i],
                        strlen(c->arguments[i]));
}

/* Nothing behind the end is looked at. */
static void
test_cut(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (size_t size = 0; size <= strlen(cases[i].line); size++) {
            g_autofree char *cut = g_memdup2(cases[i].line, MAX(size, 1));
            Pop3Line line;

            pop3_parse_line((SeloStr){ cut, size }, &line);
        }
}

static void
test_nul(void)
{
    Pop3Line line;

    g_assert_false(pop3_parse_line((SeloStr){ "PASS a\0b", 8 }, &line));
}

static void
test_number(void)
{
    static const char *const bad[] = { "", "-1", "+1", "1x", "0x1", " 1", "11111111111" };
    uint64_t number = 0;

    g_assert_true(pop3_parse_number(SELO_STR("1"), &number));
    g_assert_cmpuint(number, ==, 1);
    g_assert_true(pop3_parse_number(SELO_STR("9999999999"), &number));
    g_assert_cmpuint(number, ==, 9999999999);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(pop3_parse_number((SeloStr){ bad[i], strlen(bad[i]) }, &number));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/pop3/parse/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_line);
    }
    g_test_add_func("/pop3/parse/cut", test_cut);
    g_test_add_func("/pop3/parse/nul", test_nul);
    g_test_add_func("/pop3/parse/number", test_number);
    return g_test_run();
}
