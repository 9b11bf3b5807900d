/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-message-private.h: what the parts of the message parser share: the part table, the reader of
 * Content-Type and Content-Disposition values, charsets.
 */
#pragma once

#include <selo/facts.h>

/* ---- selo-message.c ---- */

typedef enum {
    SELO_CONTENT_TYPE,
    SELO_CONTENT_ENCODING,
    SELO_CONTENT_ID,
    SELO_CONTENT_DESCRIPTION,
    SELO_CONTENT_MD5,
    SELO_CONTENT_DISPOSITION,
    SELO_CONTENT_LANGUAGE,
    SELO_CONTENT_LOCATION,
    SELO_CONTENT_FIELDS
} SeloContentField;

typedef struct {
    SeloStr fields[SELO_FACT_FIELDS]; /* as they stand in the message */
    uint32_t repeated;                /* bit per field: there are more of it in this header */
} SeloEnvelope;

struct SeloPart {
    uint32_t parent, n_children, next_sibling; /* indices; next_sibling 0 = none */
    uint32_t envelope;                         /* index + 1 of the root of a message, else 0 */
    uint32_t body_lines;
    gboolean is_message, is_multipart;
    gboolean is_text; /* no or no usable Content-Type: text/plain (RFC 2045 section 5.2) */
    size_t header_offset, header_size, body_size;
    SeloStr content[SELO_CONTENT_FIELDS]; /* as they stand in the message */
};

struct SeloMessage {
    SeloStr octets;
    GArray *parts;     /* SeloPart; 0 is the message itself, children follow their parent */
    GArray *envelopes; /* SeloEnvelope */
};

/* ---- selo-mime-field.c ---- */

#define SELO_MIME_MAX_PARAMS 64

/* A parameter as joined by RFC 2231; an extended value keeps its charset'language'%XX form and its
 * name ends in "*". */
typedef struct {
    GString *name, *value;
} SeloMimeParam;

/* Skips white space and comments (RFC 5322 section 3.2.2). */
const char *selo_mime_skip_cfws(const char *at, const char *end);
/* A token (RFC 2045 section 5.1) after CFWS; empty if there is none. Moves *at. */
SeloStr selo_mime_token(const char **at, const char *end);
/* "type/subtype" at the start of a value; FALSE: not of that form. *out_rest begins the
 * parameters. */
gboolean selo_mime_type(SeloStr value, SeloStr *out_type, SeloStr *out_subtype, SeloStr *out_rest);
/* Parameters of @rest (";" first), at most SELO_MIME_MAX_PARAMS: SeloMimeParam. */
GArray *selo_mime_params(SeloStr rest);
gboolean selo_str_is(SeloStr text, const char *word); /* any case */

/* ---- selo-charset.c ---- */

/* Appends @octets as UTF-8; what is not of that charset becomes U+FFFD. FALSE: unknown charset,
 * nothing was appended. @charset need not be terminated. */
gboolean selo_charset_append(GString *text, SeloStr charset, const char *octets, size_t size);
/* Content transfer encodings (RFC 2045 section 6); what does not belong is skipped. */
void selo_base64_append(GString *octets, SeloStr encoded);
void selo_quoted_printable_append(GString *octets, SeloStr encoded, gboolean is_header);
