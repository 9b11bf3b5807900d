/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-dots.h: the end of a message in DATA (RFC 5321 section 4.5.2), as a parser that takes what
 * comes.
 */
#pragma once

#include <selo/stream.h>

typedef struct {
    uint32_t state;
    gboolean is_bare; /* there was a CR or LF alone, or a NUL */
    gboolean is_too_long;
    uint64_t size, max; /* octets of the message so far; max 0 = any */
} SeloDots;

/* Zero-initialised it begins at the start of a message. Takes *out_used of @size octets. TRUE:
 * the end was among them. @into may be NULL. */
gboolean selo_dots_feed(SeloDots *dots, const char *octets, size_t size, SeloBlobWriter *into,
                        size_t *out_used);
