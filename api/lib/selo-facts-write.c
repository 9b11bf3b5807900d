/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-facts-write.c: a parsed message into the stored form of selo-facts-private.h. Values are
 * unfolded here and parameters joined, so that readers render them as they are.
 */
#include "config.h"

#include <selo/facts.h>
#include <string.h>

#include "api/lib/selo-facts-private.h"
#include "api/lib/selo-message-private.h"

/* Of one envelope field; a longer one is cut at this many octets. */
#define MAX_FIELD (256u << 10)

static void
put32(GByteArray *facts, guint at, uint32_t number)
{
    uint32_t stored = GUINT32_TO_LE(number);

    memcpy(facts->data + at, &stored, sizeof stored);
}

static void
put64(GByteArray *facts, guint at, uint64_t number)
{
    uint64_t stored = GUINT64_TO_LE(number);

    memcpy(facts->data + at, &stored, sizeof stored);
}

static void
append_varint(GByteArray *facts, uint64_t number)
{
    uint8_t octets[10];
    guint n = 0;

    for (; number >= 0x80; number >>= 7)
        octets[n++] = (uint8_t) (number | 0x80);
    octets[n++] = (uint8_t) number;
    g_byte_array_append(facts, octets, n);
}

static void
append_text(GByteArray *facts, SeloStr text)
{
    append_varint(facts, text.s != NULL ? text.len + 1 : 0);
    if (text.s == NULL)
        return;
    g_byte_array_append(facts, (const guint8 *) text.s, (guint) text.len);
    g_byte_array_append(facts, (const guint8 *) "", 1);
}

/* A value without CR, LF and NUL; blanks at its end fall away. */
static void
append_unfolded(GString *line, SeloStr value)
{
    const char *at = value.s, *end = at + MIN(value.len, MAX_FIELD);

    while (at < end) {
        const char *stop = at;

        while (stop < end && *stop != '\r' && *stop != '\n' && *stop != '\0')
            stop++;
        g_string_append_len(line, at, stop - at);
        for (at = stop; at < end && (*at == '\r' || *at == '\n' || *at == '\0');)
            at++;
    }
    while (line->len > 0 && (line->str[line->len - 1] == ' ' || line->str[line->len - 1] == '\t'))
        g_string_truncate(line, line->len - 1);
}

static void
append_value(GByteArray *facts, SeloStr value)
{
    g_autoptr(GString) line = NULL;

    if (value.s == NULL || (value.len < MAX_FIELD && memchr(value.s, '\n', value.len) == NULL &&
                            memchr(value.s, '\0', value.len) == NULL)) {
        append_text(facts, value);
        return;
    }
    line = g_string_sized_new(value.len);
    append_unfolded(line, value);
    append_text(facts, (SeloStr){ line->str, line->len });
}

/* An encoding or a disposition: the word without comments. */
static void
append_token(GByteArray *facts, SeloStr value)
{
    const char *at = value.s;
    SeloStr token = { NULL, 0 };

    if (value.s != NULL)
        token = selo_mime_token(&at, value.s + value.len);
    append_text(facts, token.len > 0 ? token : (SeloStr){ NULL, 0 });
}

static void
append_params(GByteArray *facts, SeloStr rest)
{
    g_autoptr(GArray) params = selo_mime_params(rest);

    append_varint(facts, params->len);
    for (guint i = 0; i < params->len; i++) {
        const SeloMimeParam *param = &g_array_index(params, SeloMimeParam, i);

        append_text(facts, (SeloStr){ param->name->str, param->name->len });
        append_text(facts, (SeloStr){ param->value->str, param->value->len });
    }
}

static void
append_default_params(GByteArray *facts, gboolean is_text)
{
    append_varint(facts, is_text ? 1 : 0);
    if (is_text) { /* RFC 2045 section 5.2 */
        append_text(facts, SELO_STR("charset"));
        append_text(facts, SELO_STR("us-ascii"));
    }
}

static void
append_part_texts(GByteArray *facts, const SeloPart *part)
{
    SeloStr type, subtype, rest = { "", 0 }, disposition = part->content[SELO_CONTENT_DISPOSITION];
    gboolean is_declared =
        !part->is_text && selo_mime_type(part->content[SELO_CONTENT_TYPE], &type, &subtype, &rest);

    if (!is_declared) {
        type = part->is_text ? SELO_STR("text") : SELO_STR("message");
        subtype = part->is_text ? SELO_STR("plain") : SELO_STR("rfc822");
    }
    append_text(facts, type);
    append_text(facts, subtype);
    append_value(facts, part->content[SELO_CONTENT_ID]);
    append_value(facts, part->content[SELO_CONTENT_DESCRIPTION]);
    append_token(facts, part->content[SELO_CONTENT_ENCODING]);
    append_value(facts, part->content[SELO_CONTENT_MD5]);
    append_token(facts, disposition);
    append_value(facts, part->content[SELO_CONTENT_LANGUAGE]);
    append_value(facts, part->content[SELO_CONTENT_LOCATION]);
    if (is_declared)
        append_params(facts, rest);
    else
        append_default_params(facts, part->is_text);
    append_params(facts, disposition.s != NULL ? disposition : SELO_STR(""));
}

/* Several fields of one name, which RFC 5322 section 3.6 forbids: lists of addresses are joined, of
 * others the first counts. */
static void
append_repeated(GByteArray *facts, SeloStr header, const char *name)
{
    g_autoptr(GString) line = g_string_new(NULL);
    SeloHeaderIter iter = { header, 0 };
    SeloHeader field;

    while (line->len < MAX_FIELD && selo_header_next(&iter, &field)) {
        if (!selo_str_is(field.name, name))
            continue;
        if (line->len > 0)
            g_string_append(line, ", ");
        append_unfolded(line, field.value);
    }
    append_text(facts, (SeloStr){ line->str, line->len });
}

static void
append_envelope(GByteArray *facts, const SeloEnvelope *envelope, SeloStr header)
{
    static const char *const joined[SELO_FACT_FIELDS] = {
        [SELO_FACT_FROM] = "From", [SELO_FACT_REPLY_TO] = "Reply-To", [SELO_FACT_TO] = "To",
        [SELO_FACT_CC] = "Cc",     [SELO_FACT_BCC] = "Bcc",
    };

    for (uint32_t i = 0; i < SELO_FACT_FIELDS; i++) {
        if ((envelope->repeated & 1u << i) != 0 && joined[i] != NULL)
            append_repeated(facts, header, joined[i]);
        else
            append_value(facts, envelope->fields[i]);
    }
}

static void
write_part(GByteArray *facts, const SeloMessage *message, guint index)
{
    const SeloPart *part = &g_array_index(message->parts, SeloPart, index);
    guint at = SELO_FACTS_HEADER_SIZE + index * SELO_FACTS_PART_SIZE;
    SeloStr header = { message->octets.s + part->header_offset, part->header_size };

    put32(facts, at + SELO_FACTS_AT_PARENT, part->parent);
    put32(facts, at + SELO_FACTS_AT_N_CHILDREN, part->n_children);
    put32(facts, at + SELO_FACTS_AT_NEXT_SIBLING, part->next_sibling);
    put32(facts, at + SELO_FACTS_AT_BODY_LINES, part->body_lines);
    put64(facts, at + SELO_FACTS_AT_HEADER_OFFSET, part->header_offset);
    put64(facts, at + SELO_FACTS_AT_BODY_SIZE, part->body_size);
    put32(facts, at + SELO_FACTS_AT_HEADER_SIZE, (uint32_t) part->header_size);
    put32(facts, at + SELO_FACTS_AT_IS_MESSAGE, (uint32_t) part->is_message);
    put32(facts, at + SELO_FACTS_AT_TEXTS, facts->len);
    append_part_texts(facts, part);
    put32(facts, at + SELO_FACTS_AT_ENVELOPE, part->envelope > 0 ? facts->len : 0);
    if (part->envelope > 0)
        append_envelope(facts, &g_array_index(message->envelopes, SeloEnvelope, part->envelope - 1),
                        header);
}

GBytes *
selo_message_facts(SeloMessage *message)
{
    GByteArray *facts = g_byte_array_sized_new(1024);

    g_return_val_if_fail(message != NULL, NULL);
    g_byte_array_set_size(facts,
                          SELO_FACTS_HEADER_SIZE + message->parts->len * SELO_FACTS_PART_SIZE);
    memset(facts->data, 0, facts->len);
    memcpy(facts->data, "SF", 2);
    facts->data[2] = SELO_FACTS_VERSION;
    put32(facts, 4, message->parts->len);
    for (guint i = 0; i < message->parts->len; i++)
        write_part(facts, message, i);
    put32(facts, 8, facts->len);
    return g_byte_array_free_to_bytes(facts);
}
