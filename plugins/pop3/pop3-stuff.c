/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-stuff.c: see pop3-stuff.h. Goes line by line with memchr(3), copies runs.
 */
#include "config.h"

#include "plugins/pop3/pop3-stuff.h"

#include <string.h>

void
pop3_stuffer_init(Pop3Stuffer *stuffer, guint64 max_lines)
{
    *stuffer = (Pop3Stuffer){ .is_limited = max_lines != G_MAXUINT64,
                              .lines_left = max_lines,
                              .line_is_empty = TRUE };
}

/* A line has ended; FALSE: it was the last that is wanted. */
static gboolean
end_line(Pop3Stuffer *stuffer)
{
    const gboolean was_empty = stuffer->line_is_empty;

    stuffer->is_inside_line = FALSE;
    stuffer->line_is_empty = TRUE;
    if (!stuffer->is_limited)
        return TRUE;
    if (stuffer->is_in_body)
        return --stuffer->lines_left > 0;
    stuffer->is_in_body = was_empty;
    return !was_empty || stuffer->lines_left > 0;
}

gboolean
pop3_stuffer_add(Pop3Stuffer *stuffer, const char *octets, gsize size, GString *out)
{
    const char *at = octets, *end = octets + size;

    while (at < end && !stuffer->is_at_end) {
        const char *newline = memchr(at, '\n', (gsize) (end - at));
        const char *stop = newline != NULL ? newline + 1 : end;
        const gsize content = (gsize) ((newline != NULL ? newline : end) - at);

        if (!stuffer->is_inside_line && *at == '.')
            g_string_append_c(out, '.');
        g_string_append_len(out, at, (gssize) (stop - at));
        /* A CR alone leaves it empty. */
        if (content > 0 && (stuffer->is_inside_line || content > 1 || *at != '\r'))
            stuffer->line_is_empty = FALSE;
        stuffer->is_inside_line = TRUE;
        if (newline != NULL)
            stuffer->is_at_end = !end_line(stuffer);
        at = stop;
    }
    return !stuffer->is_at_end;
}

void
pop3_stuffer_end(Pop3Stuffer *stuffer, GString *out)
{
    g_string_append(out, stuffer->is_inside_line ? "\r\n.\r\n" : ".\r\n");
}
