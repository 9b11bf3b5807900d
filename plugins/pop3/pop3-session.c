/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-session.c: the life of a session: greeting, reading lines, waiting, limits, the end. It
 * knows no command by name; those are in the table of pop3-command.c.
 */
#include "config.h"

#include "plugins/pop3/pop3-session.h"

#include <string.h>
#include <unistd.h>

#include "plugins/pop3/pop3-command.h"

#define MAX_QUEUED (256u << 10) /* <selo/stream.h>: stop producing above this */

static const struct {
    Pop3Phase from;
    guint to;
} moves[] = {
    { POP3_PHASE_AUTHORIZATION,
      POP3_PHASE_SASL | POP3_PHASE_TLS | POP3_PHASE_TRANSACTION | POP3_PHASE_CLOSED },
    { POP3_PHASE_SASL, POP3_PHASE_AUTHORIZATION | POP3_PHASE_TRANSACTION | POP3_PHASE_CLOSED },
    { POP3_PHASE_TLS, POP3_PHASE_AUTHORIZATION | POP3_PHASE_CLOSED },
    { POP3_PHASE_TRANSACTION, POP3_PHASE_UPDATE | POP3_PHASE_CLOSED },
    { POP3_PHASE_UPDATE, POP3_PHASE_CLOSED },
};

void
pop3_enter(Pop3Session *self, Pop3Phase phase)
{
    gboolean is_legal = FALSE;

    for (size_t i = 0; i < G_N_ELEMENTS(moves); i++)
        is_legal |= moves[i].from == self->phase && (moves[i].to & phase) != 0;
    g_assert(is_legal);
    self->phase = phase;
}

void
pop3_wait(Pop3Session *self, Pop3Wait wait)
{
    g_assert(self->wait == POP3_WAIT_NOTHING && wait != POP3_WAIT_NOTHING);
    self->wait = wait;
    selo_stream_pause(self->stream);
}

void
pop3_resume(Pop3Session *self, Pop3Wait waited)
{
    g_assert(self->wait == waited);
    self->wait = POP3_WAIT_NOTHING;
    selo_stream_resume(self->stream);
}

void
pop3_close(Pop3Session *self)
{
    if (self->phase == POP3_PHASE_CLOSED)
        return;
    pop3_enter(self, POP3_PHASE_CLOSED);
    g_clear_pointer(&self->login, selo_login_cancel);
    selo_call_return(self->root, SELO_OK, NULL, NULL);
}

void
pop3_answer(Pop3Session *self, Pop3Reply reply)
{
    const Pop3ReplyRow *row = pop3_reply_row(reply);

    selo_stream_printf(self->stream, "%s\r\n", row->line);
    if (row->counts_as_error && ++self->n_errors > self->listener->max_errors)
        pop3_answer(self, POP3_TOO_MANY_ERRORS);
    else if (row->closes)
        pop3_close(self);
}

/* ---- long answers ---- */

void
pop3_output_clear(Pop3Output *output)
{
    if (output->message.fd.fd >= 0)
        close(output->message.fd.fd);
    g_free((char *) output->message.octets);
    *output = (Pop3Output){ .message.fd.fd = -1 };
}

/* TRUE: the answer is complete. */
static gboolean
produce_more(Pop3Session *self)
{
    gboolean goes_on = TRUE;

    while (goes_on && selo_stream_queued(self->stream) < MAX_QUEUED)
        goes_on = self->output.produce(self);
    if (!goes_on)
        pop3_output_clear(&self->output);
    return !goes_on;
}

void
pop3_produce(Pop3Session *self, Pop3Producer producer)
{
    self->output.produce = producer;
    if (!produce_more(self))
        pop3_wait(self, POP3_WAIT_ROOM);
}

void
pop3_session_drained(void *session)
{
    Pop3Session *self = session;

    if (self->wait != POP3_WAIT_ROOM)
        return;
    selo_stream_set_timeout(self->stream, self->listener->idle_timeout); /* he is busy taking it */
    if (produce_more(self))
        pop3_resume(self, POP3_WAIT_ROOM);
}

/* ---- reading ---- */

/* FALSE: nothing more to read now. */
static gboolean
read_line(Pop3Session *self)
{
    const gboolean is_sasl = self->phase == POP3_PHASE_SASL;
    SeloStr line;

    switch (
        selo_stream_read_line(self->stream, is_sasl ? POP3_MAX_SASL_LINE : POP3_MAX_LINE, &line)) {
    case SELO_READ_OK:
        if (is_sasl)
            pop3_sasl_line(self, line);
        else
            pop3_dispatch(self, line);
        return TRUE;
    case SELO_READ_TOO_LONG:
        if (is_sasl)
            pop3_sasl_line(self, SELO_STR("*"));
        else
            pop3_answer(self, POP3_LINE_TOO_LONG);
        return TRUE;
    case SELO_READ_AGAIN:
        return FALSE;
    case SELO_READ_END:
    case SELO_READ_BARE: /* these two are of messages */
    case SELO_READ_FAILED:
        break;
    }
    pop3_close(self); /* RFC 1939 section 6: without QUIT nothing is removed */
    return FALSE;
}

/* The server stops: out between commands, unless the client has marked messages and will say QUIT.
 * */
static gboolean
may_leave(const Pop3Session *self)
{
    const GArray *messages = self->maildrop.messages;

    if (self->wait != POP3_WAIT_NOTHING ||
        !(self->phase & (POP3_PHASE_AUTHORIZATION | POP3_PHASE_TRANSACTION)))
        return FALSE;
    for (guint i = 0; messages != NULL && i < messages->len; i++)
        if (g_array_index(messages, Pop3Message, i).is_deleted)
            return FALSE;
    return TRUE;
}

void
pop3_session_input(void *session)
{
    Pop3Session *self = session;
    gboolean goes_on = TRUE;

    while (goes_on && self->wait == POP3_WAIT_NOTHING && self->phase != POP3_PHASE_CLOSED) {
        if (self->is_draining && may_leave(self))
            pop3_answer(self, POP3_STOPPING);
        else
            goes_on = read_line(self);
    }
}

/* RFC 1939 section 3: the connection is closed without a word, and nothing is removed. */
void
pop3_session_expired(void *session)
{
    Pop3Session *self = session;

    if (self->wait == POP3_WAIT_NOTHING || self->wait == POP3_WAIT_ROOM)
        pop3_close(self);
    else if (self->phase != POP3_PHASE_CLOSED) /* it is we who are slow */
        selo_stream_set_timeout(self->stream, self->listener->idle_timeout);
}

/* ---- beginning and end ---- */

static void
drain(SeloCall *root, void *data)
{
    Pop3Session *self = data;

    self->is_draining = TRUE;
    if (may_leave(self))
        pop3_answer(self, POP3_STOPPING);
}

gboolean
pop3_session_new(void *listener, SeloCall *root, SeloStream *stream, void **out_session,
                 GError **error)
{
    Pop3Session *self = g_new0(Pop3Session, 1);

    self->listener = listener;
    self->root = root;
    self->stream = stream;
    self->phase = POP3_PHASE_AUTHORIZATION;
    self->output.message.fd.fd = -1;
    selo_stream_set_timeout(stream, self->listener->idle_timeout);
    selo_call_on_stop(root, drain, self);
    pop3_answer(self, POP3_READY);
    *out_session = self;
    return TRUE;
}

void
pop3_session_free(void *session)
{
    Pop3Session *self = session;

    g_clear_pointer(&self->login, selo_login_cancel);
    pop3_output_clear(&self->output);
    pop3_maildrop_clear(&self->maildrop);
    g_free(self->user);
    g_free(self);
}
