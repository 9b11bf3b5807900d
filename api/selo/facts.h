/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/facts.h>: what is known of a message without reading it again: envelope, MIME tree, offsets.
 * One flat run of octets, versioned, made by selo_message_facts(), kept by stores as they like and
 * read in place.
 */
#pragma once

#include <selo/message.h>

SELO_BEGIN_DECLS

typedef struct SeloFacts SeloFacts; /* a reader over the octets, no copy */

#define SELO_FACTS_VERSION 1

/* NULL: other version or damaged; the message has to be parsed again. @octets must outlive it. */
SeloFacts *selo_facts_read(SeloStr octets);
void selo_facts_free(SeloFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloFacts, selo_facts_free)

/* Header fields of the envelope, as they stand, unfolded; unset if absent. */
typedef enum {
    SELO_FACT_DATE,
    SELO_FACT_SUBJECT,
    SELO_FACT_FROM,
    SELO_FACT_SENDER,
    SELO_FACT_REPLY_TO,
    SELO_FACT_TO,
    SELO_FACT_CC,
    SELO_FACT_BCC,
    SELO_FACT_IN_REPLY_TO,
    SELO_FACT_MESSAGE_ID,
    SELO_FACT_REFERENCES,
    SELO_FACT_FIELDS /* count */
} SeloFactField;
SeloStr selo_facts_field(const SeloFacts *facts, SeloFactField field);

/* A MIME part. Index 0 is the message itself; children follow their parent. */
typedef struct {
    uint32_t parent;                 /* index, own index for 0 */
    uint32_t n_children;             /* of a multipart; 1 for message/rfc822: the message inside */
    uint64_t header_offset, header_size, body_offset, body_size; /* octets of the message, CRLF */
    uint32_t body_lines, is_message; /* is_message: message/rfc822 or message/global; its child is the
                                        root of the message inside, whose header is an envelope */
    SeloStr type, subtype, id, description, encoding, md5, disposition, language, location;
    SeloStrs params, disposition_params; /* name, value, name, value ... (RFC 2231 joined) */
} SeloPartFacts;
uint32_t selo_facts_n_parts(const SeloFacts *facts);
/* Valid until the next call on @facts. */
const SeloPartFacts *selo_facts_part(const SeloFacts *facts, uint32_t index);
/* First child, then next sibling; 0 = none. */
uint32_t selo_facts_first_child(const SeloFacts *facts, uint32_t index);
uint32_t selo_facts_next_sibling(const SeloFacts *facts, uint32_t index);
/* Envelope field of the message inside a message/rfc822 part (index of its child), or of the whole (0). */
SeloStr selo_facts_part_field(const SeloFacts *facts, uint32_t index, SeloFactField field);

SELO_END_DECLS
