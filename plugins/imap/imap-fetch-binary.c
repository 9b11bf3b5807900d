/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-fetch-binary.c: BINARY[...] and BINARY.SIZE[...] (RFC 9051 section 6.4.5, RFC 3516): a part
 * without its transfer encoding. Its size comes before its octets, so it is decoded into a blob first:
 * in memory while small, then in a file.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-fetch.h"

#define CHUNK 16384

/* What is carried from one chunk to the next. */
typedef struct {
    uint32_t bits, n_bits; /* base64 */
    char held[128];        /* quoted-printable: "=X", blanks that may be at a line's end */
    size_t n_held;
} Decoder;

typedef void (*DecodeFunc)(Decoder *decoder, const char *octets, size_t size, SeloBlobWriter *into);

static void
decode_base64(Decoder *decoder, const char *octets, size_t size, SeloBlobWriter *into)
{
    char plain[CHUNK];
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        char c = octets[i];
        uint32_t digit;

        if (c >= 'A' && c <= 'Z')
            digit = (uint32_t) (c - 'A');
        else if (c >= 'a' && c <= 'z')
            digit = (uint32_t) (c - 'a' + 26);
        else if (c >= '0' && c <= '9')
            digit = (uint32_t) (c - '0' + 52);
        else if (c == '+' || c == '/')
            digit = c == '+' ? 62 : 63;
        else if (c == '=') {
            decoder->n_bits = 0; /* whatever follows begins anew */
            continue;
        } else
            continue; /* RFC 2045 section 6.8: ignored */
        decoder->bits = decoder->bits << 6 | digit;
        decoder->n_bits += 6;
        if (decoder->n_bits >= 8) {
            decoder->n_bits -= 8;
            plain[n++] = (char) (decoder->bits >> decoder->n_bits & 0xff);
        }
    }
    selo_blob_writer_add(into, plain, n);
}

/* What was held turned out to stand for itself. */
static void
release_held(Decoder *decoder, SeloBlobWriter *into)
{
    selo_blob_writer_add(into, decoder->held, decoder->n_held);
    decoder->n_held = 0;
}

static int
hex_value(char c)
{
    return g_ascii_xdigit_value(c);
}

/* After "=": "=41", a soft line break, or nonsense that is kept (RFC 2045 section 6.7). */
static void
decode_escape(Decoder *decoder, char c, SeloBlobWriter *into)
{
    char plain;

    decoder->held[decoder->n_held++] = c;
    if (c == '\n') {
        decoder->n_held = 0;
        return;
    }
    if (decoder->n_held == 2 && (c == '\r' || c == ' ' || c == '\t' || hex_value(c) >= 0))
        return;
    if (decoder->n_held == 3 && hex_value(decoder->held[1]) >= 0 && hex_value(c) >= 0) {
        plain = (char) (hex_value(decoder->held[1]) << 4 | hex_value(c));
        decoder->n_held = 0;
        selo_blob_writer_add(into, &plain, 1);
        return;
    }
    if (decoder->n_held < 60 && g_ascii_isspace(decoder->held[1]) && g_ascii_isspace(c))
        return;
    release_held(decoder, into);
}

static void
decode_quoted_printable(Decoder *decoder, const char *octets, size_t size, SeloBlobWriter *into)
{
    size_t start = 0;

    for (size_t i = 0; i < size; i++) {
        char c = octets[i];

        if (decoder->n_held > 0 && decoder->held[0] == '=') {
            decode_escape(decoder, c, into);
            start = i + 1;
        } else if (c == '=' || c == ' ' || c == '\t') {
            selo_blob_writer_add(into, octets + start, i - start);
            start = i + 1;
            if (c == '=' || decoder->n_held == sizeof decoder->held)
                release_held(decoder, into);
            decoder->held[decoder->n_held++] = c;
        } else if (decoder->n_held > 0) {
            if (c == '\r' || c == '\n')
                decoder->n_held = 0; /* blanks at the end of a line are not part of it */
            else
                release_held(decoder, into);
        }
    }
    if (start < size)
        selo_blob_writer_add(into, octets + start, size - start);
}

static void
copy_plain(Decoder *decoder, const char *octets, size_t size, SeloBlobWriter *into)
{
    selo_blob_writer_add(into, octets, size);
}

static const struct {
    const char *name;
    DecodeFunc decode;
} encodings[] = {
    { "7bit", copy_plain },
    { "8bit", copy_plain },
    { "binary", copy_plain },
    { "base64", decode_base64 },
    { "quoted-printable", decode_quoted_printable },
};

gboolean
imap_fetch_decode(const SeloBlob *blob, uint64_t offset, uint64_t size, SeloStr encoding,
                  SeloBlobWriter *into)
{
    Decoder decoder = { 0 };
    char chunk[CHUNK];
    size_t i = 0;

    if (encoding.s == NULL)
        encoding = SELO_STR("7bit");
    while (i < G_N_ELEMENTS(encodings) && !imap_str_is(encoding, encodings[i].name))
        i++;
    if (i == G_N_ELEMENTS(encodings))
        return FALSE;
    while (size > 0) {
        int64_t got = selo_blob_read(blob, offset, chunk, MIN(size, sizeof chunk));

        if (got <= 0)
            break;
        encodings[i].decode(&decoder, chunk, (size_t) got, into);
        offset += (uint64_t) got;
        size -= (uint64_t) got;
    }
    return TRUE; /* what is held is half an escape, or blanks at a line's end: no part of it */
}

/* The decoded part; FALSE: there is none, or it cannot be decoded. */
static gboolean
decode_part(ImapFetchMessage *message, const ImapFetchItem *item, SeloBlobWriter *into,
            SeloBlob *out_plain)
{
    const SeloBlob *body = &message->msg->body;
    SeloStr encoding = { NULL, 0 };
    uint64_t offset = 0, size = body->size;
    uint32_t index;

    if (item->path_len > 0) {
        const SeloPartFacts *part;

        if (message->facts == NULL ||
            !imap_fetch_find_part(message->facts, item->path, item->path_len, &index))
            return FALSE;
        part = selo_facts_part(message->facts, index);
        offset = MIN(part->body_offset, body->size);
        size = MIN(part->body_size, body->size - offset);
        if (part->n_children == 0)
            encoding = part->encoding;
    }
    if (!imap_fetch_decode(body, offset, size, encoding, into)) {
        message->has_bad_cte = TRUE;
        return FALSE;
    }
    return selo_blob_writer_end(into, out_plain, NULL);
}

void
imap_fetch_put_binary(ImapOut *out, ImapFetchMessage *message, const ImapFetchItem *item)
{
    g_autoptr(SeloBlobWriter) writer = selo_blob_writer_new();
    gboolean is_size = item->kind == IMAP_FETCH_BINARY_SIZE;
    uint64_t offset = 0, size;
    SeloBlob plain;

    imap_fetch_put_label(out, item);
    if (!decode_part(message, item, writer, &plain)) {
        imap_out_text(out, is_size ? "0" : "NIL");
        return;
    }
    size = plain.size;
    if (is_size) {
        imap_out_u64(out, size);
        return;
    }
    imap_fetch_clip(item, &offset, &size);
    imap_out_lit(out, "~{");
    imap_out_u64(out, size);
    imap_out_lit(out, "}\r\n");
    imap_out_blob(out, &plain, offset, size);
}
