/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-idle.c: IDLE (RFC 9051 section 6.3.13, RFC 2177). News come from the view's watch; the
 * stream's own timer sends the keep-alive, so that 5000 idle sessions need no timer of ours.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

typedef struct {
    int64_t silent_usec; /* since the client's last word */
    bool is_syncing, has_news;
} IdleState;

static void sync_view(ImapCommand *command);

static void
idle_ended(ImapCommand *command)
{
    if (command->session->view != NULL)
        selo_view_watch(command->session->view, NULL, NULL);
}

static void
finish(ImapCommand *command, ImapReplyId reply)
{
    idle_ended(command);
    command->ended = NULL;
    imap_session_set_timeout(command->session);
    imap_command_finish(command, reply);
}

static void
view_synced(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    IdleState *state = command->state;

    command->wait = IMAP_WAIT_INPUT;
    state->is_syncing = FALSE;
    if (command->session->phase == IMAP_PHASE_LOGOUT)
        imap_session_end(command->session, IMAP_REPLY_BYE_LOGOUT);
    else if (status == SELO_NOT_FOUND)
        imap_session_end(command->session, IMAP_REPLY_BYE_GONE);
    else if (command->session->is_draining)
        imap_session_end(command->session, IMAP_REPLY_BYE_DRAIN);
    else if (state->has_news)
        sync_view(command);
    else
        imap_session_read(command->session);
}

static void
sync_view(ImapCommand *command)
{
    ImapSession *session = command->session;
    IdleState *state = command->state;

    state->has_news = FALSE;
    state->is_syncing = TRUE;
    command->wait = IMAP_WAIT_STORE;
    selo_view_sync(session->view, session->root, SELO_SYNC_CHECK, imap_updates_tell, view_synced,
                   command);
}

static void
view_changed(void *data)
{
    ImapCommand *command = data;
    IdleState *state = command->state;

    state->has_news = TRUE;
    if (!state->is_syncing && !imap_session_is_full(command->session))
        sync_view(command);
}

/* News that came while the client did not read. */
static void
output_drained(ImapCommand *command)
{
    const IdleState *state = command->state;

    if (state->has_news && !state->is_syncing)
        sync_view(command);
    else
        imap_session_read(command->session);
}

static void
line_read(ImapCommand *command, SeloStr line)
{
    finish(command, imap_str_is(line, "DONE") ? IMAP_REPLY_COMPLETED : IMAP_REPLY_IDLE_EXPECTED);
}

static int64_t
keep_alive(ImapSession *session)
{
    const SeloConf *conf = selo_call_conf(session->root);
    int64_t interval = selo_conf_int(conf, "idle-keep-alive");
    int64_t limit = selo_conf_int(conf, "idle-timeout");

    return interval == 0 ? limit : MIN(interval, limit);
}

static void
silence_noticed(ImapCommand *command)
{
    ImapSession *session = command->session;
    IdleState *state = command->state;

    state->silent_usec += keep_alive(session);
    if (state->silent_usec >= selo_conf_int(selo_call_conf(session->root), "idle-timeout")) {
        imap_session_end(session, IMAP_REPLY_BYE_IDLE);
        return;
    }
    imap_session_say(session, IMAP_REPLY_STILL_HERE);
    selo_stream_set_timeout(session->stream, keep_alive(session));
}

void
imap_idle_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    IdleState *state = imap_arena_alloc(&command->arena, sizeof *state);

    command->state = state;
    command->ended = idle_ended;
    command->reading = IMAP_READ_ANSWER;
    command->answered = line_read;
    command->drained = output_drained;
    command->expired = silence_noticed;
    imap_session_say(session, IMAP_REPLY_IDLING);
    selo_stream_set_timeout(session->stream, keep_alive(session));
    command->wait = IMAP_WAIT_INPUT;
    if (session->phase == IMAP_PHASE_SELECTED) {
        selo_view_watch(session->view, view_changed, command);
        sync_view(command); /* what happened before the watch stood */
    }
}
