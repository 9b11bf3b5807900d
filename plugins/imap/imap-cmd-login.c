/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-login.c: LOGIN (RFC 9051 section 6.2.3).
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-login.h"

typedef struct {
    SeloStr user, password;
} LoginRequest;

ImapFault
imap_login_parse(ImapArgs *args, void **out_request)
{
    LoginRequest *request = imap_arena_alloc(args->arena, sizeof *request);

    *out_request = request;
    if (!imap_args_take_astring(args, &request->user) ||
        !imap_args_take_astring(args, &request->password))
        return "Expected user and password";
    return NULL;
}

static void
login_answered(void *data, SeloLoginResult result, const SeloLoginReply *reply)
{
    imap_login_answered(data, result, reply);
}

static void
login_ended(ImapCommand *command)
{
    const LoginRequest *request = command->request;

    if (command->state != NULL)
        selo_login_cancel(command->state);
    explicit_bzero((char *) request->password.s, request->password.len);
}

void
imap_login_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const LoginRequest *request = command->request;

    command->ended = login_ended;
    if (!selo_login_allows_plaintext(session->root, session->stream)) {
        imap_command_finish(command, IMAP_REPLY_AUTH_PRIVACY);
        return;
    }
    command->wait = IMAP_WAIT_LOGIN;
    command->state = selo_login_password(session->root, session->stream, request->user,
                                         request->password, login_answered, command);
}
