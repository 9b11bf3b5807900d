/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-cmd-capa.c: CAPA (RFC 2449) and STLS (RFC 2595): what this server can do, and TLS.
 */
#include "config.h"

#include "plugins/pop3/pop3-command.h"

static gboolean
offers_tls(Pop3Session *self)
{
    return !selo_stream_peer(self->stream)->tls && selo_stream_can_start_tls(self->stream);
}

static void
list_logins(Pop3Session *self)
{
    const SeloStrs names = selo_login_mechanisms(self->root, self->stream);

    if (offers_tls(self))
        selo_stream_printf(self->stream, "STLS\r\n");
    if (selo_login_allows_plaintext(self->root, self->stream))
        selo_stream_printf(self->stream, "USER\r\n");
    if (names.n == 0)
        return;
    selo_stream_printf(self->stream, "SASL");
    for (size_t i = 0; i < names.n; i++)
        selo_stream_printf(self->stream, " %s", names.v[i].s);
    selo_stream_printf(self->stream, "\r\n");
}

void
pop3_run_capa(Pop3Session *self, const Pop3Line *line)
{
    selo_stream_printf(
        self->stream,
        "+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\n");
    if (self->phase == POP3_PHASE_AUTHORIZATION)
        list_logins(self);
    selo_stream_printf(self->stream, ".\r\n");
}

void
pop3_run_stls(Pop3Session *self, const Pop3Line *line)
{
    if (selo_stream_peer(self->stream)->tls) {
        pop3_answer(self, POP3_HAS_TLS);
        return;
    }
    if (!selo_stream_can_start_tls(self->stream)) {
        pop3_answer(self, POP3_NO_TLS);
        return;
    }
    pop3_answer(self, POP3_BEGIN_TLS);
    g_clear_pointer(&self->user, g_free); /* nothing said in the clear counts */
    pop3_enter(self, POP3_PHASE_TLS);
    self->wait = POP3_WAIT_TLS; /* not paused: the handshake reads */
    selo_stream_start_tls(self->stream);
}

void
pop3_session_secured(void *session, SeloStatus status, const char *operator_text)
{
    Pop3Session *self = session;

    self->wait = POP3_WAIT_NOTHING;
    if (status == SELO_OK)
        pop3_enter(self, POP3_PHASE_AUTHORIZATION);
    else
        pop3_close(self);
}
