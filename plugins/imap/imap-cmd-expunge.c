/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-expunge.c: EXPUNGE (RFC 9051 section 6.4.3) and UID EXPUNGE (section 6.4.9, RFC 4315). What
 * went is told by the sync that ends the command.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-sequence-set.h"

typedef struct {
    ImapSet set; /* UID EXPUNGE only */
} ExpungeRequest;

ImapFault
imap_expunge_parse(ImapArgs *args, void **out_request)
{
    ExpungeRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    SeloStr set;

    *out_request = request;
    if (!args->is_uid)
        return NULL;
    if (!imap_args_take_atom(args, &set) || !imap_set_parse(set, args->arena, &request->set))
        return "Invalid messageset";
    return NULL;
}

void
imap_expunge_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const ExpungeRequest *request = command->request;
    SeloUids uids = { NULL, 0 };

    if (command->is_uid) {
        imap_set_to_uids(&request->set, TRUE, session->view, imap_session_saved(session),
                         &command->arena, &uids);
        if (uids.n == 0) { /* an empty set would mean all */
            imap_command_finish(command, IMAP_REPLY_COMPLETED);
            return;
        }
    }
    command->wait = IMAP_WAIT_STORE;
    selo_view_expunge(session->view, session->root, uids, imap_command_done, command);
}
