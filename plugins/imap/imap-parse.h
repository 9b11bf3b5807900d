/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-parse.h: from lines and literals to one command: tag, verb, arguments. Pure and incremental: it
 * is fed, it never reads; it knows no command. What a client may make it hold is bounded.
 */
#pragma once

#include "plugins/imap/imap-arguments.h"

#define IMAP_MAX_LINE     65536 /* RFC 2683 section 3.2.1.5 asks for 8000 at least */
#define IMAP_MAX_DEPTH    50    /* lists in lists; SEARCH programs need some */
#define IMAP_MAX_ARGS     50000 /* of one command */
#define IMAP_MAX_LITERALS 1000

/* What a line's end announces: "{5}", "{5+}", "~{5}" (RFC 9051 section 4.3, RFC 7888). */
typedef struct {
    uint64_t size;
    gboolean is_sync;   /* the client waits for a continuation */
    gboolean is_binary; /* literal8: may hold NUL */
} ImapLiteral;
/* TRUE: the line ends in a literal's announcement. */
gboolean imap_parse_literal(SeloStr line, ImapLiteral *out_literal);

typedef struct {
    char *text; /* lines with their CRLF and literals, as received */
    size_t size, room;
    uint32_t n_literals;
} ImapParser;

/* @limit: octets of the whole command. FALSE: it would be more; nothing was added. */
gboolean imap_parser_add(ImapParser *parser, const void *octets, size_t size, size_t limit);
/* The literal announced last goes elsewhere: the text is as if it were not there. */
void imap_parser_drop_announced(ImapParser *parser);
void imap_parser_clear(ImapParser *parser);

typedef struct {
    SeloStr tag;  /* unset if there is none that can be answered to */
    SeloStr verb; /* as sent */
    ImapArgs args;
    gboolean has_open_list; /* the literal that is to come stands in a list */
} ImapLine;
/* Splits what was added, as often as wanted. @is_whole FALSE: the last line announces a literal that
 * has not come; it is left out, and lists still open count as closed. The result lives in @arena.
 * NULL, or what is wrong; @out_line then has what could be read. */
ImapFault imap_parser_split(const ImapParser *parser, gboolean is_whole, ImapArena *arena,
                            ImapLine *out_line);
