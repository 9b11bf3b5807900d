/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-list.h: LIST patterns (RFC 9051 section 6.3.9): "*" anything, "%" anything but the separator.
 */
#pragma once

#include "plugins/imap/imap-arguments.h"

#define IMAP_LIST_MAX 2048 /* octets of a pattern with its reference */

gboolean imap_list_matches(SeloStr pattern, SeloStr name);
/* "" and "a/" put before what the pattern says. */
SeloStr imap_list_join(ImapArena *arena, SeloStr reference, SeloStr pattern);
