/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-search.c: search programs: what is read and what is refused. What a query finds is the mailbox
 * layer's own test.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-parse.h"
#include "plugins/imap/imap-search.h"
#include "tests/lib/selo-test.h"

typedef struct {
    const char *name, *program, *fault; /* NULL: good */
} SearchCase;

static const SearchCase cases[] = {
    { "all", "ALL", NULL },
    { "flags", "ANSWERED UNSEEN NEW OLD RECENT KEYWORD $x UNKEYWORD y", NULL },
    { "texts", "FROM \"a b\" to {3}\r\nx\r\n SUBJECT x BODY y TEXT \"\" HEADER X-Y \"\"", NULL },
    { "dates", "BEFORE 1-Jan-2024 ON \"01-Jan-1970\" SENTSINCE 31-Dec-1999", NULL },
    { "sizes", "LARGER 0 SMALLER 0 LARGER 4294967296", NULL },
    { "sets", "1:3,* UID 5:* $ UID $", NULL },
    { "nested", "OR (SEEN (NOT DELETED)) NOT OR 1 2 (FLAGGED)", NULL },
    { "nothing", "", "Missing search key" },
    { "empty-list", "()", "Missing search key" },
    { "unknown", "FOO", "Unknown argument" },
    { "half-or", "OR SEEN", "Missing search key" },
    { "half-not", "NOT", "Missing search key" },
    { "no-text", "FROM", "Missing text" },
    { "list-as-text", "FROM (a)", "Missing text" },
    { "bad-utf8", "SUBJECT {1}\r\n\377", "Text is not UTF-8" },
    { "no-value", "HEADER X", "Missing text" },
    { "bad-date", "SINCE yesterday", "Invalid date" },
    { "bad-size", "LARGER -1", "Invalid size" },
    { "bad-keyword", "KEYWORD \\Seen", "Expected a keyword" },
    { "bad-uid", "UID x", "Invalid UID messageset" },
    { "zero", "0", "Unknown argument" },
};

static ImapFault
parse(const char *program, ImapSearchContext *context)
{
    g_autofree char *text = g_strdup_printf("a SEARCH %s\r\n", program);
    ImapParser parser = { 0 };
    ImapArena arena = { 0 };
    ImapLine line;
    SeloQuery *query = NULL;
    ImapFault fault;

    g_assert_true(imap_parser_add(&parser, text, strlen(text), SIZE_MAX));
    g_assert_null(imap_parser_split(&parser, TRUE, &arena, &line));
    fault = imap_search_parse_keys(&line.args, context, &query);
    g_assert_cmpint(query != NULL, ==, fault == NULL);
    g_clear_pointer(&query, selo_query_unref);
    imap_parser_clear(&parser);
    imap_arena_clear(&arena);
    return fault;
}

static void
test_case(gconstpointer data)
{
    const SearchCase *c = data;
    ImapSearchContext context = { 0 };

    g_assert_cmpstr(parse(c->program, &context), ==, c->fault);
}

static void
test_limits(void)
{
    g_autoptr(GString) program = g_string_new(NULL);
    ImapSearchContext context = { 0 };

    for (int i = 0; i < IMAP_MAX_DEPTH; i++)
        g_string_append(program, "NOT ");
    g_string_append(program, "ALL");
    g_assert_cmpstr(parse(program->str, &context), ==, "Search program is nested too deeply");
    g_string_assign(program, "ALL");
    for (int i = 0; i < IMAP_SEARCH_MAX_KEYS; i++)
        g_string_append(program, " ALL");
    context.n_keys = 0;
    g_assert_cmpstr(parse(program->str, &context), ==, "Too many search keys");
}

/* The session refuses numbers beyond its last message. */
static void
test_largest_number(void)
{
    ImapSearchContext context = { 0 };

    g_assert_null(parse("OR 3:7 NOT 12:* UID 99", &context));
    g_assert_cmpuint(context.max_seq, ==, 12);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/imap/search/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/imap/search/limits", test_limits);
    g_test_add_func("/imap/search/largest-number", test_largest_number);
    return g_test_run();
}
