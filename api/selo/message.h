/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/message.h>: messages and addresses, parsed in one pass without copying. Malformed input is
 * not an error: it yields the best reading (RFC 2049 section 2).
 */
#pragma once

#include <selo/plugin.h>

SELO_BEGIN_DECLS

/* ---- MIME structure: offsets into the message, CRLF line ends ---- */

typedef struct SeloMessage SeloMessage; /* a parsed message */
typedef struct SeloPart SeloPart;       /* a MIME part of it */

/* Bounds of selo_message_parse(); beyond them the rest counts as body text. */
#define SELO_MESSAGE_MAX_PARTS  10000
#define SELO_MESSAGE_MAX_DEPTH  100
#define SELO_MESSAGE_MAX_HEADER (16u << 20)

/* @octets must outlive the result. Never fails. */
SeloMessage *selo_message_parse(SeloStr octets);
void selo_message_free(SeloMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloMessage, selo_message_free)

/* The facts of a message in the stored form of <selo/facts.h>: what IMAP and JMAP ask for most, so
 * that a store can keep it beside the message and no later step parses again. */
GBytes *selo_message_facts(SeloMessage *message);

/* ---- header fields ---- */

typedef struct {
    SeloStr name, value; /* value: as it stands, unfolded by the reader if it cares; without final CRLF */
} SeloHeader;
typedef struct {
    SeloStr octets; /* a header block, up to and without its empty line */
    size_t at;
} SeloHeaderIter;
/* Next field of a header block; %FALSE at its end. Fields that have no colon are skipped. */
gboolean selo_header_next(SeloHeaderIter *iter, SeloHeader *out_field);
/* Octets of the header block with its empty line; the whole if there is no empty line. */
size_t selo_header_size(SeloStr octets);
/* First field of this name (any case), or an unset value. */
SeloStr selo_header_find(SeloStr octets, const char *name);
/* A value as text: unfolded, encoded words (RFC 2047) decoded, always valid UTF-8 (transfer full). */
char *selo_header_decode(SeloStr value);

/* ---- addresses ---- */

/* One address of an address list (RFC 5322 section 3.4). A group opens with name set and mailbox
 * NULL host NULL, and closes with all unset, as IMAP's ENVELOPE shows it (RFC 9051 section 7.5.2). */
typedef struct {
    SeloStr name, route, mailbox, host;
} SeloAddress;
typedef void (*SeloAddressFunc)(void *data, const SeloAddress *address);
/* Walks the value of a header field; texts are unquoted and live during @found. At most @max. */
void selo_address_parse(SeloStr value, size_t max, SeloAddressFunc found, void *data);

/* ---- dates ---- */

/* RFC 5322 section 3.3 with the obsolete forms; 0 = not a date. *out_zone: minutes east, may be NULL. */
SeloTime selo_date_parse(SeloStr value, int *out_zone);
/* "Tue, 24 Nov 2026 21:32:58 +0000" into 32 octets at least. */
void selo_date_print(SeloTime time, char *buffer, size_t size);

SELO_END_DECLS
