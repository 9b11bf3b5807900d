/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-answer.c: sends rows of the reply table in a session, counts errors, ends the session where a row
 * says so.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-session.h"

const char *
selo_smtp_id(SeloSmtpSession *self)
{
    return self->transaction != NULL ? selo_transaction_id(self->transaction)
                                     : selo_call_id(self->root);
}

/* Refusals count against a client, put-offs do not: those are not its fault. Over LMTP a trusted
 * neighbour asks for many users in one session, so only its own mistakes count (5.5.x). */
static gboolean
is_error(const SeloSmtpSession *self, const SeloSmtpReplyRow *row, uint32_t code)
{
    if (code < 500)
        return FALSE;
    return !selo_smtp_is_lmtp(self) ||
           (row->enhanced != NULL && strncmp(row->enhanced, "5.5.", 4) == 0);
}

static void
send(SeloSmtpSession *self, const SeloSmtpReplyRow *row, SeloSmtpReplyParts *parts)
{
    char line[SELO_SMTP_REPLY_MAX];
    uint32_t code = parts->code != 0 ? parts->code : row->code;

    if (row->flags & SELO_SMTP_REPLY_HOST)
        parts->host = selo_mail_peer_hostname(self->peer);
    if (code >= 400)
        parts->id = selo_smtp_id(self);
    selo_stream_write(self->stream, line, selo_smtp_reply_print(row, parts, line));
    if (is_error(self, row, code))
        self->counts.errors++;
    if (row->flags & SELO_SMTP_REPLY_CLOSE) {
        if (code >= 400)
            selo_log(self->root, G_LOG_LEVEL_INFO, "session-cut", "%s: %s",
                     selo_stream_peer(self->stream)->remote_ip.s, row->text);
        selo_smtp_close(self);
    }
}

void
selo_smtp_answer_about(SeloSmtpSession *self, SeloSmtpReply reply, SeloStr address, SeloStr detail)
{
    SeloSmtpReplyParts parts = { .address = address, .detail = detail };

    send(self, selo_smtp_reply_row(reply), &parts);
}

void
selo_smtp_answer_detail(SeloSmtpSession *self, SeloSmtpReply reply, SeloStr detail)
{
    selo_smtp_answer_about(self, reply, (SeloStr){ NULL, 0 }, detail);
}

void
selo_smtp_answer_text(SeloSmtpSession *self, SeloSmtpReply reply, SeloStr text)
{
    SeloSmtpReplyParts parts = { .text = text };

    send(self, selo_smtp_reply_row(reply), &parts);
}

void
selo_smtp_answer(SeloSmtpSession *self, SeloSmtpReply reply)
{
    selo_smtp_answer_about(self, reply, (SeloStr){ NULL, 0 }, (SeloStr){ NULL, 0 });
}

gboolean
selo_smtp_answer_mail(SeloSmtpSession *self, const SeloMailReply *reply, gboolean at_mail,
                      SeloStr address)
{
    SeloSmtpReplyParts parts = {
        .address = address, .code = reply->code, .enhanced = reply->enhanced, .text = reply->text
    };

    if (reply->cause == SELO_MAIL_OK)
        return TRUE;
    send(self, selo_smtp_reply_row(selo_smtp_reply_for(reply, at_mail)), &parts);
    if (reply->flags & SELO_MAIL_DISCONNECT)
        selo_smtp_close(self);
    return FALSE;
}
