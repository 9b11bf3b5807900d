/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-create.c: CREATE (RFC 9051 section 6.3.4). A name with "/" at its end announces that names
 * below it will follow; it is created like any other.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

ImapFault
imap_mailbox_parse(ImapArgs *args, void **out_request)
{
    SeloStr *name = imap_arena_alloc(args->arena, sizeof *name);

    *out_request = name;
    return imap_args_take_mailbox(args, name) ? NULL : "Invalid mailbox name";
}

void
imap_create_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const SeloStr *name = command->request;

    if (imap_str_is(*name, "INBOX")) {
        imap_command_finish(command, IMAP_REPLY_MAILBOX_EXISTS);
        return;
    }
    command->wait = IMAP_WAIT_STORE;
    selo_account_create(session->account, session->root, *name, imap_command_done, command);
}
