/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mutf7.c: IMAP's modified UTF-7 (RFC 3501 section 5.1.3). iconv was not taken: its UTF-7
 * differs, and a decoder that accepts two spellings of one name would give a folder two names. So
 * whatever the encoder would not have written is refused.
 */
#include "config.h"

#include "plugins/common/mutf7.h"

#include <string.h>

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static gboolean
is_printable(gunichar c)
{
    return c >= 0x20 && c <= 0x7e;
}

/* The bits of a base64 run on their way from 16 to 6 at a time, or back. */
typedef struct {
    uint32_t bits;
    unsigned n_bits;
} BitQueue;

static void
put_unit(GString *out, BitQueue *queue, uint16_t unit)
{
    queue->bits = queue->bits << 16 | unit;
    queue->n_bits += 16;
    while (queue->n_bits >= 6) {
        queue->n_bits -= 6;
        g_string_append_c(out, base64_digits[queue->bits >> queue->n_bits & 0x3f]);
    }
}

static void
end_run(GString *out, BitQueue *queue)
{
    if (queue->n_bits > 0)
        g_string_append_c(out, base64_digits[queue->bits << (6 - queue->n_bits) & 0x3f]);
    g_string_append_c(out, '-');
    *queue = (BitQueue){ 0 };
}

char *
mutf7_encode(SeloStr name)
{
    const char *end = name.s + name.len;
    g_autoptr(GString) out = NULL;
    BitQueue queue = { 0 };
    gboolean is_in_run = FALSE;

    if (!g_utf8_validate(name.s, (gssize) name.len, NULL))
        return NULL;
    out = g_string_sized_new(name.len + 8);
    for (const char *at = name.s; at < end; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (is_in_run && is_printable(c)) {
            end_run(out, &queue);
            is_in_run = FALSE;
        }
        if (is_printable(c)) {
            g_string_append_c(out, (char) c);
            if (c == '&')
                g_string_append_c(out, '-');
            continue;
        }
        if (!is_in_run)
            g_string_append_c(out, '&');
        is_in_run = TRUE;
        if (c >= 0x10000) {
            put_unit(out, &queue, (uint16_t) (0xd800 + ((c - 0x10000) >> 10)));
            put_unit(out, &queue, (uint16_t) (0xdc00 + ((c - 0x10000) & 0x3ff)));
        } else {
            put_unit(out, &queue, (uint16_t) c);
        }
    }
    if (is_in_run)
        end_run(out, &queue);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* One UTF-16 unit; *high holds the first half of a pair. FALSE: a form nobody may write. */
static gboolean
take_unit(GString *out, uint32_t unit, uint32_t *high)
{
    if (*high != 0) {
        if (unit < 0xdc00 || unit > 0xdfff)
            return FALSE;
        g_string_append_unichar(out, 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00));
        *high = 0;
        return TRUE;
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        *high = unit;
        return TRUE;
    }
    if ((unit >= 0xdc00 && unit <= 0xdfff) || unit == 0 || is_printable(unit))
        return FALSE;
    g_string_append_unichar(out, unit);
    return TRUE;
}

/* @at is behind "&"; returns what is behind "-", or NULL. */
static const char *
take_run(GString *out, const char *at, const char *end)
{
    BitQueue queue = { 0 };
    uint32_t high = 0;
    size_t n_units = 0;

    for (; at < end && *at != '-'; at++) {
        const char *digit = *at == '\0' ? NULL : strchr(base64_digits, *at);

        if (digit == NULL)
            return NULL;
        queue.bits = (queue.bits << 6 | (uint32_t) (digit - base64_digits)) & 0x3fffff;
        queue.n_bits += 6;
        if (queue.n_bits < 16)
            continue;
        queue.n_bits -= 16;
        if (!take_unit(out, queue.bits >> queue.n_bits & 0xffff, &high))
            return NULL;
        n_units++;
    }
    /* What is left over is padding: less than a digit, and all zero. */
    if (at == end || high != 0 || n_units == 0 || queue.n_bits >= 6
        || (queue.bits & ((1u << queue.n_bits) - 1)) != 0)
        return NULL;
    return at + 1;
}

char *
mutf7_decode(SeloStr stored)
{
    const char *at = stored.s, *end = stored.s + stored.len, *run_end = NULL;
    g_autoptr(GString) out = g_string_sized_new(stored.len);

    while (at < end) {
        if (!is_printable((guchar) *at))
            return NULL;
        if (*at != '&') {
            g_string_append_c(out, *at++);
        } else if (at + 1 < end && at[1] == '-') {
            g_string_append_c(out, '&');
            at += 2;
        } else {
            if (at == run_end) /* two runs side by side could be one */
                return NULL;
            at = run_end = take_run(out, at + 1, end);
            if (at == NULL)
                return NULL;
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
