/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-stream-dots.c: the end of a message. What the parser finds must be what a plain reading of
 * RFC 5321 section 4.5.2, octet after octet, finds, and the same in whatever pieces it comes.
 */
#include "config.h"

#include <string.h>

#include "api/lib/selo-dots.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

typedef struct {
    GString *message;
    gboolean is_bare, is_end;
    size_t used;
} Reading;

/* Line by line; a line ends in CRLF and nothing else. */
static Reading
read_plainly(const char *octets, size_t size)
{
    Reading reading = { .message = g_string_new(NULL) };
    const char *at = octets, *end = octets + size;

    while (at < end && !reading.is_end) {
        const char *crlf = memmem(at, (size_t) (end - at), "\r\n", 2);
        const char *line_end = crlf != NULL ? crlf : end, *next = crlf != NULL ? crlf + 2 : end;

        if (*at == '.' && crlf == at + 1) {
            reading.is_end = TRUE;
            at = next;
            break;
        }
        if (*at == '.')
            at++;
        for (const char *one = at; one < line_end; one++)
            reading.is_bare |= *one == '\n' || *one == '\0' || (*one == '\r' && one + 1 < end);
        g_string_append_len(reading.message, at, next - at);
        at = next;
    }
    reading.used = (size_t) (at - octets);
    return reading;
}

static Reading
read_in_pieces(const char *octets, size_t size, size_t piece)
{
    Reading reading = { .message = g_string_new(NULL) };
    g_autoptr(SeloBlobWriter) writer = selo_blob_writer_new();
    SeloDots dots = { 0 };
    SeloBlob blob;

    while (reading.used < size && !reading.is_end) {
        size_t used;

        reading.is_end = selo_dots_feed(&dots, octets + reading.used,
                                        MIN(piece, size - reading.used), writer, &used);
        g_assert_true(used > 0);
        reading.used += used;
    }
    reading.is_bare = dots.is_bare;
    g_assert_true(selo_blob_writer_end(writer, &blob, NULL));
    if (blob.octets != NULL)
        g_string_append_len(reading.message, blob.octets, (gssize) blob.size);
    return reading;
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    static const size_t pieces[] = { SIZE_MAX, 1, 2, 7 };
    Reading plain;

    if (size > 65536)
        return 0;
    plain = read_plainly((const char *) octets, size);
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        Reading found = read_in_pieces((const char *) octets, size, pieces[i]);

        g_assert_cmpint(found.is_end, ==, plain.is_end);
        if (plain.is_end) { /* or else the last octets are still being thought about */
            g_assert_cmpint(found.is_bare, ==, plain.is_bare);
            g_assert_cmpint(found.used, ==, plain.used);
            g_assert_cmpmem(found.message->str, found.message->len, plain.message->str,
                            plain.message->len);
        }
        g_string_free(found.message, TRUE);
    }
    g_string_free(plain.message, TRUE);
    return 0;
}
