/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-noop.c: NOOP (RFC 9051 section 6.1.2) and CHECK (RFC 3501 section 6.4.1): all they do, the
 * table's CHECK flag does.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

void
imap_noop_run(ImapCommand *command)
{
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}
