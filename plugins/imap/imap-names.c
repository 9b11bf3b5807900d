/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-names.c: mailbox names as clients send them. One with 8-bit octets from a client that did not
 * enable UTF-8 is taken as UTF-8 (RFC 3501 section 5.1: "interpret 8-bit characters as UTF-8").
 */
#include "config.h"

#include "plugins/imap/imap-names.h"

#include <string.h>

#include "plugins/common/mutf7.h"

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
    g_autofree char *name = NULL;
    gboolean has_8bit = FALSE;
    size_t size;

    if (wire.len > 2 * IMAP_MAILBOX_MAX)
        return FALSE;
    for (size_t i = 0; i < wire.len && !has_8bit; i++)
        has_8bit = (wire.s[i] & 0x80) != 0;
    if (is_utf8 || has_8bit) {
        if (!g_utf8_validate(wire.s, (gssize) wire.len, NULL))
            return FALSE;
        name = g_strndup(wire.s, wire.len);
    } else if ((name = mutf7_decode(wire)) == NULL) {
        return FALSE;
    }
    size = strlen(name);
    if (size > IMAP_MAILBOX_MAX || has_controls(name, size))
        return FALSE;
    *out_pattern = imap_arena_str(arena, name, size);
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
