/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-parse.c: the lexical half of RFC 9051 section 9. The text of a command is collected first and
 * split when it is complete: a state machine over octets lost, for the stream gives whole lines and a
 * command is nearly always one of them. Literals inside the text are found again by their "{n}" CRLF,
 * which nothing else can contain.
 */
#include "config.h"

#include "plugins/imap/imap-parse.h"

#include <string.h>

gboolean
imap_parse_literal(SeloStr line, ImapLiteral *out_literal)
{
    size_t end = line.len, start;
    ImapLiteral literal = { .is_sync = TRUE };

    if (end < 3 || line.s[end - 1] != '}')
        return FALSE;
    end--;
    if (line.s[end - 1] == '+') {
        literal.is_sync = FALSE;
        end--;
    }
    start = end;
    while (start > 0 && g_ascii_isdigit(line.s[start - 1]))
        start--;
    if (start == 0 || line.s[start - 1] != '{' ||
        !imap_str_to_u64((SeloStr){ line.s + start, end - start }, &literal.size))
        return FALSE;
    literal.is_binary = start > 1 && line.s[start - 2] == '~';
    *out_literal = literal;
    return TRUE;
}

gboolean
imap_parser_add(ImapParser *parser, const void *octets, size_t size, size_t limit)
{
    if (size > limit || parser->size > limit - size)
        return FALSE;
    if (parser->room - parser->size < size) {
        parser->room = MAX(parser->size + size, MIN(parser->room * 2, limit));
        parser->text = g_realloc(parser->text, parser->room);
    }
    if (size > 0)
        memcpy(parser->text + parser->size, octets, size);
    parser->size += size;
    return TRUE;
}

/* Where the announcement at the end begins. */
static size_t
find_announcement(const char *text, size_t size)
{
    while (size > 0 && text[size - 1] != '{')
        size--;
    size -= size > 0;
    return size - (size > 0 && text[size - 1] == '~');
}

void
imap_parser_drop_announced(ImapParser *parser)
{
    parser->size = find_announcement(parser->text, parser->size);
}

void
imap_parser_clear(ImapParser *parser)
{
    if (parser->text != NULL)
        explicit_bzero(parser->text, parser->size); /* LOGIN's password */
    g_free(parser->text);
    *parser = (ImapParser){ 0 };
}

/* ---- splitting ---- */

typedef struct {
    char *at, *end;
    ImapArena *arena;
    ImapArg *args;
    size_t n, room;
    size_t open[IMAP_MAX_DEPTH]; /* lists not closed yet */
    uint32_t depth;
} Splitter;

static gboolean
is_tag_char(char c)
{
    return c > 0x20 && c < 0x7f && strchr("(){%*\"\\+", c) == NULL;
}

/* Wider than RFC 9051's atom: flags ("\Seen"), patterns, sets and BODY[...]<0.5> are words, too. */
static gboolean
is_word_char(char c)
{
    return (unsigned char) c > 0x20 && c != 0x7f && c != '(' && c != ')' && c != '{' && c != '"';
}

static ImapArg *
add_arg(Splitter *split, ImapArgKind kind, char *text, size_t size)
{
    ImapArg *arg;

    if (split->n == split->room) {
        size_t room = MAX(16, split->room * 2);
        ImapArg *args = imap_arena_alloc(split->arena, room * sizeof *args);

        if (split->n > 0)
            memcpy(args, split->args, split->n * sizeof *args);
        split->args = args;
        split->room = room;
    }
    arg = &split->args[split->n++];
    *arg = (ImapArg){ .kind = kind, .text = { text, size } };
    return arg;
}

static ImapFault
take_quoted(Splitter *split)
{
    char *start = ++split->at, *to = start;

    for (; split->at < split->end && *split->at != '"'; split->at++) {
        if (*split->at == '\\') {
            split->at++;
            if (split->at == split->end || (*split->at != '"' && *split->at != '\\'))
                return "Invalid characters after \\ in a quoted string";
        } else if (*split->at == '\r' || *split->at == '\n' || *split->at == '\0') {
            return "CR, LF or NUL in a quoted string";
        }
        *to++ = *split->at;
    }
    if (split->at == split->end)
        return "Missing '\"'";
    split->at++;
    add_arg(split, IMAP_ARG_QUOTED, start, (size_t) (to - start));
    return NULL;
}

static ImapFault
take_literal(Splitter *split)
{
    uint64_t size = 0;
    char *at = split->at + 1;

    for (; at < split->end && g_ascii_isdigit(*at) && size < UINT32_MAX; at++)
        size = size * 10 + (uint64_t) (*at - '0');
    if (at < split->end && *at == '+')
        at++;
    if (at == split->at + 1 || split->end - at < 3 || at[0] != '}' || at[1] != '\r' ||
        at[2] != '\n')
        return "Invalid literal";
    at += 3;
    if ((uint64_t) (split->end - at) < size)
        return "Invalid literal";
    add_arg(split, IMAP_ARG_LITERAL, at, size);
    split->at = at + size;
    return NULL;
}

static ImapFault
take_word(Splitter *split)
{
    char *start = split->at;

    while (split->at < split->end && is_word_char(*split->at))
        split->at++;
    if (split->at == start)
        return "Invalid characters in atom";
    add_arg(split, IMAP_ARG_ATOM, start, (size_t) (split->at - start));
    return NULL;
}

static ImapFault
open_list(Splitter *split)
{
    if (split->depth == IMAP_MAX_DEPTH)
        return "Too many levels of lists";
    split->open[split->depth++] = split->n;
    add_arg(split, IMAP_ARG_LIST, split->at++, 0);
    return NULL;
}

static ImapFault
close_list(Splitter *split)
{
    size_t list;

    if (split->depth == 0)
        return "Unexpected ')'";
    list = split->open[--split->depth];
    split->args[list].n_inside = (uint32_t) (split->n - list - 1);
    split->at++;
    return NULL;
}

/* May this follow an argument without a space? ")" closes; "]<0.5>" ends BODY[HEADER.FIELDS (x)]. */
static gboolean
is_boundary(const Splitter *split)
{
    return *split->at == ' ' || *split->at == ')' || (*split->at == ']' && split->at[-1] == ')') ||
           (*split->at == '(' && split->at[-1] == ')');
}

static ImapFault
split_args(Splitter *split)
{
    ImapFault fault = NULL;
    gboolean has_space = TRUE;

    while (split->at < split->end && fault == NULL) {
        if (split->n == IMAP_MAX_ARGS)
            return "Too many arguments";
        if (!has_space && !is_boundary(split))
            return "Missing space between arguments";
        has_space = FALSE;
        switch (*split->at) {
        case ' ':
            split->at++;
            has_space = TRUE;
            break;
        case '(':
            fault = open_list(split);
            has_space = TRUE;
            break;
        case ')':
            fault = close_list(split);
            break;
        case '"':
            fault = take_quoted(split);
            break;
        case '{':
            fault = take_literal(split);
            break;
        case '~': /* literal8; "~" begins a word, too */
            if (split->at + 1 < split->end && split->at[1] == '{') {
                split->at++;
                fault = take_literal(split);
                break;
            }
            fault = take_word(split);
            break;
        default:
            fault = take_word(split);
            break;
        }
    }
    if (fault == NULL && split->depth > 0)
        fault = "Missing ')'";
    return fault;
}

/* Closes what an unfinished command left open, so that its beginning can be looked at. */
static void
close_all(Splitter *split)
{
    while (split->depth > 0) {
        size_t list = split->open[--split->depth];

        split->args[list].n_inside = (uint32_t) (split->n - list - 1);
    }
}

static SeloStr
take_first_word(Splitter *split, gboolean (*is_valid)(char c))
{
    SeloStr word = { split->at, 0 };

    while (split->at < split->end && is_valid(*split->at))
        split->at++;
    word.len = (size_t) (split->at - word.s);
    return word;
}

ImapFault
imap_parser_split(const ImapParser *parser, gboolean is_whole, ImapArena *arena, ImapLine *out_line)
{
    /* A copy: strings are unquoted in place, and an unfinished command is split more than once. */
    SeloStr copy = imap_arena_str(arena, parser->text, parser->size);
    Splitter split = { .at = (char *) copy.s, .end = (char *) copy.s + copy.len, .arena = arena };
    ImapLine line = { .args.arena = arena };
    ImapFault fault;

    if (split.end - split.at >= 2 && split.end[-1] == '\n' && split.end[-2] == '\r')
        split.end -= 2;
    if (!is_whole)
        split.end = split.at + find_announcement(split.at, (size_t) (split.end - split.at));
    line.tag = take_first_word(&split, is_tag_char);
    if (line.tag.len == 0) {
        *out_line = (ImapLine){ 0 };
        return "Invalid tag";
    }
    if (split.at == split.end || *split.at != ' ') {
        *out_line = line;
        return split.at == split.end ? "Missing command" : "Invalid tag";
    }
    split.at++;
    line.verb = take_first_word(&split, is_word_char);
    *out_line = line;
    if (line.verb.len == 0)
        return "Missing command";
    if (split.at < split.end) {
        if (*split.at != ' ')
            return "Missing space after the command";
        split.at++;
    }
    fault = split_args(&split);
    if (!is_whole && split.depth > 0) {
        close_all(&split);
        out_line->has_open_list = TRUE;
        fault = NULL;
    }
    out_line->args.at = split.args;
    out_line->args.end = split.n > 0 ? split.args + split.n : NULL;
    return fault;
}
