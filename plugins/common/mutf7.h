/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mutf7.h: modified UTF-7 (RFC 3501 section 5.1.3), the form of mailbox names on the wire and
 * in Maildir folders.
 */
#pragma once

#include <selo/plugin.h>

/* NULL: not UTF-8. */
char *mutf7_encode(SeloStr name);
/* NULL: not the one right form of a name; see the reasons in the source. */
char *mutf7_decode(SeloStr stored);
