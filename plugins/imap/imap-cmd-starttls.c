/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-starttls.c: STARTTLS (RFC 9051 section 6.2.1). What was received beside the command is
 * dropped by the stream, so nothing injected before TLS is run after it.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

void
imap_starttls_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    ImapOut *out;

    if (selo_stream_peer(session->stream)->tls) {
        imap_command_finish(command, IMAP_REPLY_ALREADY_TLS);
        return;
    }
    if (!selo_stream_can_start_tls(session->stream)) {
        imap_command_finish(command, IMAP_REPLY_NOT_TLS);
        return;
    }
    out = imap_session_out(session);
    imap_out_octets(out, command->tag.s, command->tag.len);
    imap_out_lit(out, " OK ");
    imap_out_text(out, imap_reply_get(IMAP_REPLY_BEGIN_TLS)->text);
    imap_out_lit(out, "\r\n");
    imap_out_flush(out);
    command->wait = IMAP_WAIT_TLS; /* ends in session_secured */
    selo_stream_start_tls(session->stream);
}
