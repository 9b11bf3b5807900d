/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-authenticate.c: AUTHENTICATE (RFC 9051 section 6.2.2) with an initial response (SASL-IR,
 * RFC 4959). Base64 is taken off here; the exchange itself is the auth role's.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-login.h"

typedef struct {
    SeloStr mechanism, initial;
    gboolean has_initial;
} AuthenticateRequest;

ImapFault
imap_authenticate_parse(ImapArgs *args, void **out_request)
{
    AuthenticateRequest *request = imap_arena_alloc(args->arena, sizeof *request);

    *out_request = request;
    if (!imap_args_take_atom(args, &request->mechanism))
        return "Expected a mechanism";
    request->has_initial = imap_args_take_atom(args, &request->initial);
    return NULL;
}

static void
authenticate_ended(ImapCommand *command)
{
    if (command->state != NULL)
        selo_login_cancel(command->state);
}

/* Base64 with its padding, strictly (RFC 4648 section 4). FALSE: not base64. */
static gboolean
decode_base64(ImapArena *arena, SeloStr text, SeloStr *out_octets)
{
    size_t n_padding = 0;
    gsize size;
    char *octets;

    if (text.len % 4 != 0)
        return FALSE;
    while (n_padding < 2 && n_padding < text.len && text.s[text.len - 1 - n_padding] == '=')
        n_padding++;
    for (size_t i = 0; i + n_padding < text.len; i++)
        if (!g_ascii_isalnum(text.s[i]) && text.s[i] != '+' && text.s[i] != '/')
            return FALSE;
    octets = (char *) imap_arena_str(arena, text.s, text.len).s;
    size = 0;
    if (text.len > 0)
        g_base64_decode_inplace(octets, &size);
    octets[size] = '\0';
    *out_octets = (SeloStr){ octets, size };
    return TRUE;
}

static void
login_answered(void *data, SeloLoginResult result, const SeloLoginReply *reply)
{
    ImapCommand *command = data;
    g_autofree char *base64 = NULL;
    ImapOut *out;

    if (result != SELO_LOGIN_CHALLENGE) {
        imap_login_answered(command, result, reply);
        return;
    }
    base64 = g_base64_encode((const guchar *) reply->challenge.s, reply->challenge.len);
    out = imap_session_out(command->session);
    imap_out_lit(out, "+ ");
    imap_out_text(out, base64);
    imap_out_lit(out, "\r\n");
    imap_out_flush(out);
    command->wait = IMAP_WAIT_INPUT;
    imap_session_read(command->session);
}

static void
begin(ImapCommand *command, SeloStr initial)
{
    const AuthenticateRequest *request = command->request;
    ImapSession *session = command->session;

    command->wait = IMAP_WAIT_LOGIN;
    command->state = selo_login_start(session->root, session->stream, request->mechanism, initial,
                                      login_answered, command);
}

static void
response_read(ImapCommand *command, SeloStr line)
{
    SeloStr response;

    if (line.len == 1 && line.s[0] == '*') {
        imap_command_finish(command, IMAP_REPLY_AUTH_CANCELLED);
        return;
    }
    if (!decode_base64(&command->arena, line, &response)) {
        imap_command_finish(command, IMAP_REPLY_AUTH_MALFORMED);
        return;
    }
    command->wait = IMAP_WAIT_LOGIN;
    selo_login_step(command->state, response);
}

void
imap_authenticate_run(ImapCommand *command)
{
    const AuthenticateRequest *request = command->request;
    SeloStr initial = { NULL, 0 };

    command->ended = authenticate_ended;
    command->reading = IMAP_READ_ANSWER;
    command->answered = response_read;
    if (request->has_initial && imap_str_is(request->initial, "="))
        initial = (SeloStr){ "", 0 };
    else if (request->has_initial && !decode_base64(&command->arena, request->initial, &initial)) {
        imap_command_finish(command, IMAP_REPLY_AUTH_MALFORMED);
        return;
    }
    begin(command, initial);
}
