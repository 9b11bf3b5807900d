/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-response.h: builds responses: a small buffer before the stream, and the string forms of RFC 9051
 * section 9 (atom, quoted, literal). Printf formats stay out of it: responses of 100,000 messages are
 * made of digits and constant words.
 */
#pragma once

#include <selo/stream.h>

#include "plugins/imap/imap-arguments.h"

#define IMAP_DIGITS_MAX 20
/* Decimal digits of @number, no NUL; returns how many. */
size_t imap_print_u64(char *buffer, uint64_t number);

/* Collects octets until there is enough for one write. */
typedef struct {
    SeloStream *stream; /* NULL: @text keeps all (tests; parts that are needed twice) */
    GString *text;
} ImapOut;

/* From here on: flush when @text exceeds this. */
#define IMAP_OUT_FLUSH 16384

void imap_out_flush(ImapOut *out);
void imap_out_octets(ImapOut *out, const char *octets, size_t size);
#define imap_out_lit(out, constant) imap_out_octets((out), ("" constant), sizeof(constant) - 1)
void imap_out_text(ImapOut *out, const char *text);
void imap_out_u64(ImapOut *out, uint64_t number);
/* Part of a message; in memory only when there is no stream. */
void imap_out_blob(ImapOut *out, const SeloBlob *blob, uint64_t offset, uint64_t size);
/* Unset is NIL; quoted where that is possible, else a literal. 8-bit octets are quoted only if
 * @is_utf8 (RFC 9051 section 4.3: after ENABLE IMAP4rev2) and valid. */
void imap_out_nstring(ImapOut *out, SeloStr text, gboolean is_utf8);
/* The same, never NIL. */
void imap_out_string(ImapOut *out, SeloStr text, gboolean is_utf8);
/* Bare where possible. */
void imap_out_astring(ImapOut *out, SeloStr text, gboolean is_utf8);
/* A mailbox name in its wire form. */
void imap_out_mailbox(ImapOut *out, SeloStr name, gboolean is_utf8);
/* Flags with a leading "(" and ")": system flags, then keywords of @names by the bits of @keywords. */
void imap_out_flags(ImapOut *out, uint32_t flags, uint64_t keywords, SeloStrs names);
/* "17-Jul-1996 02:44:25 -0700" in quotes, in UTC. */
void imap_out_date_time(ImapOut *out, SeloTime time);

/* A date-time of APPEND; FALSE: not one. */
gboolean imap_parse_date_time(SeloStr text, SeloTime *out_time);
/* A date of SEARCH ("1-Feb-1994"): its midnight as if in UTC. */
gboolean imap_parse_date(SeloStr text, SeloTime *out_time);
