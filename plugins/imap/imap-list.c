/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-list.c: matching in time O(pattern × name), whatever the pattern: recursion into each wildcard
 * lost, since "*a*a*a*a*" makes it exponential.
 */
#include "config.h"

#include "plugins/imap/imap-list.h"

#include <string.h>

/* INBOX is one name in any case (RFC 9051 section 5.1): as many octets of a pattern are compared so. */
static size_t
inbox_len(SeloStr pattern)
{
    return imap_str_has_prefix(pattern, "INBOX") && (pattern.len == 5 || pattern.s[5] == '/') ? 5
                                                                                              : 0;
}

gboolean
imap_list_matches(SeloStr pattern, SeloStr name)
{
    size_t n_folded = inbox_len(pattern), p = 0, n = 0;
    /* Where to go on when what followed a wildcard does not fit: the last "*" and the last "%" after
     * it. An earlier wildcard need not be tried again: what lies between was matched leftmost. */
    size_t star_p = SIZE_MAX, star_n = 0, percent_p = SIZE_MAX, percent_n = 0;

    for (;;) {
        if (p < pattern.len && pattern.s[p] == '*') {
            star_p = ++p;
            star_n = n;
            percent_p = SIZE_MAX;
        } else if (p < pattern.len && pattern.s[p] == '%') {
            percent_p = ++p;
            percent_n = n;
        } else if (p < pattern.len && n < name.len &&
                   (p < n_folded ? g_ascii_toupper(pattern.s[p]) : pattern.s[p]) == name.s[n]) {
            p++;
            n++;
        } else if (p == pattern.len && n == name.len) {
            return TRUE;
        } else if (percent_p != SIZE_MAX && percent_n < name.len && name.s[percent_n] != '/') {
            p = percent_p;
            n = ++percent_n;
        } else if (star_p != SIZE_MAX && star_n < name.len) {
            percent_p = SIZE_MAX;
            p = star_p;
            n = ++star_n;
        } else {
            return FALSE;
        }
    }
}

SeloStr
imap_list_join(ImapArena *arena, SeloStr reference, SeloStr pattern)
{
    char *joined = imap_arena_alloc(arena, reference.len + pattern.len + 1);

    if (reference.len > 0)
        memcpy(joined, reference.s, reference.len);
    if (pattern.len > 0)
        memcpy(joined + reference.len, pattern.s, pattern.len);
    return (SeloStr){ joined, reference.len + pattern.len };
}
