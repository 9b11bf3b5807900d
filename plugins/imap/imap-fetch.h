/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-fetch.h: what FETCH is asked for, and how one message answers. imap-fetch-parse.c reads the
 * items, imap-fetch-attributes.c answers those that are facts, imap-fetch-section.c those that are
 * octets of the message; imap-cmd-fetch.c runs over the messages.
 */
#pragma once

#include <selo/facts.h>
#include <selo/message.h>
#include <selo/store.h>
#include <stdbool.h>

#include "plugins/imap/imap-response.h"
#include "plugins/imap/imap-sequence-set.h"

typedef enum {
    IMAP_FETCH_UID,
    IMAP_FETCH_FLAGS,
    IMAP_FETCH_INTERNALDATE,
    IMAP_FETCH_SIZE,
    IMAP_FETCH_ENVELOPE,
    IMAP_FETCH_STRUCTURE, /* BODY without a section */
    IMAP_FETCH_STRUCTURE_FULL,
    IMAP_FETCH_SECTION, /* BODY[...], RFC822... */
    IMAP_FETCH_BINARY,
    IMAP_FETCH_BINARY_SIZE
} ImapFetchKind;

typedef enum {
    IMAP_SECTION_ALL, /* "[]", "[1.2]" */
    IMAP_SECTION_HEADER,
    IMAP_SECTION_FIELDS,
    IMAP_SECTION_FIELDS_NOT,
    IMAP_SECTION_TEXT,
    IMAP_SECTION_MIME
} ImapSectionKind;

#define IMAP_FETCH_MAX_ITEMS 200
#define IMAP_FETCH_MAX_DEPTH 100 /* numbers of a section */

typedef struct {
    uint32_t kind, section; /* ImapFetchKind, ImapSectionKind */
    const uint32_t *path;
    size_t path_len;
    const SeloStr *fields;
    size_t n_fields;
    SeloStr label; /* as the response names it, without "<...>" */
    uint64_t offset, size;
    bool has_partial;
} ImapFetchItem;

typedef struct {
    ImapSet set;
    ImapFetchItem *items;
    size_t n_items;
    uint32_t fields; /* SELO_MSG_* that the items need */
    bool sets_seen;  /* an item without .PEEK */
} ImapFetchRequest;

/* imap-fetch-parse.c: one item or a list of them; macros (ALL, FAST, FULL) only alone. */
ImapFault imap_fetch_parse_items(ImapArgs *args, ImapFetchRequest *request);

/* One message while its response is made. */
typedef struct {
    const SeloMsg *msg; /* NULL: all that is asked for is in the view */
    SeloFacts *facts;   /* NULL: not needed, or none */
    uint32_t seq, uid, flags;
    uint64_t keywords;
    SeloStrs keyword_names;
    bool is_utf8;     /* RFC 9051: 8-bit texts may be quoted */
    bool has_bad_cte; /* BINARY of an encoding nobody knows: told by the tagged reply */
} ImapFetchMessage;

/* imap-fetch-attributes.c: the whole "* n FETCH (...)". */
void imap_fetch_put_message(ImapOut *out, ImapFetchMessage *message, const ImapFetchItem *items,
                            size_t n_items);
/* "BODY[TEXT]<0> " */
void imap_fetch_put_label(ImapOut *out, const ImapFetchItem *item);
/* imap-fetch-section.c: label and octets. */
void imap_fetch_put_section(ImapOut *out, ImapFetchMessage *message, const ImapFetchItem *item);
/* The part that a path leads to (RFC 9051 section 6.4.5.1); FALSE: there is none. */
gboolean imap_fetch_find_part(const SeloFacts *facts, const uint32_t *path, size_t path_len,
                              uint32_t *out_index);
/* imap-fetch-binary.c: a part without its transfer encoding. */
void imap_fetch_put_binary(ImapOut *out, ImapFetchMessage *message, const ImapFetchItem *item);
/* Of a body of this encoding into @into; FALSE: an unknown encoding. */
gboolean imap_fetch_decode(const SeloBlob *blob, uint64_t offset, uint64_t size, SeloStr encoding,
                           SeloBlobWriter *into);
/* "<offset.size>" of @total octets. */
void imap_fetch_clip(const ImapFetchItem *item, uint64_t *offset, uint64_t *size);

/* imap-envelope.c, imap-bodystructure.c */
void imap_envelope_put(ImapOut *out, const SeloFacts *facts, uint32_t part, gboolean is_utf8);
void imap_bodystructure_put(ImapOut *out, const SeloFacts *facts, gboolean is_full,
                            gboolean is_utf8);
