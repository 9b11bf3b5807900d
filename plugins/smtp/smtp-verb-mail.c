/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb-mail.c: MAIL begins a transaction, RSET gives it up.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-verb.h"

static void
sender_checked(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;
    SeloStr address = { self->address, strlen(self->address) };

    selo_smtp_resume(self, SELO_SMTP_WAIT_MAIL);
    if (selo_smtp_answer_mail(self, reply, TRUE, address)) {
        selo_smtp_enter(self, SELO_SMTP_PHASE_MAIL);
        selo_smtp_answer(self, SELO_SMTP_SENDER_OK);
    } else if (self->phase != SELO_SMTP_PHASE_CLOSED)
        selo_smtp_reset(self);
}

/* What the session itself has against a transaction. */
static SeloSmtpReply
check(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    const SeloSmtpListener *listener = self->listener;
    uint64_t max_size = selo_smtp_max_size(self);

    if (max_size > 0 && args->size > max_size)
        return SELO_SMTP_TOO_BIG;
    if (listener->max_messages > 0 && self->counts.messages >= listener->max_messages)
        return SELO_SMTP_TOO_MANY_MESSAGES;
    if (listener->messages_a_minute > 0 &&
        !selo_smtp_rate_take(listener->messages, selo_stream_peer(self->stream)->remote_ip.s,
                             listener->messages_a_minute, g_get_monotonic_time()))
        return SELO_SMTP_TOO_MUCH_MAIL;
    return SELO_SMTP_NONE;
}

void
selo_smtp_run_mail(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    SeloSmtpReply refusal = check(self, args);
    uint32_t flags = 0;

    if (refusal != SELO_SMTP_NONE) {
        selo_smtp_answer(self, refusal);
        return;
    }
    flags |= args->is_utf8 ? SELO_TRANSACTION_SMTPUTF8 : 0;
    flags |= args->is_8bit ? SELO_TRANSACTION_8BITMIME : 0;
    self->counts.messages++;
    self->is_utf8 = args->is_utf8;
    self->address = g_strndup(args->path.text, args->path.size);
    selo_smtp_wait(self, SELO_SMTP_WAIT_MAIL);
    self->transaction =
        selo_transaction_begin(self->peer, (SeloStr){ args->path.text, args->path.size },
                               (SeloStrs){ args->parameters, args->n_parameters }, args->size,
                               flags, sender_checked, self);
}

void
selo_smtp_run_rset(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    selo_smtp_reset(self);
    selo_smtp_answer(self, SELO_SMTP_OK);
}
