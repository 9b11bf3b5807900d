/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-status.c: STATUS (RFC 9051 section 6.3.11).
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-status.h"

typedef struct {
    SeloStr name;
    uint32_t items;
} StatusRequest;

ImapFault
imap_status_parse(ImapArgs *args, void **out_request)
{
    StatusRequest *request = imap_arena_alloc(args->arena, sizeof *request);

    *out_request = request;
    if (!imap_args_take_mailbox(args, &request->name))
        return "Invalid mailbox name";
    return imap_status_parse_items(args, &request->items);
}

static void
status_known(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    ImapSession *session = command->session;
    const StatusRequest *request = command->request;

    command->wait = IMAP_WAIT_NONE;
    if (status != SELO_OK || reply == NULL) {
        imap_command_fail_about(command, status, operator_text, request->name);
        return;
    }
    if (session->phase != IMAP_PHASE_LOGOUT) {
        ImapOut *out = imap_session_out(session);

        imap_status_print(out, reply, request->name, request->items, session->is_rev2);
        imap_out_flush(out);
    }
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}

void
imap_status_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const StatusRequest *request = command->request;

    command->wait = IMAP_WAIT_STORE;
    selo_account_status(session->account, session->root, request->name, status_known, command);
}
