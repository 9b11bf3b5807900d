/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-flags.h: flags as clients send them (RFC 9051 section 2.3.2).
 */
#pragma once

#include <selo/store.h>

#include "plugins/imap/imap-arguments.h"

#define IMAP_KEYWORD_MAX 255 /* octets of one keyword */

typedef struct {
    uint32_t flags, reserved; /* SELO_FLAG_* */
    SeloStrs keywords;
} ImapFlags;

/* All that is left of @args. NULL, or what is wrong. */
ImapFault imap_flags_parse(ImapArgs *args, ImapFlags *out_flags);
