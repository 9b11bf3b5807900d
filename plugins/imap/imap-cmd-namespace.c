/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-namespace.c: NAMESPACE (RFC 9051 section 6.3.10, RFC 2342): the personal one.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

void
imap_namespace_run(ImapCommand *command)
{
    ImapOut *out = imap_session_out(command->session);

    imap_out_lit(out, "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
    imap_out_flush(out);
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}
