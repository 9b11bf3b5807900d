/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-mutf7.h: IMAP's modified UTF-7 (RFC 3501 section 5.1.3), the form in which mailbox names
 * are kept on disk.
 */
#pragma once

#include <selo/plugin.h>

/* NULL: not UTF-8. */
char *maildir_mutf7_encode(SeloStr name);
/* NULL: not the one right form of a name; see the reasons in the source. */
char *maildir_mutf7_decode(SeloStr stored);
