/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-bodystructure.c: BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2) from stored facts. Depth is
 * bounded by the parser that made them (SELO_MESSAGE_MAX_DEPTH).
 */
#include "config.h"

#include "plugins/imap/imap-fetch.h"

typedef struct {
    ImapOut *out;
    const SeloFacts *facts;
    gboolean is_full, is_utf8;
} Structure;

static void put_part(Structure *structure, uint32_t index);

static void
put_nstring(Structure *structure, SeloStr text)
{
    imap_out_lit(structure->out, " ");
    imap_out_nstring(structure->out, text, structure->is_utf8);
}

static void
put_params(Structure *structure, SeloStrs params)
{
    if (params.n < 2) {
        imap_out_lit(structure->out, " NIL");
        return;
    }
    imap_out_lit(structure->out, " (");
    for (size_t i = 0; i + 1 < params.n; i += 2) {
        if (i > 0)
            imap_out_lit(structure->out, " ");
        imap_out_string(structure->out, params.v[i], structure->is_utf8);
        imap_out_lit(structure->out, " ");
        imap_out_string(structure->out, params.v[i + 1], structure->is_utf8);
    }
    imap_out_lit(structure->out, ")");
}

static void
put_disposition(Structure *structure, const SeloPartFacts *part)
{
    if (part->disposition.s == NULL) {
        imap_out_lit(structure->out, " NIL");
        return;
    }
    imap_out_lit(structure->out, " (");
    imap_out_string(structure->out, part->disposition, structure->is_utf8);
    put_params(structure, part->disposition_params);
    imap_out_lit(structure->out, ")");
}

/* Content-Language: one tag is a string, several are a list (RFC 3282). */
static void
put_language(Structure *structure, SeloStr value)
{
    const char *at = value.s, *end = at + value.len;
    size_t n = 0;

    for (const char *comma = at; comma != NULL && comma < end; comma++)
        n += *comma == ',';
    if (n == 0) {
        put_nstring(structure, value);
        return;
    }
    imap_out_lit(structure->out, " (");
    for (gboolean is_first = TRUE; at < end; at++) {
        const char *start;

        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        start = at;
        while (at < end && *at != ',')
            at++;
        if (at == start)
            continue;
        if (!is_first)
            imap_out_lit(structure->out, " ");
        is_first = FALSE;
        imap_out_string(structure->out, (SeloStr){ start, (size_t) (at - start) },
                        structure->is_utf8);
    }
    imap_out_lit(structure->out, ")");
}

static void
put_extension(Structure *structure, const SeloPartFacts *part)
{
    put_disposition(structure, part);
    put_language(structure, part->language);
    put_nstring(structure, part->location);
}

static gboolean
is_multipart(const SeloPartFacts *part)
{
    return !part->is_message && (part->n_children > 0 || imap_str_is(part->type, "multipart"));
}

static void
put_multipart(Structure *structure, uint32_t index)
{
    uint32_t child = selo_facts_first_child(structure->facts, index);
    const SeloPartFacts *part;

    if (child == 0) /* the grammar wants one */
        imap_out_lit(structure->out,
                     "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)");
    for (; child != 0; child = selo_facts_next_sibling(structure->facts, child))
        put_part(structure, child);
    part = selo_facts_part(structure->facts, index); /* reading the children took its place */
    put_nstring(structure, part->subtype);
    if (!structure->is_full)
        return;
    put_params(structure, part->params);
    put_extension(structure, part);
}

static void
put_leaf(Structure *structure, uint32_t index)
{
    const SeloPartFacts *part = selo_facts_part(structure->facts, index);
    uint32_t child = selo_facts_first_child(structure->facts, index);
    ImapOut *out = structure->out;

    imap_out_string(out, part->type, structure->is_utf8);
    put_nstring(structure, part->subtype);
    put_params(structure, part->params);
    put_nstring(structure, part->id);
    put_nstring(structure, part->description);
    put_nstring(structure, part->encoding.s != NULL ? part->encoding : SELO_STR("7bit"));
    imap_out_lit(out, " ");
    imap_out_u64(out, part->body_size);
    if (part->is_message && child != 0) {
        imap_out_lit(out, " ");
        imap_envelope_put(out, structure->facts, child, structure->is_utf8);
        imap_out_lit(out, " ");
        put_part(structure, child);
        part = selo_facts_part(structure->facts, index);
    }
    if ((part->is_message && child != 0) || imap_str_is(part->type, "text")) {
        imap_out_lit(out, " ");
        imap_out_u64(out, part->body_lines);
    }
    if (!structure->is_full)
        return;
    put_nstring(structure, part->md5);
    put_extension(structure, part);
}

static void
put_part(Structure *structure, uint32_t index)
{
    imap_out_lit(structure->out, "(");
    if (is_multipart(selo_facts_part(structure->facts, index)))
        put_multipart(structure, index);
    else
        put_leaf(structure, index);
    imap_out_lit(structure->out, ")");
}

void
imap_bodystructure_put(ImapOut *out, const SeloFacts *facts, gboolean is_full, gboolean is_utf8)
{
    Structure structure = { out, facts, is_full, is_utf8 };

    put_part(&structure, 0);
}
