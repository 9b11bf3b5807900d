/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb-helo.c: EHLO, HELO and LHLO: who the client says it is, what this server can do.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-verb.h"

SeloStr
selo_smtp_protocol(const SeloSmtpSession *self)
{
    static const char *const names[2][4] = { { "ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA" },
                                             { "LMTP", "LMTPS", "LMTPA", "LMTPSA" } };
    gboolean is_lmtp = selo_smtp_is_lmtp(self);
    const char *name = "SMTP";

    if (is_lmtp || self->is_esmtp)
        name = names[is_lmtp][(selo_stream_peer(self->stream)->tls ? 1 : 0) +
                              (self->is_authenticated ? 2 : 0)];
    return (SeloStr){ name, strlen(name) };
}

static void
announce_auth(SeloSmtpSession *self, SeloStrs mechanisms)
{
    if (mechanisms.n == 0)
        return;
    self->extensions |= SELO_SMTP_EXT_AUTH;
    selo_stream_printf(self->stream, "250-AUTH");
    for (size_t i = 0; i < mechanisms.n; i++)
        selo_stream_printf(self->stream, " %.*s", (int) mechanisms.v[i].len, mechanisms.v[i].s);
    selo_stream_write(self->stream, "\r\n", 2);
}

static void
announce(SeloSmtpSession *self)
{
    static const char fixed[] = "250-ENHANCEDSTATUSCODES\r\n"
                                "250-8BITMIME\r\n"
                                "250-SMTPUTF8\r\n"
                                "250-CHUNKING\r\n";
    SeloStream *stream = self->stream;

    self->extensions = SELO_SMTP_EXT_SIZE | SELO_SMTP_EXT_8BITMIME | SELO_SMTP_EXT_SMTPUTF8;
    selo_stream_printf(stream, "250-%s\r\n250-PIPELINING\r\n250-SIZE %" G_GUINT64_FORMAT "\r\n",
                       selo_mail_peer_hostname(self->peer), selo_smtp_max_size(self));
    if (!selo_stream_peer(stream)->tls && selo_stream_can_start_tls(stream))
        selo_stream_printf(stream, "250-STARTTLS\r\n");
    if (!self->is_authenticated)
        announce_auth(self, selo_login_mechanisms(self->root, stream));
    selo_stream_write(stream, fixed, sizeof fixed - 1);
    selo_stream_printf(stream, "250 LIMITS RCPTMAX=%u", self->listener->max_recipients);
    if (self->listener->max_messages > 0)
        selo_stream_printf(stream, " MAILMAX=%u", self->listener->max_messages);
    selo_stream_write(stream, "\r\n", 2);
}

static void
helo_checked(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;

    selo_smtp_resume(self, SELO_SMTP_WAIT_HELO);
    if (!selo_smtp_answer_mail(self, reply, FALSE, (SeloStr){ NULL, 0 }))
        return;
    selo_smtp_enter(self, SELO_SMTP_PHASE_READY);
    if (self->is_esmtp)
        announce(self);
    else
        selo_stream_printf(self->stream, "250 %s\r\n", selo_mail_peer_hostname(self->peer));
}

static void
introduce(SeloSmtpSession *self, const SeloSmtpArgs *args, gboolean is_esmtp)
{
    selo_smtp_reset(self); /* RFC 5321 section 4.1.4: as RSET would */
    self->is_esmtp = is_esmtp;
    self->extensions = 0;
    selo_smtp_wait(self, SELO_SMTP_WAIT_HELO);
    selo_mail_peer_helo(self->peer, args->word, selo_smtp_protocol(self), helo_checked, self);
}

void
selo_smtp_run_ehlo(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    introduce(self, args, TRUE);
}

void
selo_smtp_run_helo(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    introduce(self, args, FALSE);
}
