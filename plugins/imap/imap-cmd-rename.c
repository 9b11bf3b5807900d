/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-rename.c: RENAME (RFC 9051 section 6.3.6), INBOX and names with something below included:
 * the store does both.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

typedef struct {
    SeloStr name, new_name;
} RenameRequest;

ImapFault
imap_rename_parse(ImapArgs *args, void **out_request)
{
    RenameRequest *request = imap_arena_alloc(args->arena, sizeof *request);

    *out_request = request;
    if (!imap_args_take_mailbox(args, &request->name) ||
        !imap_args_take_mailbox(args, &request->new_name))
        return "Invalid mailbox name";
    return NULL;
}

static void
box_renamed(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    const RenameRequest *request = command->request;

    if (status == SELO_OK)
        imap_command_finish(command, IMAP_REPLY_COMPLETED);
    else
        imap_command_fail_about(command, status, operator_text, request->name);
}

void
imap_rename_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const RenameRequest *request = command->request;

    command->wait = IMAP_WAIT_STORE;
    selo_account_rename(session->account, session->root, request->name, request->new_name,
                        box_renamed, command);
}
