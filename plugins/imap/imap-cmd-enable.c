/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-enable.c: ENABLE (RFC 9051 section 6.3.1, RFC 5161). Unknown capabilities are ignored.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

typedef struct {
    gboolean wants_rev2;
} EnableRequest;

ImapFault
imap_enable_parse(ImapArgs *args, void **out_request)
{
    EnableRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    SeloStr name;

    *out_request = request;
    if (imap_args_at_end(args))
        return "Missing arguments";
    while (!imap_args_at_end(args)) {
        if (!imap_args_take_atom(args, &name))
            return "Expected a capability";
        request->wants_rev2 |= imap_str_is(name, "IMAP4rev2");
    }
    return NULL;
}

void
imap_enable_run(ImapCommand *command)
{
    const EnableRequest *request = command->request;
    ImapSession *session = command->session;
    ImapOut *out = imap_session_out(session);

    imap_out_lit(out, "* ENABLED");
    if (request->wants_rev2 && !session->is_rev2) {
        session->is_rev2 = TRUE;
        imap_out_lit(out, " IMAP4rev2");
    }
    imap_out_lit(out, "\r\n");
    imap_out_flush(out);
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}
