/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-delete.c: DELETE (RFC 9051 section 6.3.5). Deleting the selected mailbox closes it first.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-commands.h"

static void
box_deleted(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    const SeloStr *name = command->request;

    if (status == SELO_OK)
        imap_command_finish(command, IMAP_REPLY_COMPLETED);
    else
        imap_command_fail_about(command, status, operator_text, *name);
}

void
imap_delete_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const SeloStr *name = command->request;

    if (imap_str_is(*name, "INBOX")) {
        imap_command_finish(command, IMAP_REPLY_INBOX_STAYS);
        return;
    }
    if (session->phase == IMAP_PHASE_SELECTED) {
        SeloStr selected = selo_view_name(session->view);

        if (selected.len == name->len && memcmp(selected.s, name->s, name->len) == 0) {
            imap_session_unselect(session);
            imap_session_say(session, IMAP_REPLY_CLOSED);
        }
    }
    command->wait = IMAP_WAIT_STORE;
    selo_account_delete(session->account, session->root, *name, box_deleted, command);
}
