/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-session.c: the life of a session: greeting, reading lines, waiting, limits, the end. It knows no
 * command by name; those are in the verb table.
 */
#include "config.h"

#include "plugins/smtp/smtp-session.h"

#include <string.h>

#include "plugins/smtp/smtp-verb.h"

/* clang-format off */
/* Which phase may follow which. */
#define GREETING SELO_SMTP_PHASE_GREETING
#define REFUSED  SELO_SMTP_PHASE_REFUSED
#define NEW      SELO_SMTP_PHASE_NEW
#define READY    SELO_SMTP_PHASE_READY
#define MAIL     SELO_SMTP_PHASE_MAIL
#define RCPT     SELO_SMTP_PHASE_RCPT
#define CHUNKS   SELO_SMTP_PHASE_CHUNKS
#define MESSAGE  SELO_SMTP_PHASE_MESSAGE
#define AUTH     SELO_SMTP_PHASE_AUTH
#define TLS      SELO_SMTP_PHASE_TLS
#define CLOSED   SELO_SMTP_PHASE_CLOSED
static const struct {
    SeloSmtpPhase from;
    guint to;
} moves[] = {
    { GREETING, REFUSED | NEW | CLOSED },
    { REFUSED,  MESSAGE | CLOSED },
    { NEW,      NEW | READY | MESSAGE | TLS | CLOSED },
    { READY,    READY | MAIL | MESSAGE | AUTH | TLS | CLOSED },
    { MAIL,     READY | RCPT | MESSAGE | CLOSED },
    { RCPT,     READY | RCPT | MESSAGE | CLOSED },
    { CHUNKS,   READY | MESSAGE | CLOSED },
    { MESSAGE,  REFUSED | NEW | READY | MAIL | CHUNKS | CLOSED }, /* also after a refused chunk */
    { AUTH,     READY | CLOSED },
    { TLS,      NEW | CLOSED },
};
/* clang-format on */

static gboolean
may_move(SeloSmtpPhase from, SeloSmtpPhase to)
{
    for (size_t i = 0; i < G_N_ELEMENTS(moves); i++) {
        if (moves[i].from == from)
            return (moves[i].to & to) != 0;
    }
    return FALSE;
}

void
selo_smtp_enter(SeloSmtpSession *self, SeloSmtpPhase phase)
{
    g_assert(may_move(self->phase, phase));
    self->phase = phase;
}

void
selo_smtp_wait(SeloSmtpSession *self, SeloSmtpWait wait)
{
    g_assert(self->wait == SELO_SMTP_WAIT_NOTHING && wait != SELO_SMTP_WAIT_NOTHING);
    self->wait = wait;
    selo_stream_pause(self->stream);
}

void
selo_smtp_resume(SeloSmtpSession *self, SeloSmtpWait waited)
{
    g_assert(self->wait == waited);
    self->wait = SELO_SMTP_WAIT_NOTHING;
    selo_stream_resume(self->stream);
}

gboolean
selo_smtp_is_lmtp(const SeloSmtpSession *self)
{
    return self->listener->mode == SELO_SMTP_MODE_LMTP;
}

uint64_t
selo_smtp_max_size(const SeloSmtpSession *self)
{
    uint64_t of_server = selo_mail_peer_max_size(self->peer), here = self->listener->max_size;

    return here == 0 || (of_server != 0 && of_server < here) ? of_server : here;
}

static void
forget_transaction(SeloSmtpSession *self)
{
    g_clear_pointer(&self->transaction, selo_transaction_free);
    g_clear_pointer(&self->address, g_free);
    self->input = (SeloSmtpInput){ 0 };
    self->is_utf8 = FALSE;
    if (self->recipients != NULL)
        g_ptr_array_set_size(self->recipients, 0);
}

void
selo_smtp_reset(SeloSmtpSession *self)
{
    forget_transaction(self);
    if (self->phase != NEW)
        selo_smtp_enter(self, READY);
}

void
selo_smtp_close(SeloSmtpSession *self)
{
    if (self->phase == CLOSED)
        return;
    selo_smtp_enter(self, CLOSED);
    g_clear_pointer(&self->login, selo_login_cancel);
    forget_transaction(self);
    selo_call_return(self->root, SELO_OK, NULL, NULL);
}

/* ---- reading ---- */

/* Says goodbye where a limit is reached or the server stops, between commands. */
static void
leave_if_due(SeloSmtpSession *self)
{
    const SeloSmtpListener *limits = self->listener;

    if (self->counts.errors >= limits->max_errors)
        selo_smtp_answer(self, SELO_SMTP_TOO_MANY_ERRORS);
    else if (self->counts.commands > limits->max_commands)
        selo_smtp_answer(self, SELO_SMTP_TOO_MANY_COMMANDS);
    else if (self->is_draining && self->phase & (NEW | READY))
        selo_smtp_answer(self, SELO_SMTP_STOPPING);
}

static void
take_line(SeloSmtpSession *self, SeloStr line)
{
    if (self->listener->refuses_bare_newline && selo_stream_line_was_bare(self->stream)) {
        if (self->phase == AUTH)
            selo_smtp_auth_line(self, SELO_STR("*"));
        else
            selo_smtp_answer(self, SELO_SMTP_BARE_NEWLINE);
    } else if (self->phase == AUTH)
        selo_smtp_auth_line(self, line);
    else
        selo_smtp_dispatch(self, line);
}

static void
refuse_long_line(SeloSmtpSession *self)
{
    if (self->phase == AUTH) {
        g_clear_pointer(&self->login, selo_login_cancel);
        selo_smtp_enter(self, READY);
        selo_smtp_answer(self, SELO_SMTP_AUTH_TOO_LONG);
    } else
        selo_smtp_answer(self, SELO_SMTP_LINE_TOO_LONG);
}

/* FALSE: nothing more to read now. */
static gboolean
read_command(SeloSmtpSession *self)
{
    SeloStr line;

    switch (selo_stream_read_line(self->stream, SELO_SMTP_MAX_AUTH_LINE, &line)) {
    case SELO_READ_OK:
        self->counts.commands++;
        take_line(self, line);
        return TRUE;
    case SELO_READ_TOO_LONG:
        self->counts.commands++;
        refuse_long_line(self);
        return TRUE;
    case SELO_READ_AGAIN:
        return FALSE;
    case SELO_READ_END:
    case SELO_READ_BARE: /* these two are of messages */
    case SELO_READ_FAILED:
        break;
    }
    selo_smtp_close(self);
    return FALSE;
}

static void begin(SeloSmtpSession *self);

/* Before the greeting: is there anything? It stays unread. */
static void
look_at_early_input(SeloSmtpSession *self)
{
    SeloStr nothing;

    switch (selo_stream_read_octets(self->stream, 0, &nothing)) {
    case SELO_READ_OK:
        self->spoke_early = TRUE;
        selo_stream_pause(self->stream);
        if (self->wait == SELO_SMTP_WAIT_GREETING)
            begin(self);
        break;
    case SELO_READ_AGAIN: /* the stream only asks */
        break;
    case SELO_READ_END:
    case SELO_READ_TOO_LONG:
    case SELO_READ_BARE:
    case SELO_READ_FAILED:
        selo_smtp_close(self);
        break;
    }
}

void
selo_smtp_session_input(void *session)
{
    SeloSmtpSession *self = session;
    gboolean goes_on = TRUE;

    if (self->phase == GREETING) {
        look_at_early_input(self);
        return;
    }
    while (goes_on && self->wait == SELO_SMTP_WAIT_NOTHING && self->phase != CLOSED) {
        if (self->phase == MESSAGE) {
            goes_on = selo_smtp_message_read(self);
            continue;
        }
        leave_if_due(self);
        if (self->phase != CLOSED)
            goes_on = read_command(self);
    }
}

void
selo_smtp_session_expired(void *session)
{
    SeloSmtpSession *self = session;

    if (self->phase == CLOSED)
        return;
    if (self->wait == SELO_SMTP_WAIT_GREETING)
        begin(self);
    else if (self->wait == SELO_SMTP_WAIT_TLS) /* a client that began a handshake and fell silent */
        selo_smtp_close(self);
    else if (self->wait != SELO_SMTP_WAIT_NOTHING) /* it is we who are slow */
        selo_stream_set_timeout(self->stream, self->listener->idle_timeout);
    else
        selo_smtp_answer(self, SELO_SMTP_IDLE_TOO_LONG);
}

/* ---- beginning and end ---- */

static void
greet(SeloSmtpSession *self)
{
    const char *protocol = selo_smtp_is_lmtp(self) ? "LMTP" : "ESMTP";

    selo_smtp_enter(self, NEW);
    /* RFC 5321 section 4.2: the name comes first. No version: nobody's business. */
    selo_stream_printf(self->stream, "220 %s %s Selo\r\n", selo_mail_peer_hostname(self->peer),
                       protocol);
}

static void
refuse_session(SeloSmtpSession *self, const SeloMailReply *reply)
{
    if (self->spoke_early)
        selo_stream_resume(self->stream);
    if (reply->flags & SELO_MAIL_PERMANENT && !(reply->flags & SELO_MAIL_DISCONNECT)) {
        selo_smtp_enter(self, REFUSED);
        selo_smtp_answer_text(self, SELO_SMTP_NO_SERVICE, reply->text);
    } else
        selo_smtp_answer_text(self, SELO_SMTP_NO_SERVICE_NOW, reply->text);
}

/* The client may come in; it has had its time to speak too early. */
static void
begin(SeloSmtpSession *self)
{
    if (self->wait == SELO_SMTP_WAIT_GREETING)
        selo_stream_set_timeout(self->stream, self->listener->idle_timeout);
    self->wait = SELO_SMTP_WAIT_NOTHING;
    if (self->spoke_early) {
        selo_mail_peer_mark(self->peer, SELO_PEER_SPOKE_EARLY);
        selo_stream_resume(self->stream);
    }
    if (self->is_draining)
        selo_smtp_answer(self, SELO_SMTP_STOPPING);
    else if (self->spoke_early && self->listener->closes_on_early_talk)
        selo_smtp_answer(self, SELO_SMTP_OUT_OF_SYNC);
    else
        greet(self);
}

static void
connect_checked(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;

    self->wait = SELO_SMTP_WAIT_NOTHING;
    if (self->phase == GREETING && !self->spoke_early)
        look_at_early_input(self); /* what came with the connection itself */
    if (self->phase == CLOSED)     /* the client did not wait */
        return;
    if (reply->cause != SELO_MAIL_OK) {
        refuse_session(self, reply);
    } else if (self->listener->greeting_delay > 0 && !self->spoke_early) {
        self->wait = SELO_SMTP_WAIT_GREETING;
        selo_stream_set_timeout(self->stream, self->listener->greeting_delay);
    } else
        begin(self);
}

/* The server stops or reloads: out at the next fit moment, at once if nothing is under way. */
static void
drain(SeloCall *root, void *data)
{
    SeloSmtpSession *self = data;

    self->is_draining = TRUE;
    if (self->wait == SELO_SMTP_WAIT_GREETING)
        begin(self);
    else if (self->wait == SELO_SMTP_WAIT_NOTHING && self->phase != CLOSED)
        leave_if_due(self);
}

gboolean
selo_smtp_session_new(void *listener, SeloCall *root, SeloStream *stream, void **out_session,
                      GError **error)
{
    static const uint32_t peer_flags[] = { [SELO_SMTP_MODE_MX] = 0,
                                           [SELO_SMTP_MODE_SUBMISSION] = SELO_PEER_SUBMISSION,
                                           [SELO_SMTP_MODE_LMTP] = SELO_PEER_LMTP };
    SeloSmtpSession *self = g_new0(SeloSmtpSession, 1);

    self->listener = listener;
    self->root = root;
    self->stream = stream;
    self->phase = GREETING;
    self->wait = SELO_SMTP_WAIT_CONNECT; /* not paused: who speaks now speaks too early */
    self->peer = selo_mail_peer_new(root, stream, peer_flags[self->listener->mode]);
    selo_stream_set_timeout(stream, self->listener->idle_timeout);
    selo_call_on_stop(root, drain, self);
    selo_mail_peer_connect(self->peer, connect_checked, self);
    *out_session = self;
    return TRUE;
}

/* RFC 5321 section 3.8: 421 is for a server that cannot go on, also instead of a greeting. */
size_t
selo_smtp_session_refuse(void *listener, const char *hostname, char *buffer, size_t size)
{
    const SeloSmtpReplyParts parts = { .host = hostname };

    if (size < SELO_SMTP_REPLY_MAX)
        return 0;
    return selo_smtp_reply_print(selo_smtp_reply_row(SELO_SMTP_OVERLOADED), &parts, buffer);
}

void
selo_smtp_session_free(void *session)
{
    SeloSmtpSession *self = session;

    g_clear_pointer(&self->login, selo_login_cancel);
    forget_transaction(self);
    g_clear_pointer(&self->recipients, g_ptr_array_unref);
    selo_mail_peer_free(self->peer);
    g_free(self->mechanism);
    g_free(self);
}
