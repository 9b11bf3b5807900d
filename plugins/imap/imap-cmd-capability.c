/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-capability.c: CAPABILITY (RFC 9051 section 6.1.1).
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

void
imap_capability_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    ImapOut *out = imap_session_out(session);

    session->asked_capability = session->phase == IMAP_PHASE_NEW;
    imap_out_lit(out, "* CAPABILITY ");
    imap_capability_print(session, out);
    imap_out_lit(out, "\r\n");
    imap_out_flush(out);
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}
