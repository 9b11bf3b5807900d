/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-cmd-retr.c: RETR and TOP (RFC 1939): messages on their way out. A message is read a piece at
 * a time as the client takes it; dots are added on the way.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "plugins/pop3/pop3-command.h"

#define PIECE (32u << 10)

/* FALSE: complete. A message that cannot be read to its end cannot be answered any more: the client
 * must not take the half for the whole, so the connection ends. */
static gboolean
produce_message(Pop3Session *self)
{
    Pop3Output *output = &self->output;
    g_autoptr(GString) text = g_string_sized_new(PIECE + PIECE / 8);
    char piece[PIECE];
    const int64_t n = output->offset < output->message.size
                          ? selo_blob_read(&output->message, output->offset, piece, sizeof piece)
                          : 0;
    gboolean goes_on;

    if (n < 0 || (n == 0 && output->offset < output->message.size)) {
        selo_log(self->root, G_LOG_LEVEL_WARNING, "message-cut-off", "uid %u of %s: %s",
                 self->retrieving->uid, self->user,
                 n < 0 ? g_strerror((int) -n) : "shorter than it was");
        pop3_close(self);
        return FALSE;
    }
    output->offset += (uint64_t) n;
    goes_on = n > 0 && pop3_stuffer_add(&output->stuffer, piece, (gsize) n, text);
    if (!goes_on)
        pop3_stuffer_end(&output->stuffer, text);
    selo_stream_write(self->stream, text->str, text->len);
    return goes_on;
}

/* The row is the store's: its descriptor or its octets are made ours. */
static void
message_came(void *data, const void *row)
{
    Pop3Session *self = data;
    const SeloMsg *message = row;
    SeloBlob *blob = &self->output.message;

    if (self->phase != POP3_PHASE_TRANSACTION || self->output.produce != NULL ||
        blob->octets != NULL || blob->fd.fd >= 0)
        return;
    *blob = message->body;
    if (message->body.octets != NULL) {
        blob->octets = g_memdup2(message->body.octets, message->body.size);
        blob->offset = 0;
        blob->fd.fd = -1;
    } else
        blob->fd.fd = message->body.size > 0 ? fcntl(message->body.fd.fd, F_DUPFD_CLOEXEC, 3) : -1;
}

static void
fetched(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    Pop3Session *self = data;
    const SeloBlob *blob = &self->output.message;

    if (self->phase != POP3_PHASE_TRANSACTION)
        return;
    pop3_resume(self, POP3_WAIT_MESSAGE);
    if (status != SELO_OK || (blob->octets == NULL && blob->fd.fd < 0)) {
        selo_log(self->root, G_LOG_LEVEL_WARNING, "message-unavailable", "uid %u of %s: %s",
                 self->retrieving->uid, self->user, operator_text != NULL ? operator_text : "gone");
        pop3_output_clear(&self->output);
        pop3_answer(self, POP3_MESSAGE_UNAVAILABLE);
        return;
    }
    if (self->top_lines == G_MAXUINT64) {
        self->retrieving->is_retrieved = TRUE;
        selo_stream_printf(self->stream, "+OK %" G_GUINT64_FORMAT " octets\r\n",
                           self->retrieving->size);
    } else
        selo_stream_printf(self->stream, "+OK\r\n");
    pop3_stuffer_init(&self->output.stuffer, self->top_lines);
    pop3_produce(self, produce_message);
}

static void
begin(Pop3Session *self, SeloStr number, uint64_t lines)
{
    SeloRange range;

    self->retrieving = pop3_maildrop_message(self, number);
    if (self->retrieving == NULL)
        return;
    self->top_lines = lines;
    range = (SeloRange){ self->retrieving->uid, self->retrieving->uid };
    pop3_wait(self, POP3_WAIT_MESSAGE);
    selo_view_fetch(self->maildrop.view, self->root, (SeloUids){ &range, 1 }, SELO_MSG_BODY,
                    message_came, fetched, self);
}

void
pop3_run_retr(Pop3Session *self, const Pop3Line *line)
{
    begin(self, line->arguments[0], G_MAXUINT64);
}

void
pop3_run_top(Pop3Session *self, const Pop3Line *line)
{
    uint64_t lines;

    if (pop3_parse_number(line->arguments[1], &lines))
        begin(self, line->arguments[0], lines);
    else
        pop3_answer(self, POP3_BAD_ARGUMENTS);
}
