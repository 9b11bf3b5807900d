/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-message.c: reads what follows DATA and BDAT, hands it in, and tells how that went: once in SMTP,
 * once for each recipient in LMTP (RFC 2033 section 4.2).
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-session.h"

static void
answer_recipient(SeloSmtpSession *self, const SeloMailReply *reply)
{
    const char *path = g_ptr_array_index(self->recipients, self->input.n_told);
    SeloStr address = { path, strlen(path) };
    const char *id = selo_smtp_id(self);

    self->input.n_told++;
    if (selo_smtp_answer_mail(self, reply, FALSE, address))
        selo_smtp_answer_about(self, SELO_SMTP_DELIVERED, address, (SeloStr){ id, strlen(id) });
}

static void
recipient_delivered(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;

    if (self->phase != SELO_SMTP_PHASE_CLOSED && self->input.n_told < self->recipients->len)
        answer_recipient(self, reply);
}

static void
answer_message(SeloSmtpSession *self, const SeloMailReply *reply)
{
    const char *id = selo_smtp_id(self);

    if (selo_smtp_is_lmtp(self)) { /* those that have no reply of their own yet share this one */
        while (self->phase != SELO_SMTP_PHASE_CLOSED && self->input.n_told < self->recipients->len)
            answer_recipient(self, reply);
    } else if (selo_smtp_answer_mail(self, reply, FALSE, (SeloStr){ NULL, 0 }))
        selo_smtp_answer_detail(self, SELO_SMTP_ACCEPTED, (SeloStr){ id, strlen(id) });
}

static void
committed(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;

    selo_smtp_resume(self, SELO_SMTP_WAIT_COMMIT);
    answer_message(self, reply);
    if (reply->cause == SELO_MAIL_OK)
        self->counts.errors = self->counts.junk = 0; /* it does what it came for */
    if (self->phase != SELO_SMTP_PHASE_CLOSED)
        selo_smtp_reset(self);
}

static void
commit(SeloSmtpSession *self)
{
    selo_smtp_wait(self, SELO_SMTP_WAIT_COMMIT);
    selo_transaction_commit(self->transaction, selo_smtp_is_lmtp(self) ? recipient_delivered : NULL,
                            committed, self);
}

/* The message is at its end and will not be taken. */
static void
refuse(SeloSmtpSession *self, SeloSmtpReply fault)
{
    gboolean is_final = !self->input.is_chunk || self->input.is_last;
    guint n = selo_smtp_is_lmtp(self) && is_final ? self->recipients->len : 1;

    for (guint i = 0; !self->input.is_answered && i < n; i++)
        selo_smtp_answer(self, fault);
    selo_smtp_reset(self);
}

/* Bare newlines in chunks; a blob that could not be written is left to the commit to tell. */
static gboolean
chunks_are_clean(SeloSmtpSession *self)
{
    SeloBlob blob;

    return !selo_blob_writer_end(selo_transaction_writer(self->transaction), &blob, NULL) ||
           !selo_smtp_has_bare(&blob);
}

static void
end_chunk(SeloSmtpSession *self)
{
    char detail[32];

    if (!self->input.is_last) {
        g_snprintf(detail, sizeof detail, "(%" G_GUINT64_FORMAT " octets)", self->input.size);
        selo_smtp_enter(self, SELO_SMTP_PHASE_CHUNKS);
        selo_smtp_answer_detail(self, SELO_SMTP_CHUNK_OK, (SeloStr){ detail, strlen(detail) });
    } else if (chunks_are_clean(self))
        commit(self);
    else
        refuse(self, SELO_SMTP_BARE_IN_MESSAGE);
}

static void
end_input(SeloSmtpSession *self)
{
    SeloSmtpInput *input = &self->input;

    if (input->is_skipped && self->input.after != SELO_SMTP_PHASE_RCPT &&
        self->input.after !=
            SELO_SMTP_PHASE_CHUNKS) { /* a chunk out of place: as if it had not been */
        SeloSmtpReply fault = input->fault;

        selo_smtp_enter(self, input->after);
        *input = (SeloSmtpInput){ 0 };
        selo_smtp_answer(self, fault);
    } else if (input->fault != SELO_SMTP_NONE || input->is_skipped)
        refuse(self, input->fault);
    else if (input->is_chunk)
        end_chunk(self);
    else
        commit(self);
}

static SeloRead
read_some(SeloSmtpSession *self)
{
    SeloBlobWriter *into =
        self->input.is_skipped ? NULL : selo_transaction_writer(self->transaction);

    if (self->input.is_chunk)
        return selo_stream_read_blob(self->stream, self->input.chunk, into);
    return selo_stream_read_dots(self->stream, selo_smtp_max_size(self), into);
}

gboolean
selo_smtp_message_read(SeloSmtpSession *self)
{
    switch (read_some(self)) {
    case SELO_READ_AGAIN:
        /* Octet by octet keeps the idle timeout away for ever: there is a limit on the whole too. */
        if (g_get_monotonic_time() - self->input.begun > self->listener->message_timeout)
            selo_smtp_answer(self, SELO_SMTP_TOO_SLOW);
        return FALSE;
    case SELO_READ_END: /* RFC 5321 section 4.1.1.4: no end of data, no message */
        selo_smtp_close(self);
        return FALSE;
    case SELO_READ_TOO_LONG:
        self->input.fault = SELO_SMTP_TOO_BIG;
        break;
    case SELO_READ_BARE:
        self->input.fault = SELO_SMTP_BARE_IN_MESSAGE;
        break;
    case SELO_READ_FAILED:
        self->input.fault = SELO_SMTP_NO_SPACE;
        break;
    case SELO_READ_OK:
        break;
    }
    end_input(self);
    return TRUE;
}
