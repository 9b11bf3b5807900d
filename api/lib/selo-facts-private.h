/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-facts-private.h: the stored form of facts, version 1. Numbers are little-endian.
 *
 *   header   magic "SF", version, reserved: an octet each; u32 number of parts; u32 size of all
 *   parts    one record of SELO_FACTS_PART_SIZE octets each
 *   texts    runs of texts that part records point to. A text is its length + 1 as a varint
 *            (0 = unset), its octets and a NUL. Of a part: SELO_FACTS_TEXTS texts in the order of
 *            SeloPartFacts, then number and texts of both parameter lists. Envelope:
 *            SELO_FACT_FIELDS texts
 */
#pragma once

#define SELO_FACTS_HEADER_SIZE 12
#define SELO_FACTS_PART_SIZE   48
#define SELO_FACTS_TEXTS \
    9 /* type subtype id description encoding md5 disposition language location */

enum { /* octet offsets in a part record */
       SELO_FACTS_AT_PARENT = 0,
       SELO_FACTS_AT_N_CHILDREN = 4,
       SELO_FACTS_AT_NEXT_SIBLING = 8,
       SELO_FACTS_AT_BODY_LINES = 12,
       SELO_FACTS_AT_HEADER_OFFSET = 16, /* u64 */
       SELO_FACTS_AT_BODY_SIZE = 24,     /* u64 */
       SELO_FACTS_AT_HEADER_SIZE = 32,
       SELO_FACTS_AT_TEXTS = 36,    /* from the start of the facts */
       SELO_FACTS_AT_ENVELOPE = 40, /* the same; 0 = not the root of a message */
       SELO_FACTS_AT_IS_MESSAGE = 44
};
