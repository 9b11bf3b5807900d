/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-facts.c: reads the stored form of selo-facts-private.h in place. The octets come from a
 * store and may be damaged: records are checked once when the reader is made, texts each time they
 * are read, and what points outside reads as unset.
 */
#include "config.h"

#include <selo/facts.h>
#include <string.h>

#include "api/lib/selo-facts-private.h"
#include "api/lib/selo-message-private.h"

struct SeloFacts {
    SeloStr octets;
    uint32_t n_parts;
    SeloPartFacts part; /* what selo_facts_part() gave last */
    SeloStr params[2][2 * SELO_MIME_MAX_PARAMS];
};

static uint32_t
get32(const SeloFacts *facts, size_t at)
{
    uint32_t number;

    memcpy(&number, facts->octets.s + at, sizeof number);
    return GUINT32_FROM_LE(number);
}

static uint64_t
get64(const SeloFacts *facts, size_t at)
{
    uint64_t number;

    memcpy(&number, facts->octets.s + at, sizeof number);
    return GUINT64_FROM_LE(number);
}

static size_t
record_at(uint32_t index)
{
    return SELO_FACTS_HEADER_SIZE + (size_t) index * SELO_FACTS_PART_SIZE;
}

/* FALSE: damaged. */
static gboolean
read_varint(const SeloFacts *facts, size_t *at, uint64_t *out_number)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 64 && *at < facts->octets.len; shift += 7) {
        uint8_t octet = (uint8_t) facts->octets.s[(*at)++];

        number |= (uint64_t) (octet & 0x7f) << shift;
        if ((octet & 0x80) == 0) {
            *out_number = number;
            return TRUE;
        }
    }
    return FALSE;
}

/* The text at *at, moved behind it; damage reads as unset and moves to the end. */
static SeloStr
read_text(const SeloFacts *facts, size_t *at)
{
    uint64_t length;
    SeloStr text;

    if (!read_varint(facts, at, &length) || length > facts->octets.len - *at) {
        *at = facts->octets.len;
        return (SeloStr){ NULL, 0 };
    }
    if (length == 0)
        return (SeloStr){ NULL, 0 };
    text = (SeloStr){ facts->octets.s + *at, (size_t) length - 1 };
    *at += (size_t) length;
    return text;
}

/* Children follow their parent and siblings ascend, so that a walk over the tree always ends. */
static gboolean
is_sound(const SeloFacts *facts, uint32_t index)
{
    size_t at = record_at(index);
    uint32_t sibling = get32(facts, at + SELO_FACTS_AT_NEXT_SIBLING);
    uint32_t parent = get32(facts, at + SELO_FACTS_AT_PARENT);
    uint32_t n_children = get32(facts, at + SELO_FACTS_AT_N_CHILDREN);

    return (index == 0 ? parent == 0 : parent < index) &&
           (sibling == 0 || (sibling > index && sibling < facts->n_parts)) &&
           n_children < facts->n_parts - index &&
           get32(facts, at + SELO_FACTS_AT_TEXTS) < facts->octets.len &&
           get32(facts, at + SELO_FACTS_AT_ENVELOPE) < facts->octets.len;
}

SeloFacts *
selo_facts_read(SeloStr octets)
{
    SeloFacts read = { .octets = octets }, *facts;

    if (octets.s == NULL || octets.len < SELO_FACTS_HEADER_SIZE + SELO_FACTS_PART_SIZE ||
        memcmp(octets.s, "SF", 2) != 0 || octets.s[2] != SELO_FACTS_VERSION)
        return NULL;
    read.n_parts = get32(&read, 4);
    if (get32(&read, 8) != octets.len || read.n_parts == 0 ||
        read.n_parts > (octets.len - SELO_FACTS_HEADER_SIZE) / SELO_FACTS_PART_SIZE)
        return NULL;
    for (uint32_t i = 0; i < read.n_parts; i++) {
        if (!is_sound(&read, i))
            return NULL;
    }
    facts = g_malloc(sizeof *facts); /* the parameter lists are filled when a part is asked for */
    facts->octets = read.octets;
    facts->n_parts = read.n_parts;
    return facts;
}

void
selo_facts_free(SeloFacts *facts)
{
    g_free(facts);
}

uint32_t
selo_facts_n_parts(const SeloFacts *facts)
{
    return facts->n_parts;
}

static SeloStrs
read_params(const SeloFacts *facts, size_t *at, SeloStr *params)
{
    uint64_t n;

    if (!read_varint(facts, at, &n) || n > SELO_MIME_MAX_PARAMS)
        return (SeloStrs){ NULL, 0 };
    for (uint64_t i = 0; i < 2 * n; i++)
        params[i] = read_text(facts, at);
    return (SeloStrs){ params, (size_t) (2 * n) };
}

const SeloPartFacts *
selo_facts_part(const SeloFacts *const_facts, uint32_t index)
{
    SeloFacts *facts = (SeloFacts *) const_facts; /* part and params are a cache */
    SeloPartFacts *part = &facts->part;
    size_t record = record_at(index), at;
    SeloStr *const texts[SELO_FACTS_TEXTS] = {
        &part->type, &part->subtype,     &part->id,       &part->description, &part->encoding,
        &part->md5,  &part->disposition, &part->language, &part->location
    };

    g_return_val_if_fail(index < facts->n_parts, NULL);
    at = get32(facts, record + SELO_FACTS_AT_TEXTS);
    part->parent = get32(facts, record + SELO_FACTS_AT_PARENT);
    part->n_children = get32(facts, record + SELO_FACTS_AT_N_CHILDREN);
    part->header_offset = get64(facts, record + SELO_FACTS_AT_HEADER_OFFSET);
    part->header_size = get32(facts, record + SELO_FACTS_AT_HEADER_SIZE);
    part->body_offset = part->header_offset + part->header_size;
    part->body_size = get64(facts, record + SELO_FACTS_AT_BODY_SIZE);
    part->body_lines = get32(facts, record + SELO_FACTS_AT_BODY_LINES);
    part->is_message = get32(facts, record + SELO_FACTS_AT_IS_MESSAGE);
    for (size_t i = 0; i < SELO_FACTS_TEXTS; i++)
        *texts[i] = read_text(facts, &at);
    part->params = read_params(facts, &at, facts->params[0]);
    part->disposition_params = read_params(facts, &at, facts->params[1]);
    return part;
}

uint32_t
selo_facts_first_child(const SeloFacts *facts, uint32_t index)
{
    g_return_val_if_fail(index < facts->n_parts, 0);
    return get32(facts, record_at(index) + SELO_FACTS_AT_N_CHILDREN) > 0 ? index + 1 : 0;
}

uint32_t
selo_facts_next_sibling(const SeloFacts *facts, uint32_t index)
{
    g_return_val_if_fail(index < facts->n_parts, 0);
    return get32(facts, record_at(index) + SELO_FACTS_AT_NEXT_SIBLING);
}

SeloStr
selo_facts_part_field(const SeloFacts *facts, uint32_t index, SeloFactField field)
{
    SeloStr text = { NULL, 0 };
    size_t at;

    g_return_val_if_fail(index < facts->n_parts && field < SELO_FACT_FIELDS, text);
    at = get32(facts, record_at(index) + SELO_FACTS_AT_ENVELOPE);
    for (uint32_t i = 0; at > 0 && i <= field; i++)
        text = read_text(facts, &at);
    return text;
}

SeloStr
selo_facts_field(const SeloFacts *facts, SeloFactField field)
{
    return selo_facts_part_field(facts, 0, field);
}
