/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb-starttls.c: STARTTLS. The stream drops what was sent ahead in plaintext; here everything that
 * was learned before the handshake is forgotten (RFC 3207 section 4.2).
 */
#include "config.h"

#include "plugins/smtp/smtp-verb.h"

void
selo_smtp_run_starttls(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    if (selo_stream_peer(self->stream)->tls)
        selo_smtp_answer(self, SELO_SMTP_TLS_ACTIVE);
    else if (!selo_stream_can_start_tls(self->stream))
        selo_smtp_answer(self, SELO_SMTP_NOT_IMPLEMENTED);
    else {
        selo_smtp_answer(self, SELO_SMTP_READY_FOR_TLS);
        selo_smtp_enter(self, SELO_SMTP_PHASE_TLS);
        self->wait = SELO_SMTP_WAIT_TLS; /* the stream itself holds input back until then */
        selo_stream_start_tls(self->stream);
    }
}

void
selo_smtp_session_secured(void *session, SeloStatus status, const char *operator_text)
{
    SeloSmtpSession *self = session;

    if (self->phase != SELO_SMTP_PHASE_TLS)
        return;
    self->wait = SELO_SMTP_WAIT_NOTHING;
    if (status != SELO_OK) {
        selo_smtp_close(self);
        return;
    }
    selo_smtp_enter(self, SELO_SMTP_PHASE_NEW);
    self->extensions = 0;
    self->is_esmtp = FALSE;
}
