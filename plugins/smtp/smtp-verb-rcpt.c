/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb-rcpt.c: RCPT. Where mail for a recipient goes is the mail layer's business.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-verb.h"

static void
recipient_checked(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;
    SeloStr address = { self->address, strlen(self->address) };

    selo_smtp_resume(self, SELO_SMTP_WAIT_RCPT);
    if (!selo_smtp_answer_mail(self, reply, FALSE, address))
        return;
    selo_smtp_enter(self, SELO_SMTP_PHASE_RCPT);
    if (self->recipients != NULL)
        g_ptr_array_add(self->recipients, g_steal_pointer(&self->address));
    selo_smtp_answer(self, SELO_SMTP_RECIPIENT_OK);
}

/* What the session itself has against one more recipient. */
static SeloSmtpReply
check(const SeloSmtpSession *self)
{
    const SeloSmtpListener *listener = self->listener;

    if (selo_transaction_recipients(self->transaction) >= listener->max_recipients)
        return SELO_SMTP_TOO_MANY_RECIPIENTS;
    if (listener->recipients_a_minute > 0 &&
        !selo_smtp_rate_take(listener->recipients, selo_stream_peer(self->stream)->remote_ip.s,
                             listener->recipients_a_minute, g_get_monotonic_time()))
        return SELO_SMTP_TOO_MUCH_MAIL;
    return SELO_SMTP_NONE;
}

void
selo_smtp_run_rcpt(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    SeloStr path = { args->path.text, args->path.size };
    SeloSmtpReply refusal = check(self);

    if (refusal != SELO_SMTP_NONE) {
        selo_smtp_answer_about(self, refusal, path, (SeloStr){ NULL, 0 });
        return;
    }
    g_free(self->address);
    self->address = g_strndup(path.s, path.len);
    if (self->recipients == NULL && selo_smtp_is_lmtp(self))
        self->recipients = g_ptr_array_new_with_free_func(g_free);
    selo_smtp_wait(self, SELO_SMTP_WAIT_RCPT);
    selo_transaction_recipient(self->transaction, path,
                               (SeloStrs){ args->parameters, args->n_parameters },
                               recipient_checked, self);
}
