/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-fetch-section.c: BODY[...] (RFC 9051 section 6.4.5.1). Sections are runs of the message's octets
 * and go from the blob to the peer without passing here; only HEADER.FIELDS is put together.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-fetch.h"

/* A header that is read to pick fields from it. */
#define MAX_HEADER SELO_MESSAGE_MAX_HEADER

typedef struct {
    const SeloBlob *blob;
    uint64_t offset, size; /* in the blob */
} Span;

static gboolean
is_multipart(const SeloFacts *facts, uint32_t index)
{
    const SeloPartFacts *part = selo_facts_part(facts, index);

    return !part->is_message && (part->n_children > 0 || imap_str_is(part->type, "multipart"));
}

static gboolean
find_child(const SeloFacts *facts, uint32_t *index, uint32_t number)
{
    uint32_t child = selo_facts_first_child(facts, *index);

    while (child != 0 && --number > 0)
        child = selo_facts_next_sibling(facts, child);
    *index = child;
    return child != 0;
}

gboolean
imap_fetch_find_part(const SeloFacts *facts, const uint32_t *path, size_t path_len,
                     uint32_t *out_index)
{
    uint32_t index = 0;

    for (size_t i = 0; i < path_len; i++) {
        if (i > 0 && selo_facts_part(facts, index)->is_message) {
            /* The numbers go on inside; a message that is one part has it as part 1. */
            index = selo_facts_first_child(facts, index);
            if (index == 0)
                return FALSE;
            if (!is_multipart(facts, index)) {
                if (path[i] != 1)
                    return FALSE;
                continue;
            }
        } else if (i == 0 && !is_multipart(facts, index)) {
            if (path[i] != 1)
                return FALSE;
            continue;
        }
        if (!is_multipart(facts, index) || !find_child(facts, &index, path[i]))
            return FALSE;
    }
    *out_index = index;
    return TRUE;
}

/* Header with its empty line, as RFC 9051 wants it. */
static Span
header_span(const SeloBlob *blob, const SeloPartFacts *part)
{
    return (Span){ blob, part->header_offset, part->body_offset - part->header_offset };
}

/* The octets of a section of a part; FALSE: there is no such thing. */
static gboolean
find_in_part(const ImapFetchMessage *message, const ImapFetchItem *item, Span *out_span)
{
    const SeloBlob *blob = &message->msg->body;
    const SeloPartFacts *part;
    uint32_t index;

    if (message->facts == NULL ||
        !imap_fetch_find_part(message->facts, item->path, item->path_len, &index))
        return FALSE;
    part = selo_facts_part(message->facts, index);
    switch ((ImapSectionKind) item->section) {
    case IMAP_SECTION_ALL:
        *out_span = (Span){ blob, part->body_offset, part->body_size };
        return TRUE;
    case IMAP_SECTION_MIME:
        *out_span = header_span(blob, part);
        return TRUE;
    case IMAP_SECTION_HEADER:
    case IMAP_SECTION_FIELDS:
    case IMAP_SECTION_FIELDS_NOT:
    case IMAP_SECTION_TEXT:
        break;
    }
    if (item->path_len > 0) { /* of the message inside a message/rfc822 part only */
        if (!part->is_message || (index = selo_facts_first_child(message->facts, index)) == 0)
            return FALSE;
        part = selo_facts_part(message->facts, index);
    }
    *out_span = item->section == IMAP_SECTION_TEXT
                    ? (Span){ blob, part->body_offset, part->body_size }
                    : header_span(blob, part);
    return TRUE;
}

static gboolean
find_span(const ImapFetchMessage *message, const ImapFetchItem *item, Span *out_span)
{
    if (item->path_len == 0 && item->section == IMAP_SECTION_ALL)
        *out_span = (Span){ &message->msg->body, 0, message->msg->body.size };
    else if (item->path_len == 0 && item->section != IMAP_SECTION_TEXT)
        *out_span = (Span){ &message->msg->header, 0, message->msg->header.size };
    else if (!find_in_part(message, item, out_span))
        return FALSE;
    /* Facts that do not fit the message: never past its end. */
    out_span->offset = MIN(out_span->offset, out_span->blob->size);
    out_span->size = MIN(out_span->size, out_span->blob->size - out_span->offset);
    return TRUE;
}

void
imap_fetch_clip(const ImapFetchItem *item, uint64_t *offset, uint64_t *size)
{
    uint64_t skipped;

    if (!item->has_partial)
        return;
    skipped = MIN(item->offset, *size);
    *offset += skipped;
    *size = MIN(item->size, *size - skipped);
}

static gboolean
is_listed(const ImapFetchItem *item, SeloStr name)
{
    for (size_t i = 0; i < item->n_fields; i++)
        if (item->fields[i].len == name.len &&
            g_ascii_strncasecmp(item->fields[i].s, name.s, name.len) == 0)
            return TRUE;
    return FALSE;
}

/* The fields asked for, or all others, and an empty line. */
static void
pick_fields(const ImapFetchItem *item, SeloStr header, GString *picked)
{
    SeloHeaderIter iter = { header, 0 };
    SeloHeader field;

    while (selo_header_next(&iter, &field)) {
        if (is_listed(item, field.name) != (item->section == IMAP_SECTION_FIELDS))
            continue;
        g_string_append_len(picked, field.name.s, field.value.s + field.value.len - field.name.s);
        g_string_append(picked, "\r\n");
    }
    g_string_append(picked, "\r\n");
}

static void
put_fields(ImapOut *out, const ImapFetchItem *item, const Span *span)
{
    size_t size = MIN(span->size, MAX_HEADER);
    g_autofree char *octets = g_malloc(size + 1);
    g_autoptr(GString) picked = g_string_new(NULL);
    int64_t got = size > 0 ? selo_blob_read(span->blob, span->offset, octets, size) : 0;
    SeloStr header = { octets, got > 0 ? (size_t) got : 0 };
    uint64_t offset = 0, n;

    octets[header.len] = '\0';
    header.len = MIN(header.len, selo_header_size(header));
    pick_fields(item, header, picked);
    n = picked->len;
    imap_fetch_clip(item, &offset, &n);
    imap_out_lit(out, "{");
    imap_out_u64(out, n);
    imap_out_lit(out, "}\r\n");
    imap_out_octets(out, picked->str + offset, n);
}

void
imap_fetch_put_section(ImapOut *out, ImapFetchMessage *message, const ImapFetchItem *item)
{
    Span span;

    imap_fetch_put_label(out, item);
    if (!find_span(message, item, &span)) {
        imap_out_lit(out, "NIL");
        return;
    }
    if (item->n_fields > 0) {
        put_fields(out, item, &span);
        return;
    }
    imap_fetch_clip(item, &span.offset, &span.size);
    imap_out_lit(out, "{");
    imap_out_u64(out, span.size);
    imap_out_lit(out, "}\r\n");
    imap_out_blob(out, span.blob, span.offset, span.size);
}
