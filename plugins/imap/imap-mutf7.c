/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-mutf7.c: modified UTF-7, strict: what has a shorter or plainer form is refused, or two wire
 * names would mean one mailbox. A name with 8-bit octets from a client that did not enable UTF-8 is
 * taken as UTF-8 (RFC 3501 section 5.1: "interpret 8-bit characters as UTF-8").
 */
#include "config.h"

#include "plugins/imap/imap-mutf7.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static void
encode_units(const uint16_t *units, size_t n, GString *out)
{
    uint32_t bits = 0, n_bits = 0;

    g_string_append_c(out, '&');
    for (size_t i = 0; i < n; i++) {
        bits = (bits << 16 | units[i]) & 0x3fffff;
        n_bits += 16;
        while (n_bits >= 6) {
            n_bits -= 6;
            g_string_append_c(out, alphabet[bits >> n_bits & 63]);
        }
    }
    if (n_bits > 0)
        g_string_append_c(out, alphabet[bits << (6 - n_bits) & 63]);
    g_string_append_c(out, '-');
}

static gboolean
is_direct(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

void
imap_mutf7_encode(SeloStr utf8, GString *out)
{
    const char *at = utf8.s, *end = at + utf8.len;
    uint16_t units[64];
    size_t n = 0;

    while (at < end) {
        gunichar c;

        if (is_direct(*at)) {
            g_string_append_c(out, *at);
            if (*at++ == '&')
                g_string_append_c(out, '-');
            continue;
        }
        /* One shift sequence for the whole run, whatever its length: the form is canonical. */
        g_autoptr(GArray) run = g_array_new(FALSE, FALSE, sizeof units[0]);
        while (at < end && !is_direct(*at)) {
            c = g_utf8_get_char(at);
            at = g_utf8_next_char(at);
            n = 0;
            if (c >= 0x10000) {
                units[n++] = (uint16_t) (0xd800 + ((c - 0x10000) >> 10));
                units[n++] = (uint16_t) (0xdc00 + ((c - 0x10000) & 0x3ff));
            } else {
                units[n++] = (uint16_t) c;
            }
            g_array_append_vals(run, units, (guint) n);
        }
        encode_units((const uint16_t *) (const void *) run->data, run->len, out);
    }
}

/* One UTF-16 unit; *high carries the first half of a pair. */
static gboolean
take_unit(uint32_t unit, uint32_t *high, GString *out)
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
    if ((unit >= 0xdc00 && unit <= 0xdfff) || unit < 0x20 || (unit < 0x7f))
        return FALSE; /* half a pair, or what had to stand for itself */
    g_string_append_unichar(out, unit);
    return TRUE;
}

static gboolean
decode_shifted(const char **at, const char *end, GString *out)
{
    uint32_t bits = 0, n_bits = 0, high = 0;

    for (; *at < end && **at != '-'; (*at)++) {
        const char *digit = **at != '\0' ? strchr(alphabet, **at) : NULL;

        if (digit == NULL)
            return FALSE;
        bits = (bits << 6 | (uint32_t) (digit - alphabet)) & 0x3fffff;
        n_bits += 6;
        if (n_bits >= 16) {
            n_bits -= 16;
            if (!take_unit(bits >> n_bits & 0xffff, &high, out))
                return FALSE;
        }
    }
    if (*at == end || high != 0 || n_bits >= 6 || (bits & ((1u << n_bits) - 1)) != 0)
        return FALSE;
    (*at)++; /* the "-" */
    /* Two sequences in a row had to be one. */
    return !(*at < end && **at == '&' && *at + 1 < end && (*at)[1] != '-');
}

gboolean
imap_mutf7_decode(SeloStr wire, GString *out)
{
    const char *at = wire.s, *end = at + wire.len;

    while (at < end) {
        if (!is_direct(*at))
            return FALSE;
        if (*at != '&') {
            g_string_append_c(out, *at++);
        } else if (at + 1 < end && at[1] == '-') {
            g_string_append_c(out, '&');
            at += 2;
        } else {
            at++;
            if (!decode_shifted(&at, end, out))
                return FALSE;
        }
    }
    return TRUE;
}

/* Octets that no mailbox name has: controls, U+0080 to U+009F, U+2028, U+2029 (RFC 5198 section 2). */
static gboolean
has_controls(const char *text, size_t size)
{
    const char *end = text + size;

    for (const char *at = text; at < end; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029)
            return TRUE;
    }
    return FALSE;
}

gboolean
imap_pattern_from_wire(ImapArena *arena, SeloStr wire, gboolean is_utf8, SeloStr *out_pattern)
{
    g_autoptr(GString) name = NULL;
    gboolean has_8bit = FALSE;

    if (wire.len > 2 * IMAP_MAILBOX_MAX)
        return FALSE;
    for (size_t i = 0; i < wire.len && !has_8bit; i++)
        has_8bit = (wire.s[i] & 0x80) != 0;
    if (is_utf8 || has_8bit) {
        if (!g_utf8_validate(wire.s, (gssize) wire.len, NULL))
            return FALSE;
        name = g_string_new_len(wire.s, (gssize) wire.len);
    } else {
        name = g_string_sized_new(wire.len);
        if (!imap_mutf7_decode(wire, name))
            return FALSE;
    }
    if (name->len > IMAP_MAILBOX_MAX || has_controls(name->str, name->len))
        return FALSE;
    *out_pattern = imap_arena_str(arena, name->str, name->len);
    return TRUE;
}

gboolean
imap_mailbox_from_wire(ImapArena *arena, SeloStr wire, gboolean is_utf8, SeloStr *out_name)
{
    SeloStr name;
    char *start;

    if (!imap_pattern_from_wire(arena, wire, is_utf8, &name))
        return FALSE;
    start = (char *) name.s; /* our own copy in the arena */
    if (name.len > 1 && start[name.len - 1] == '/')
        start[--name.len] = '\0';
    if (imap_str_has_prefix(name, "INBOX") && (name.len == 5 || start[5] == '/'))
        memcpy(start, "INBOX", 5);
    *out_name = name;
    return TRUE;
}
