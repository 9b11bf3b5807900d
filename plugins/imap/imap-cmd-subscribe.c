/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-subscribe.c: SUBSCRIBE and UNSUBSCRIBE (RFC 9051 sections 6.3.7 and 6.3.8). The mailbox need
 * not exist: clients keep subscriptions of what comes and goes.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

static void
run(ImapCommand *command, gboolean subscribed)
{
    ImapSession *session = command->session;
    const SeloStr *name = command->request;

    command->wait = IMAP_WAIT_STORE;
    selo_account_subscribe(session->account, session->root, *name, subscribed, imap_command_done,
                           command);
}

void
imap_subscribe_run(ImapCommand *command)
{
    run(command, TRUE);
}

void
imap_unsubscribe_run(ImapCommand *command)
{
    run(command, FALSE);
}
