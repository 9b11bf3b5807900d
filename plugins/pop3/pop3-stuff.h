/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-stuff.h: a message as a multi-line response (RFC 1939 section 3): lines that begin with a
 * dot get another, the end is CRLF.CRLF. Works on pieces of any size. Pure.
 */
#pragma once

#include <glib.h>

typedef struct {
    gboolean is_inside_line; /* the last octet was not the end of a line */
    gboolean is_in_body, is_limited, is_at_end;
    gboolean line_is_empty; /* nothing but CR so far in the present line */
    guint64 lines_left;     /* of the body, if limited */
} Pop3Stuffer;

/* @max_lines: of the body (TOP); G_MAXUINT64 = all. */
void pop3_stuffer_init(Pop3Stuffer *stuffer, guint64 max_lines);
/* FALSE: enough lines have gone, nothing more is wanted. */
gboolean pop3_stuffer_add(Pop3Stuffer *stuffer, const char *octets, gsize size, GString *out);
/* The final CRLF, if it is missing, and the dot. */
void pop3_stuffer_end(Pop3Stuffer *stuffer, GString *out);
