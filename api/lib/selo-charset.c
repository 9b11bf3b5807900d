/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-charset.c: octets to UTF-8 text: charsets by GLib's iconv, content transfer encodings. Input
 * is whatever a sender made of it, so nothing here fails half way: what cannot be read is replaced.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "api/lib/selo-message-private.h"

#define REPLACEMENT      "\357\277\275" /* U+FFFD */
#define MAX_CHARSET_NAME 64

static void
append_utf8(GString *text, const char *octets, size_t size)
{
    const char *end = octets + size, *bad;

    while (octets < end) {
        if (g_utf8_validate_len(octets, (size_t) (end - octets), &bad)) {
            g_string_append_len(text, octets, end - octets);
            return;
        }
        g_string_append_len(text, octets, bad - octets);
        if (*bad != '\0') /* a text never has NUL */
            g_string_append(text, REPLACEMENT);
        octets = bad + 1;
    }
}

static gboolean
is_utf8_name(SeloStr charset)
{
    return selo_str_is(charset, "UTF-8") || selo_str_is(charset, "US-ASCII") ||
           selo_str_is(charset, "UTF8") || selo_str_is(charset, "ASCII");
}

gboolean
selo_charset_append(GString *text, SeloStr charset, const char *octets, size_t size)
{
    char name[MAX_CHARSET_NAME], chunk[1024];
    char *in = (char *) octets;
    size_t left = size;
    GIConv converter;

    if (is_utf8_name(charset)) {
        append_utf8(text, octets, size);
        return TRUE;
    }
    if (charset.len == 0 || charset.len >= sizeof name ||
        memchr(charset.s, '/', charset.len) != NULL)
        return FALSE;
    memcpy(name, charset.s, charset.len);
    name[charset.len] = '\0';
    converter = g_iconv_open("UTF-8", name);
    if (converter == (GIConv) -1)
        return FALSE;
    while (left > 0) {
        char *out = chunk;
        size_t room = sizeof chunk;
        size_t result = g_iconv(converter, &in, &left, &out, &room);

        append_utf8(text, chunk, (size_t) (out - chunk));
        if (result == (size_t) -1 && errno != E2BIG && left > 0) {
            g_string_append(text, REPLACEMENT);
            in++;
            left--;
        }
    }
    g_iconv_close(converter);
    return TRUE;
}

void
selo_base64_append(GString *octets, SeloStr encoded)
{
    gint state = 0;
    guint save = 0;
    gsize old = octets->len;

    g_string_set_size(octets, old + encoded.len / 4 * 3 + 3);
    g_string_truncate(octets,
                      old + g_base64_decode_step(encoded.s, encoded.len,
                                                 (guchar *) octets->str + old, &state, &save));
}

/* The length of a soft line break after "=", blanks before it allowed, 0 = none. */
static size_t
soft_break(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    if (at == end)
        return (size_t) (at - start);
    return *at == '\n' ? (size_t) (at + 1 - start) : 0;
}

void
selo_quoted_printable_append(GString *octets, SeloStr encoded, gboolean is_header)
{
    const char *at = encoded.s, *end = at + encoded.len;

    while (at < end) {
        const char *mark = at;

        while (mark < end && *mark != '=' && !(is_header && *mark == '_'))
            mark++;
        g_string_append_len(octets, at, mark - at);
        if (mark == end)
            return;
        at = mark + 1;
        if (*mark == '_') {
            g_string_append_c(octets, ' '); /* RFC 2047 section 4.2 */
        } else if (end - at >= 2 && g_ascii_isxdigit(at[0]) && g_ascii_isxdigit(at[1])) {
            g_string_append_c(
                octets, (char) (g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1])));
            at += 2;
        } else if (at == end || soft_break(at, end) > 0) {
            at += soft_break(at, end);
        } else {
            g_string_append_c(octets,
                              '='); /* as it stands (RFC 2045 section 6.7, note on decoding) */
        }
    }
}
