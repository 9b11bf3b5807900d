/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-session.c: a session's life: greeting, phases, silence, the end. It reads nothing
 * (imap-reader.c) and knows no command.
 */
#include "config.h"

#include "plugins/imap/imap-session.h"

#include <string.h>

#define LOGIN_TIMEOUT (3 * 60 * G_USEC_PER_SEC)

static const struct {
    ImapPhase from;
    uint32_t to;
} moves[] = {
    { IMAP_PHASE_NEW, IMAP_PHASE_USER | IMAP_PHASE_LOGOUT },
    { IMAP_PHASE_USER, IMAP_PHASE_SELECTED | IMAP_PHASE_LOGOUT },
    { IMAP_PHASE_SELECTED, IMAP_PHASE_USER | IMAP_PHASE_LOGOUT },
    { IMAP_PHASE_LOGOUT, 0 },
};

void
imap_session_enter(ImapSession *session, ImapPhase phase)
{
    size_t i = 0;

    while (moves[i].from != session->phase)
        i++;
    g_assert((moves[i].to & phase) != 0);
    session->phase = (uint8_t) phase;
}

ImapOut *
imap_session_out(ImapSession *session)
{
    static ImapOut out; /* sessions live on one loop, and none keeps it over a turn */

    if (out.text == NULL)
        out.text = g_string_sized_new(2 * IMAP_OUT_FLUSH);
    g_assert(out.text->len == 0);
    out.stream = session->stream;
    return &out;
}

void
imap_session_say(ImapSession *session, ImapReplyId id)
{
    const ImapReply *reply = imap_reply_get(id);
    ImapOut *out = imap_session_out(session);

    if (reply->status[0] != '+')
        imap_out_lit(out, "* ");
    imap_out_text(out, reply->status);
    imap_out_lit(out, " ");
    if (reply->code != NULL) {
        imap_out_lit(out, "[");
        imap_out_text(out, reply->code);
        imap_out_lit(out, "] ");
    }
    imap_out_text(out, reply->text);
    imap_out_lit(out, "\r\n");
    imap_out_flush(out);
}

static void
drain_requested(SeloCall *root, void *data)
{
    ImapSession *session = data;

    session->is_draining = TRUE;
    /* Between commands, or while it only idles, is a fit moment; else the command ends first. */
    if (session->command == NULL || session->command->wait == IMAP_WAIT_INPUT)
        imap_session_end(session, IMAP_REPLY_BYE_DRAIN);
}

ImapSession *
imap_session_new(GHashTable *users, SeloCall *root, SeloStream *stream)
{
    ImapSession *session = g_new0(ImapSession, 1);
    ImapOut *out;

    session->users = users;
    session->root = root;
    session->stream = stream;
    session->phase = IMAP_PHASE_NEW;
    selo_call_on_stop(root, drain_requested, session);
    imap_session_set_timeout(session);
    out = imap_session_out(session);
    imap_out_lit(out, "* OK [CAPABILITY ");
    imap_capability_print(session, out);
    imap_out_lit(out, "] ");
    imap_out_text(out, imap_reply_get(IMAP_REPLY_READY)->text);
    imap_out_lit(out, "\r\n");
    imap_out_flush(out);
    return session;
}

void
imap_session_forget_user(ImapSession *session)
{
    if (session->user != NULL && --session->user->n_sessions == 0)
        g_hash_table_remove(session->users, session->user->name);
    session->user = NULL;
}

static void
release(ImapSession *session)
{
    g_clear_pointer(&session->command, imap_command_free);
    g_clear_pointer(&session->view, selo_view_free);
    g_clear_pointer(&session->account, selo_account_unref);
    g_clear_pointer(&session->saved, g_free);
    imap_session_forget_user(session);
}

void
imap_session_free(ImapSession *session)
{
    release(session);
    g_free(session);
}

void
imap_session_unselect(ImapSession *session)
{
    if (session->phase != IMAP_PHASE_SELECTED)
        return;
    imap_session_enter(session, IMAP_PHASE_USER);
    g_clear_pointer(&session->view, selo_view_free);
    g_clear_pointer(&session->saved, g_free);
}

void
imap_session_set_timeout(ImapSession *session)
{
    int64_t usec = LOGIN_TIMEOUT;

    if (session->phase != IMAP_PHASE_NEW)
        usec = selo_conf_int(selo_call_conf(session->root), "idle-timeout");
    selo_stream_set_timeout(session->stream, usec);
}

void
imap_session_expired(ImapSession *session)
{
    ImapCommand *command = session->command;

    if (command != NULL && command->wait == IMAP_WAIT_STORE && imap_session_is_full(session)) {
        /* The client does not take what it asked for. What is under way runs to its end unheard. */
        session->is_gone = TRUE;
        imap_session_end(session, IMAP_REPLY_BYE_IDLE);
        if (command->drained != NULL)
            command->drained(command);
    } else if (command != NULL && command->wait != IMAP_WAIT_INPUT &&
               command->wait != IMAP_WAIT_OUTPUT)
        imap_session_set_timeout(session); /* the server is slow, not the client */
    else if (command != NULL && command->expired != NULL)
        command->expired(command);
    else
        imap_session_end(session, IMAP_REPLY_BYE_IDLE);
}

void
imap_session_secured(ImapSession *session, SeloStatus status)
{
    if (status != SELO_OK) {
        session->is_gone = TRUE; /* half a handshake: there is no way to say anything */
        imap_session_end(session, IMAP_REPLY_BYE_IDLE);
        return;
    }
    /* RFC 9051 section 6.2.1: what was known of the client before is forgotten. */
    session->asked_capability = FALSE;
    g_clear_pointer(&session->command, imap_command_free);
    imap_session_read(session);
}

void
imap_session_notice(ImapSession *session, SeloStr text)
{
    ImapOut *out;

    if (session->phase == IMAP_PHASE_LOGOUT || session->is_returned)
        return;
    out = imap_session_out(session);
    imap_out_lit(out, "* OK [ALERT] ");
    for (size_t i = 0; i < text.len; i++)
        imap_out_octets(out, g_ascii_iscntrl(text.s[i]) ? " " : text.s + i, 1);
    imap_out_lit(out, "\r\n");
    imap_out_flush(out);
}

/* Nothing of ours may come back to a freed session: a command that waits for somebody else is waited
 * for. */
static gboolean
has_work_under_way(ImapSession *session)
{
    return session->command != NULL && session->command->wait == IMAP_WAIT_STORE;
}

void
imap_session_end(ImapSession *session, ImapReplyId bye)
{
    if (session->phase != IMAP_PHASE_LOGOUT) {
        if (!session->is_gone && !session->has_said_bye)
            imap_session_say(session, bye);
        session->has_said_bye = TRUE;
        imap_session_enter(session, IMAP_PHASE_LOGOUT);
    }
    if (session->is_returned || has_work_under_way(session))
        return;
    session->is_returned = TRUE;
    release(session); /* now: the last octets may take their time */
    selo_call_return(session->root, SELO_OK, NULL, NULL);
}

void
imap_session_save_result(ImapSession *session, SeloUids uids)
{
    g_clear_pointer(&session->saved, g_free);
    if (uids.n == 0)
        return;
    session->saved = g_malloc(sizeof *session->saved + uids.n * sizeof uids.v[0]);
    session->saved->n = uids.n;
    memcpy(session->saved->v, uids.v, uids.n * sizeof uids.v[0]);
}

SeloUids
imap_session_saved(ImapSession *session)
{
    if (session->saved == NULL)
        return (SeloUids){ NULL, 0 };
    return (SeloUids){ session->saved->v, session->saved->n };
}
