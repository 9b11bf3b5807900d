/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-parse.c: from octets to arguments: words, strings, literals, lists; whole and in pieces.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-parse.h"
#include "tests/lib/selo-test.h"

/* Arguments in one line: atoms bare, strings in quotes, literals in {}, lists in (). */
static void
print_args(const ImapArg *at, const ImapArg *end, GString *out)
{
    for (gboolean is_first = TRUE; at < end; is_first = FALSE) {
        if (!is_first)
            g_string_append_c(out, ' ');
        switch ((ImapArgKind) at->kind) {
        case IMAP_ARG_ATOM:
            g_string_append_len(out, at->text.s, (gssize) at->text.len);
            break;
        case IMAP_ARG_QUOTED:
            g_string_append_printf(out, "'%.*s'", (int) at->text.len, at->text.s);
            break;
        case IMAP_ARG_LITERAL:
            g_string_append_printf(out, "<%.*s>", (int) at->text.len, at->text.s);
            break;
        case IMAP_ARG_LIST:
            g_string_append_c(out, '[');
            print_args(at + 1, at + 1 + at->n_inside, out);
            g_string_append_c(out, ']');
            break;
        }
        at += 1 + (at->kind == IMAP_ARG_LIST ? at->n_inside : 0);
    }
}

/* A reader as the session has it, over octets that come @step at a time. */
static ImapFault
parse_in_steps(const char *octets, size_t size, size_t step, ImapArena *arena, ImapLine *out_line)
{
    g_autoptr(GString) line = g_string_new(NULL);
    ImapParser parser = { 0 };
    ImapLiteral literal = { 0 };
    ImapFault fault = NULL;
    gboolean is_done = FALSE;

    for (size_t at = 0; at < size && !is_done;) {
        size_t n = MIN(step, size - at);

        if (literal.size > 0) {
            n = MIN(n, literal.size);
            g_assert_true(imap_parser_add(&parser, octets + at, n, IMAP_MAX_LINE));
            literal.size -= n;
            at += n;
            continue;
        }
        g_string_append_c(line, octets[at++]);
        if (line->str[line->len - 1] != '\n')
            continue;
        g_assert_true(imap_parser_add(&parser, line->str, line->len, IMAP_MAX_LINE));
        g_string_truncate(line, line->len - 2);
        is_done = !imap_parse_literal((SeloStr){ line->str, line->len }, &literal);
        g_string_truncate(line, 0);
    }
    g_assert_true(is_done);
    fault = imap_parser_split(&parser, TRUE, arena, out_line);
    imap_parser_clear(&parser);
    return fault;
}

typedef struct {
    const char *name, *input, *want; /* want: arguments, or "!" and the fault */
} ParseCase;

static const ParseCase cases[] = {
    { "bare", "a1 NOOP\r\n", "" },
    { "words", "a1 STORE 1:3,* +FLAGS \\Seen $x\r\n", "1:3,* +FLAGS \\Seen $x" },
    { "quoted", "a LOGIN \"us\\\"er\" \"pa\\\\ss\"\r\n", "'us\"er' 'pa\\ss'" },
    { "empty-quoted", "a LIST \"\" \"\"\r\n", "'' ''" },
    { "list", "a X (a (b \"c\") ()) d\r\n", "[a [b 'c'] []] d" },
    { "lists-without-space", "a X ((a)(b))\r\n", "[[a] [b]]" },
    { "literal", "a LOGIN {4}\r\nuser {4+}\r\np\r\n) \r\n", "<user> <p\r\n)>" },
    { "literals", "a LOGIN {4}\r\nus\r\n {3+}\r\n)\"(\r\n", "<us\r\n> <)\"(>" },
    { "literal-empty", "a X {0}\r\n b\r\n", "<> b" },
    { "literal8", "a X ~{3}\r\nabc b\r\n", "<abc> b" },
    { "literal-in-list", "a X (a {1}\r\nb)\r\n", "[a <b>]" },
    { "literal-looks-like-one", "a X {5}\r\n{3}\r\n\r\n", "<{3}\r\n>" },
    { "section", "a FETCH 1 (BODY.PEEK[HEADER.FIELDS (From To)]<0.9> UID)\r\n",
      "1 [BODY.PEEK[HEADER.FIELDS [From To] ]<0.9> UID]" },
    { "8-bit", "a SELECT \"\303\244\"\r\n", "'\303\244'" },
    { "no-tag", " NOOP\r\n", "!Invalid tag" },
    { "bad-tag", "a+ NOOP\r\n", "!Invalid tag" },
    { "tag-only", "a\r\n", "!Missing command" },
    { "tag-space", "a \r\n", "!Missing command" },
    { "unclosed", "a X (b\r\n", "!Missing ')'" },
    { "closed-twice", "a X b)\r\n", "!Unexpected ')'" },
    { "unquoted", "a X \"b\r\n", "!Missing '\"'" },
    { "bad-escape", "a X \"\\b\"\r\n", "!Invalid characters after \\ in a quoted string" },
    { "glued", "a X \"b\"c\r\n", "!Missing space between arguments" },
    { "brace", "a X b{c\r\n", "!Missing space between arguments" },
    { "control", "a X b\001c\r\n", "!Missing space between arguments" },
};

static void
test_case(gconstpointer data)
{
    const ParseCase *c = data;
    size_t size = strlen(c->input);

    for (size_t step = 1; step <= size; step++) {
        ImapArena arena = { 0 };
        ImapLine line = { 0 };
        g_autoptr(GString) got = g_string_new(NULL);
        ImapFault fault = parse_in_steps(c->input, size, step, &arena, &line);

        if (fault != NULL)
            g_string_printf(got, "!%s", fault);
        else
            print_args(line.args.at, line.args.end, got);
        g_assert_cmpstr(got->str, ==, c->want);
        imap_arena_clear(&arena);
    }
}

static void
test_literal(void)
{
    static const struct {
        const char *line;
        gboolean is_literal, is_sync, is_binary;
        uint64_t size;
    } lines[] = {
        { "a X {5}", TRUE, TRUE, FALSE, 5 },
        { "a X {5+}", TRUE, FALSE, FALSE, 5 },
        { "a X ~{0+}", TRUE, FALSE, TRUE, 0 },
        { "a X {4294967296}", TRUE, TRUE, FALSE, UINT64_C(4294967296) },
        { "a X {}", FALSE, FALSE, FALSE, 0 },
        { "a X {+}", FALSE, FALSE, FALSE, 0 },
        { "a X {5-}", FALSE, FALSE, FALSE, 0 },
        { "a X 5}", FALSE, FALSE, FALSE, 0 },
        { "{99999999999999999999}", FALSE, FALSE, FALSE, 0 },
        { "}", FALSE, FALSE, FALSE, 0 },
        { "", FALSE, FALSE, FALSE, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        ImapLiteral literal = { 0 };
        SeloStr line = { lines[i].line, strlen(lines[i].line) };

        g_assert_cmpint(imap_parse_literal(line, &literal), ==, lines[i].is_literal);
        if (!lines[i].is_literal)
            continue;
        g_assert_cmpuint(literal.size, ==, lines[i].size);
        g_assert_cmpint(literal.is_sync, ==, lines[i].is_sync);
        g_assert_cmpint(literal.is_binary, ==, lines[i].is_binary);
    }
}

/* What came before a literal can be looked at before the literal is let in. */
static void
test_beginning(void)
{
    static const char text[] = "a APPEND box (\\Seen) \"date\" ~{10}\r\n";
    ImapParser parser = { 0 };
    ImapArena arena = { 0 };
    ImapLine line;
    g_autoptr(GString) got = g_string_new(NULL);

    g_assert_true(imap_parser_add(&parser, text, sizeof text - 1, 1000));
    for (int i = 0; i < 2; i++)
        g_assert_null(imap_parser_split(&parser, FALSE, &arena, &line));
    print_args(line.args.at, line.args.end, got);
    g_assert_cmpstr(got->str, ==, "box [\\Seen] 'date'");
    imap_parser_clear(&parser);
    imap_arena_clear(&arena);
}

static void
test_limits(void)
{
    ImapParser parser = { 0 };
    ImapArena arena = { 0 };
    ImapLine line;
    g_autoptr(GString) deep = g_string_new("a X ");

    g_assert_true(imap_parser_add(&parser, "12345", 5, 8));
    g_assert_false(imap_parser_add(&parser, "6789", 4, 8));
    g_assert_cmpuint(parser.size, ==, 5);
    imap_parser_clear(&parser);
    for (int i = 0; i <= IMAP_MAX_DEPTH; i++)
        g_string_append_c(deep, '(');
    g_assert_true(imap_parser_add(&parser, deep->str, deep->len, IMAP_MAX_LINE));
    g_assert_cmpstr(imap_parser_split(&parser, TRUE, &arena, &line), ==,
                    "Too many levels of lists");
    imap_parser_clear(&parser);
    g_string_assign(deep, "a X");
    for (int i = 0; i <= IMAP_MAX_ARGS; i++)
        g_string_append(deep, " b");
    g_assert_true(imap_parser_add(&parser, deep->str, deep->len, deep->len));
    g_assert_cmpstr(imap_parser_split(&parser, TRUE, &arena, &line), ==, "Too many arguments");
    imap_parser_clear(&parser);
    imap_arena_clear(&arena);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/imap/parse/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/imap/parse/announced", test_literal);
    g_test_add_func("/imap/parse/beginning", test_beginning);
    g_test_add_func("/imap/parse/limits", test_limits);
    return g_test_run();
}
