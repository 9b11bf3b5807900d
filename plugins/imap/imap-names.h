/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-names.h: mailbox names on the wire. IMAP4rev1 clients speak modified UTF-7 (RFC 3501 section
 * 5.1.3), those that enabled IMAP4rev2 UTF-8 (RFC 9051 section 5.1); inside all is UTF-8.
 */
#pragma once

#include "plugins/imap/imap-arguments.h"

/* Longest mailbox name, octets of UTF-8. */
#define IMAP_MAILBOX_MAX 1000

/* FALSE: bad encoding, control characters or too long. INBOX comes out in capitals, one trailing
 * separator is dropped (clients that create a parent send it: RFC 9051 section 6.3.4). */
gboolean imap_mailbox_from_wire(ImapArena *arena, SeloStr wire, gboolean is_utf8,
                                SeloStr *out_name);
/* The same for a LIST pattern: no INBOX, no trailing separator. */
gboolean imap_pattern_from_wire(ImapArena *arena, SeloStr wire, gboolean is_utf8,
                                SeloStr *out_pattern);
