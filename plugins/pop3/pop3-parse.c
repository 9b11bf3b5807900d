/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-parse.c: see pop3-parse.h.
 */
#include "config.h"

#include "plugins/pop3/pop3-parse.h"

#include <string.h>

static void
split_arguments(Pop3Line *out_line)
{
    const char *at = out_line->rest.s, *end = at + out_line->rest.len;

    out_line->n_arguments = 0;
    while (at < end) {
        const char *start, *blank;

        while (at < end && *at == ' ') /* clients send more than one */
            at++;
        if (at == end)
            return;
        start = at;
        blank = memchr(at, ' ', (size_t) (end - at));
        at = blank != NULL ? blank : end;
        if (out_line->n_arguments < POP3_MAX_ARGUMENTS)
            out_line->arguments[out_line->n_arguments] = (SeloStr){ start, (size_t) (at - start) };
        if (++out_line->n_arguments > POP3_MAX_ARGUMENTS)
            return;
    }
}

gboolean
pop3_parse_line(SeloStr line, Pop3Line *out_line)
{
    size_t size = 0;

    memset(out_line, 0, sizeof *out_line);
    if (memchr(line.s, '\0', line.len) != NULL)
        return FALSE;
    for (; size < line.len && line.s[size] != ' '; size++) {
        if (size == sizeof out_line->keyword - 1 || !g_ascii_isalpha(line.s[size]))
            return FALSE;
        out_line->keyword[size] = g_ascii_toupper(line.s[size]);
    }
    if (size == 0)
        return FALSE;
    if (size < line.len)
        out_line->rest = (SeloStr){ line.s + size + 1, line.len - size - 1 };
    if (out_line->rest.len > 0)
        split_arguments(out_line);
    return TRUE;
}

gboolean
pop3_parse_number(SeloStr text, uint64_t *out_number)
{
    uint64_t number = 0;

    if (text.len == 0 || text.len > 10)
        return FALSE;
    for (size_t i = 0; i < text.len; i++) {
        if (!g_ascii_isdigit(text.s[i]))
            return FALSE;
        number = number * 10 + (uint64_t) (text.s[i] - '0');
    }
    *out_number = number;
    return TRUE;
}
