/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-reader.c: from the stream to commands: lines, literals, what must be skipped. A literal that is
 * refused costs no memory and never desynchronises: a synchronising one is answered without "+", so
 * that its octets do not come; one that comes anyway is read past, with the rest of its command.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-session.h"

/* Octets of one command's text, messages aside. */
#define MAX_TEXT_BEFORE_LOGIN 16384
#define MAX_TEXT              (1u << 20)
/* A literal beyond this is not worth skipping: the connection is closed. */
#define MAX_SKIP   (UINT64_C(1) << 32)
#define MAX_QUEUED (256 * 1024)

static size_t
text_limit(const ImapSession *session)
{
    return session->phase == IMAP_PHASE_NEW ? MAX_TEXT_BEFORE_LOGIN : MAX_TEXT;
}

/* The command will fail with @reply; the tag is all that is needed from here on. */
static void
refuse(ImapCommand *command, ImapReplyId reply, const char *why)
{
    ImapLine line;

    command->is_refused = TRUE;
    command->reply = (uint16_t) reply;
    if (why != NULL)
        command->reply_argument = (SeloStr){ why, strlen(why) };
    if (command->tag.len == 0) {
        imap_parser_split(&command->parser, TRUE, &command->arena, &line);
        command->tag = line.tag;
    }
    imap_parser_clear(&command->parser);
    g_clear_pointer(&command->blob, selo_blob_writer_free);
}

/* Is the command that announces its first literal one that may have it? */
static void
check_beginning(ImapCommand *command)
{
    ImapSession *session = command->session;
    ImapLine line;
    const ImapVerb *verb;
    SeloStr name;
    ImapFault fault = imap_parser_split(&command->parser, FALSE, &command->arena, &line);

    if (line.verb.len == 0) {
        refuse(command, IMAP_REPLY_BAD_COMMAND, fault);
        return;
    }
    command->tag = line.tag;
    name = line.verb;
    if (imap_str_is(name, "UID"))
        imap_args_take_atom(&line.args, &name);
    verb = imap_verb_find(name);
    if (verb == NULL)
        refuse(command, IMAP_REPLY_BAD_COMMAND, "Unknown command");
    else if ((verb->legal_in & session->phase) == 0)
        refuse(command,
               session->phase == IMAP_PHASE_NEW ? IMAP_REPLY_NOT_LOGGED_IN
                                                : IMAP_REPLY_NOT_SELECTED,
               NULL);
    else
        command->verb = verb;
}

/* Does the literal announced last go into a blob? Decided by the command's row of the table. Only the
 * mailbox name can be a literal before it, so that what a client makes us look at again stays small. */
static gboolean
begins_blob(ImapCommand *command)
{
    ImapArena arena = { 0 };
    ImapLine line;
    gboolean is_blob = FALSE;

    if (command->verb == NULL || command->verb->takes_blob == NULL || command->blob != NULL ||
        command->parser.n_literals > 1)
        return FALSE;
    if (imap_parser_split(&command->parser, FALSE, &arena, &line) == NULL && !line.has_open_list) {
        line.args.is_utf8 = command->session->is_rev2;
        is_blob = command->verb->takes_blob(&line.args);
    }
    imap_arena_clear(&arena);
    return is_blob;
}

static uint64_t
blob_limit(ImapSession *session)
{
    return (uint64_t) selo_conf_int(selo_call_conf(session->root), "max-literal");
}

static void
accept_literal(ImapCommand *command)
{
    ImapSession *session = command->session;

    if (begins_blob(command)) {
        if (command->literal.size > blob_limit(session)) {
            refuse(command, IMAP_REPLY_TOO_BIG, NULL);
            return;
        }
        imap_parser_drop_announced(&command->parser);
        command->blob = selo_blob_writer_new();
        command->reading = IMAP_READ_BLOB;
    } else if (command->literal.size > text_limit(session) - command->parser.size ||
               command->parser.n_literals >= IMAP_MAX_LITERALS) {
        refuse(command, IMAP_REPLY_LITERAL_TOO_BIG, NULL);
        return;
    } else {
        command->parser.n_literals++;
        command->reading = IMAP_READ_LITERAL;
    }
    if (command->literal.is_sync)
        imap_session_say(session, IMAP_REPLY_CONTINUE);
}

static void
end_refused(ImapCommand *command)
{
    command->verb = NULL; /* no news: nothing ran */
    imap_command_finish(command, command->reply);
}

static void
literal_announced(ImapCommand *command)
{
    if (!command->is_refused && command->verb == NULL)
        check_beginning(command);
    if (!command->is_refused)
        accept_literal(command);
    if (!command->is_refused)
        return;
    if (command->literal.is_sync)
        end_refused(command);
    else if (command->literal.size > MAX_SKIP)
        imap_session_end(command->session, IMAP_REPLY_BYE_LITERAL);
    else
        command->reading = IMAP_READ_SKIP;
}

static void
line_read(ImapCommand *command, SeloStr line)
{
    size_t limit = text_limit(command->session);
    gboolean has_literal = imap_parse_literal(line, &command->literal);

    if (!command->is_refused && !(imap_parser_add(&command->parser, line.s, line.len, limit) &&
                                  imap_parser_add(&command->parser, "\r\n", 2, limit)))
        refuse(command, IMAP_REPLY_LINE_TOO_LONG, NULL);
    if (has_literal)
        literal_announced(command);
    else if (command->is_refused)
        end_refused(command);
    else
        imap_command_start(command);
}

/* ---- one step of each way to read; FALSE: no more now ---- */

static gboolean
peer_gone(ImapSession *session)
{
    session->is_gone = TRUE;
    imap_session_end(session, IMAP_REPLY_BYE_LOGOUT);
    return FALSE;
}

static gboolean
read_line(ImapSession *session)
{
    SeloStr line;

    switch (selo_stream_read_line(session->stream, IMAP_MAX_LINE, &line)) {
    case SELO_READ_OK:
        if (session->command == NULL) {
            if (line.len == 0)
                return TRUE; /* what some clients send after a literal */
            session->command = imap_command_new(session);
            imap_session_set_timeout(session);
        }
        line_read(session->command, line);
        return TRUE;
    case SELO_READ_TOO_LONG:
        if (session->command == NULL)
            session->command = imap_command_new(session);
        if (session->command->tag.len == 0) /* its beginning says whose reply it is */
            imap_parser_add(&session->command->parser, line.s, line.len, SIZE_MAX);
        refuse(session->command, IMAP_REPLY_LINE_TOO_LONG, NULL);
        end_refused(session->command);
        return TRUE;
    case SELO_READ_AGAIN:
        return FALSE;
    case SELO_READ_BARE:
    case SELO_READ_END:
    case SELO_READ_FAILED:
        break;
    }
    return peer_gone(session);
}

static gboolean
read_literal(ImapCommand *command)
{
    ImapSession *session = command->session;
    SeloStr octets = { NULL, 0 };
    SeloRead result = SELO_READ_OK;

    if (command->literal.size > 0)
        result = selo_stream_read_octets(session->stream, command->literal.size, &octets);
    if (result == SELO_READ_AGAIN)
        return FALSE;
    if (result != SELO_READ_OK)
        return peer_gone(session);
    imap_parser_add(&command->parser, octets.s, octets.len, SIZE_MAX); /* checked when announced */
    command->literal.size -= octets.len;
    if (command->literal.size == 0)
        command->reading = IMAP_READ_LINE;
    return TRUE;
}

static gboolean
read_blob(ImapCommand *command)
{
    ImapSession *session = command->session;
    SeloBlobWriter *into = command->reading == IMAP_READ_BLOB ? command->blob : NULL;

    if (command->literal.size == 0) {
        command->reading = IMAP_READ_LINE;
        return TRUE;
    }
    switch (selo_stream_read_blob(session->stream, command->literal.size, into)) {
    case SELO_READ_OK:
    case SELO_READ_FAILED: /* the writer remembers it: told when APPEND ends the blob */
        command->reading = IMAP_READ_LINE;
        return TRUE;
    case SELO_READ_AGAIN:
        return FALSE;
    case SELO_READ_TOO_LONG:
    case SELO_READ_BARE:
    case SELO_READ_END:
        break;
    }
    return peer_gone(session);
}

static gboolean
read_answer(ImapCommand *command)
{
    SeloStr line;
    SeloRead result = selo_stream_read_line(command->session->stream, IMAP_MAX_LINE, &line);

    if (result == SELO_READ_AGAIN)
        return FALSE;
    if (result == SELO_READ_TOO_LONG)
        line = (SeloStr){ "", 0 };
    else if (result != SELO_READ_OK)
        return peer_gone(command->session);
    command->answered(command, line);
    return TRUE;
}

static gboolean
read_step(ImapSession *session)
{
    ImapCommand *command = session->command;

    if (command == NULL)
        return read_line(session);
    switch ((ImapReading) command->reading) {
    case IMAP_READ_LINE:
        return read_line(session);
    case IMAP_READ_LITERAL:
        return read_literal(command);
    case IMAP_READ_BLOB:
    case IMAP_READ_SKIP:
        return read_blob(command);
    case IMAP_READ_ANSWER:
        return read_answer(command);
    }
    return FALSE;
}

gboolean
imap_session_is_full(ImapSession *session)
{
    return selo_stream_queued(session->stream) > MAX_QUEUED;
}

static gboolean
can_read(ImapSession *session)
{
    return (session->command == NULL || session->command->wait == IMAP_WAIT_INPUT) &&
           !imap_session_is_full(session);
}

void
imap_session_read(ImapSession *session)
{
    gboolean goes_on = TRUE;

    if (session->is_reading)
        return; /* the loop below goes on by itself */
    session->is_reading = TRUE;
    while (goes_on && session->phase != IMAP_PHASE_LOGOUT && !session->is_returned &&
           can_read(session))
        goes_on = read_step(session);
    session->is_reading = FALSE;
}

/* What the client pipelines stays in the stream until the command is done or the output is read: the
 * stream is not paused for that, since then a client that reads nothing would never expire. */
void
imap_session_input(ImapSession *session)
{
    if (!session->is_returned)
        imap_session_read(session);
}

void
imap_session_drained(ImapSession *session)
{
    ImapCommand *command = session->command;

    if (session->is_returned)
        return;
    if (command != NULL && command->drained != NULL)
        command->drained(command);
    else
        imap_session_read(session);
}
