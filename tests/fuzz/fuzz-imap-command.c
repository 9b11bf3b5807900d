/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-imap-command.c: one IMAP command from its octets through the table's parse functions, as the
 * reader feeds them: lines, and literals where a line announces one. It is parsed as for an IMAP4rev1
 * and for an IMAP4rev2 client.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-session.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

#define LIMIT 65536

/* Lines and literals up to the command's end, however the input is cut off. */
static void
collect(ImapParser *parser, const char *at, const char *end)
{
    gboolean has_literal = TRUE;

    while (has_literal && at < end) {
        const char *lf = memchr(at, '\n', (size_t) (end - at));
        SeloStr line = { at, (size_t) ((lf != NULL ? lf : end) - at) };
        ImapLiteral literal = { 0 };

        if (line.len > 0 && line.s[line.len - 1] == '\r')
            line.len--;
        at = lf != NULL ? lf + 1 : end;
        has_literal = imap_parse_literal(line, &literal);
        if (!imap_parser_add(parser, line.s, line.len, LIMIT) ||
            !imap_parser_add(parser, "\r\n", 2, LIMIT))
            return;
        if (!has_literal)
            return;
        literal.size = MIN(literal.size, (uint64_t) (end - at));
        if (!imap_parser_add(parser, at, literal.size, LIMIT))
            return;
        at += literal.size;
    }
}

static void
parse(const ImapParser *parser, gboolean is_utf8)
{
    ImapArena arena = { 0 };
    ImapLine line;
    SeloStr name;
    const ImapVerb *verb;
    void *request = NULL;

    if (imap_parser_split(parser, TRUE, &arena, &line) == NULL) {
        name = line.verb;
        line.args.is_utf8 = is_utf8;
        line.args.is_uid = imap_str_is(name, "UID") && imap_args_take_atom(&line.args, &name);
        verb = imap_verb_find(name);
        if (verb != NULL && verb->takes_blob != NULL) {
            ImapArgs args = line.args;

            verb->takes_blob(&args);
        }
        if (verb != NULL && verb->parse != NULL && verb->parse(&line.args, &request) == NULL)
            imap_args_end(&line.args);
    }
    imap_arena_clear(&arena);
    imap_parser_split(parser, FALSE, &arena, &line);
    imap_arena_clear(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    ImapParser parser = { 0 };

    collect(&parser, (const char *) octets, (const char *) octets + size);
    parse(&parser, FALSE);
    parse(&parser, TRUE);
    imap_parser_clear(&parser);
    return 0;
}
