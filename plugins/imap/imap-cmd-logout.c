/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-logout.c: LOGOUT (RFC 9051 section 6.1.3).
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

void
imap_logout_run(ImapCommand *command)
{
    ImapSession *session = command->session;

    imap_session_say(session, IMAP_REPLY_BYE_LOGOUT);
    session->has_said_bye = TRUE; /* the tagged reply is the last word */
    imap_session_unselect(session);
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}
