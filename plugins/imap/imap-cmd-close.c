/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-close.c: CLOSE (RFC 9051 section 6.4.1) and UNSELECT (section 6.4.2). CLOSE removes what is
 * marked \Deleted without telling, UNSELECT does not.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

static void
expunged(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;

    command->wait = IMAP_WAIT_NONE;
    imap_session_unselect(command->session);
    imap_command_done(command, status, operator_text, reply);
}

void
imap_close_run(ImapCommand *command)
{
    ImapSession *session = command->session;

    if (selo_view_is_read_only(session->view)) {
        imap_unselect_run(command);
        return;
    }
    command->wait = IMAP_WAIT_STORE;
    selo_view_expunge(session->view, session->root, (SeloUids){ NULL, 0 }, expunged, command);
}

void
imap_unselect_run(ImapCommand *command)
{
    imap_session_unselect(command->session);
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}
