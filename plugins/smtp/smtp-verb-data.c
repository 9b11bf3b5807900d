/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb-data.c: DATA and BDAT: the filters are asked once, then the message comes (smtp-message.c).
 */
#include "config.h"

#include "plugins/smtp/smtp-verb.h"

/* ---- DATA ---- */

static void
data_checked(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;

    selo_smtp_resume(self, SELO_SMTP_WAIT_DATA);
    if (selo_smtp_answer_mail(self, reply, FALSE, (SeloStr){ NULL, 0 })) {
        self->input = (SeloSmtpInput){ .begun = g_get_monotonic_time() };
        selo_smtp_enter(self, SELO_SMTP_PHASE_MESSAGE);
        selo_smtp_answer(self, SELO_SMTP_SEND_MESSAGE);
    } else if (self->phase != SELO_SMTP_PHASE_CLOSED)
        selo_smtp_reset(self);
}

void
selo_smtp_run_data(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    selo_smtp_wait(self, SELO_SMTP_WAIT_DATA);
    selo_transaction_data(self->transaction, data_checked, self);
}

/* ---- BDAT ---- */

/* The octets of a chunk are on their way whatever the reply will be (RFC 3030 section 2). */
static void
expect_chunk(SeloSmtpSession *self, uint64_t size, gboolean is_last)
{
    if (self->input.begun == 0)
        self->input.begun = g_get_monotonic_time();
    self->input.chunk = size;
    self->input.is_chunk = TRUE;
    self->input.is_last = is_last;
    self->input.after = self->phase;
    selo_smtp_enter(self, SELO_SMTP_PHASE_MESSAGE);
}

void
selo_smtp_skip_chunk(SeloSmtpSession *self, uint64_t size, SeloSmtpReply reply)
{
    self->input.fault = reply;
    self->input.is_skipped = TRUE;
    expect_chunk(self, size, FALSE);
}

static void
chunks_checked(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;

    guint n = selo_smtp_is_lmtp(self) && self->input.is_last ? self->recipients->len : 1;

    selo_smtp_resume(self, SELO_SMTP_WAIT_DATA);
    if (reply->cause == SELO_MAIL_OK)
        return;
    self->input.is_skipped = self->input.is_answered = TRUE;
    for (guint i = 0; self->phase != SELO_SMTP_PHASE_CLOSED && i < n; i++)
        selo_smtp_answer_mail(self, reply, FALSE, (SeloStr){ NULL, 0 });
}

void
selo_smtp_run_bdat(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    uint64_t max_size = selo_smtp_max_size(self), size;
    gboolean is_first = self->phase == SELO_SMTP_PHASE_RCPT;

    if (__builtin_add_overflow(self->input.size, args->size, &size) ||
        (max_size > 0 && size > max_size))
        self->input.fault = SELO_SMTP_TOO_BIG;
    self->input.size = size;
    self->input.is_skipped = self->input.fault != SELO_SMTP_NONE;
    expect_chunk(self, args->size, args->is_last);
    if (!is_first)
        return;
    selo_smtp_wait(self, SELO_SMTP_WAIT_DATA);
    selo_transaction_data(self->transaction, chunks_checked, self);
}
