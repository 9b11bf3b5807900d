/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-command.c: the life of one command: parse, check against the table, run, tell what is new,
 * reply, go. Commands of a session run one at a time, in the order sent: that is what RFC 9051 section
 * 5.5 lets clients rely on where it matters, and clients that pipeline gain nothing from more.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-session.h"

#define MAX_BAD_BEFORE_LOGIN 3
#define MAX_BAD              20 /* in a row: a client may try an extension with each mailbox */

ImapCommand *
imap_command_new(ImapSession *session)
{
    ImapCommand *command = g_new0(ImapCommand, 1);

    command->session = session;
    command->wait = IMAP_WAIT_INPUT;
    return command;
}

void
imap_command_free(ImapCommand *command)
{
    if (command->ended != NULL)
        command->ended(command);
    g_clear_pointer(&command->blob, selo_blob_writer_free);
    imap_parser_clear(&command->parser);
    imap_arena_clear(&command->arena);
    g_free(command);
}

/* ---- the tagged reply ---- */

static void
put_text(ImapOut *out, const ImapCommand *command, const char *text)
{
    for (const char *mark; (mark = strchr(text, '%')) != NULL; text = mark + 2) {
        imap_out_octets(out, text, (size_t) (mark - text));
        if (mark[1] == 'A') {
            imap_out_octets(out, command->reply_argument.s, command->reply_argument.len);
        } else {
            if (command->is_uid)
                imap_out_lit(out, "UID ");
            imap_out_text(out, command->verb != NULL ? command->verb->title : "Command");
        }
    }
    imap_out_text(out, text);
}

static void
put_tagged(ImapOut *out, const ImapCommand *command)
{
    const ImapReply *reply = imap_reply_get(command->reply);

    if (command->tag.len > 0)
        imap_out_octets(out, command->tag.s, command->tag.len);
    else
        imap_out_lit(out, "*");
    imap_out_lit(out, " ");
    imap_out_text(out, reply->status);
    imap_out_lit(out, " ");
    if (command->reply_code.len > 0) {
        imap_out_lit(out, "[");
        imap_out_octets(out, command->reply_code.s, command->reply_code.len);
        imap_out_lit(out, "] ");
    } else if (reply->code != NULL) {
        imap_out_lit(out, "[");
        imap_out_text(out, reply->code);
        imap_out_lit(out, "] ");
    }
    put_text(out, command, reply->text);
    imap_out_lit(out, "\r\n");
}

static gboolean
is_bad(const ImapCommand *command)
{
    return imap_reply_get(command->reply)->status[0] == 'B';
}

static void
reply_and_end(ImapCommand *command)
{
    ImapSession *session = command->session;
    ImapOut *out = imap_session_out(session);
    gboolean was_bad = is_bad(command);
    uint32_t max_bad = session->phase == IMAP_PHASE_NEW ? MAX_BAD_BEFORE_LOGIN : MAX_BAD;

    put_tagged(out, command);
    imap_out_flush(out);
    if (!was_bad && session->phase != IMAP_PHASE_NEW)
        session->n_bad_commands = 0;
    session->command = NULL;
    imap_command_free(command);
    if (was_bad && ++session->n_bad_commands >= max_bad)
        imap_session_end(session, IMAP_REPLY_BYE_BAD);
    else if (session->is_draining || session->has_said_bye)
        imap_session_end(session, IMAP_REPLY_BYE_DRAIN);
    if (session->phase != IMAP_PHASE_LOGOUT)
        imap_session_read(session);
}

static void
view_synced(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    ImapSession *session = command->session;

    command->wait = IMAP_WAIT_NONE;
    if (session->phase == IMAP_PHASE_LOGOUT) {
        imap_session_end(session, IMAP_REPLY_BYE_DRAIN);
        return;
    }
    if (status == SELO_NOT_FOUND) { /* the mailbox was deleted by somebody else */
        imap_session_end(session, IMAP_REPLY_BYE_GONE);
        return;
    }
    if (status != SELO_OK)
        selo_log(session->root, G_LOG_LEVEL_WARNING, "imap-sync-failed", "%s",
                 operator_text != NULL ? operator_text : "");
    reply_and_end(command);
}

void
imap_command_finish(ImapCommand *command, ImapReplyId reply)
{
    ImapSession *session = command->session;
    const ImapVerb *verb = command->verb;
    uint32_t sync = 0;

    command->wait = IMAP_WAIT_NONE;
    command->drained = NULL; /* output that drains now is not what it waits for */
    command->reply = (uint16_t) reply;
    if (session->phase == IMAP_PHASE_LOGOUT) {
        imap_session_end(session, IMAP_REPLY_BYE_LOGOUT);
        return;
    }
    if (session->phase != IMAP_PHASE_SELECTED || verb == NULL ||
        (verb->flags & IMAP_VERB_SYNC) == 0 || is_bad(command)) {
        reply_and_end(command);
        return;
    }
    if ((verb->flags & IMAP_VERB_NUMBERS) != 0 && !command->is_uid)
        sync |= SELO_SYNC_NO_EXPUNGE;
    if ((verb->flags & IMAP_VERB_CHECK) != 0)
        sync |= SELO_SYNC_CHECK;
    command->wait = IMAP_WAIT_STORE;
    selo_view_sync(session->view, session->root, sync, imap_updates_tell, view_synced, command);
}

void
imap_command_finish_code(ImapCommand *command, ImapReplyId reply, SeloStr code)
{
    command->reply_code = imap_arena_str(&command->arena, code.s, code.len);
    imap_command_finish(command, reply);
}

void
imap_command_finish_about(ImapCommand *command, ImapReplyId reply, SeloStr argument)
{
    char *copy;

    command->reply_argument = imap_arena_str(&command->arena, argument.s, argument.len);
    copy = (char *) command->reply_argument.s;
    for (size_t i = 0; i < argument.len; i++) /* what a client sent cannot break the line */
        if (g_ascii_iscntrl(copy[i]) || (copy[i] & 0x80) != 0)
            copy[i] = '?';
    imap_command_finish(command, reply);
}

void
imap_command_fail_about(ImapCommand *command, SeloStatus status, const char *operator_text,
                        SeloStr name)
{
    ImapReplyId reply = imap_reply_for(status);

    if (reply == IMAP_REPLY_UNAVAILABLE || reply == IMAP_REPLY_SERVER_BUG)
        selo_log(command->session->root, G_LOG_LEVEL_WARNING, "imap-command-failed", "%s: %s",
                 command->verb->name, operator_text != NULL ? operator_text : "");
    imap_command_finish_about(command, reply, name);
}

void
imap_command_fail(ImapCommand *command, SeloStatus status, const char *operator_text)
{
    SeloView *view = command->session->view;

    imap_command_fail_about(command, status, operator_text,
                            view != NULL ? selo_view_name(view) : (SeloStr){ "", 0 });
}

void
imap_command_done(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;

    if (status == SELO_OK)
        imap_command_finish(command, IMAP_REPLY_COMPLETED);
    else
        imap_command_fail(command, status, operator_text);
}

/* ---- from text to run ---- */

static ImapReplyId
wrong_phase(const ImapSession *session, const ImapVerb *verb)
{
    if (session->phase == IMAP_PHASE_NEW)
        return IMAP_REPLY_NOT_LOGGED_IN;
    return (verb->legal_in & (IMAP_PHASE_USER | IMAP_PHASE_SELECTED)) == 0
               ? IMAP_REPLY_LOGGED_IN_BEFORE
               : IMAP_REPLY_NOT_SELECTED;
}

/* Finds the table's row: "UID FETCH" is FETCH with is_uid. */
static ImapFault
find_verb(ImapCommand *command, SeloStr name, ImapArgs *args)
{
    const ImapVerb *verb;

    if (imap_str_is(name, "UID")) {
        if (!imap_args_take_atom(args, &name))
            return "Missing UID command";
        command->is_uid = TRUE;
    }
    verb = imap_verb_find(name);
    if (verb == NULL || (command->is_uid && (verb->flags & IMAP_VERB_UID) == 0)) {
        command->is_uid = FALSE;
        return "Unknown command";
    }
    command->verb = verb;
    return NULL;
}

static void
finish_bad(ImapCommand *command, ImapFault fault)
{
    imap_command_finish_about(
        command, command->verb != NULL ? IMAP_REPLY_BAD_SYNTAX : IMAP_REPLY_BAD_COMMAND,
        (SeloStr){ fault, strlen(fault) });
}

void
imap_command_start(ImapCommand *command)
{
    ImapSession *session = command->session;
    const ImapVerb *verb;
    ImapLine line;
    ImapFault fault, verb_fault;

    command->wait = IMAP_WAIT_NONE;
    fault = imap_parser_split(&command->parser, TRUE, &command->arena, &line);
    imap_parser_clear(&command->parser);
    command->tag = line.tag;
    if (line.verb.len == 0) {
        finish_bad(command, fault);
        return;
    }
    command->is_uid = FALSE;
    verb_fault = find_verb(command, line.verb, &line.args);
    verb = command->verb;
    if (verb_fault != NULL || fault != NULL) {
        finish_bad(command, verb_fault != NULL ? verb_fault : fault);
        return;
    }
    if ((verb->legal_in & session->phase) == 0) {
        imap_command_finish(command, wrong_phase(session, verb));
        return;
    }
    line.args.is_utf8 = session->is_rev2;
    line.args.is_uid = command->is_uid;
    fault = verb->parse != NULL ? verb->parse(&line.args, &command->request) : NULL;
    if (fault == NULL)
        fault = imap_args_end(&line.args);
    if (fault != NULL)
        finish_bad(command, fault);
    else if ((verb->flags & IMAP_VERB_WRITES) != 0 && selo_view_is_read_only(session->view))
        imap_command_finish(command, IMAP_REPLY_READ_ONLY);
    else
        verb->run(command);
}
