/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-fetch.c: FETCH and UID FETCH (RFC 9051 section 6.4.5). Flags and uids come from the view,
 * without a call; everything else is rows of the store, held back while the client does not read.
 *
 * \Seen is set after the bodies went out, not before: a connection that breaks in between leaves the
 * message unread. The flags are then told by the sync that ends the command.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-fetch.h"

typedef struct {
    SeloUids uids;
    SeloFetch *fetch; /* while the store works */
    GArray *unseen;   /* uint32_t: get \Seen at the end; NULL if nothing sets it */
    uint32_t n_expected, n_told;
    uint32_t next_seq; /* FETCH from the view: where to go on */
    size_t next_range;
    bool is_paused, has_bad_cte;
    SeloFlagChange change;
} FetchState;

ImapFault
imap_fetch_parse(ImapArgs *args, void **out_request)
{
    ImapFetchRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    SeloStr set;
    ImapFault fault;

    *out_request = request;
    if (!imap_args_take_atom(args, &set) || !imap_set_parse(set, args->arena, &request->set))
        return "Invalid messageset";
    fault = imap_fetch_parse_items(args, request);
    if (fault != NULL || !args->is_uid)
        return fault;
    for (size_t i = 0; i < request->n_items; i++)
        if (request->items[i].kind == IMAP_FETCH_UID)
            return NULL;
    /* RFC 9051 section 6.4.9: UID FETCH answers with the uid, asked for or not. The array has room. */
    for (size_t i = request->n_items++; i > 0; i--)
        request->items[i] = request->items[i - 1];
    request->items[0] = (ImapFetchItem){ .kind = IMAP_FETCH_UID };
    return NULL;
}

static void
fetch_ended(ImapCommand *command)
{
    FetchState *state = command->state;

    if (state->unseen != NULL)
        g_array_free(state->unseen, TRUE);
}

static void
finish(ImapCommand *command)
{
    const FetchState *state = command->state;

    if (state->has_bad_cte)
        imap_command_finish(command, IMAP_REPLY_UNKNOWN_CTE);
    else
        imap_command_finish(command, state->n_told < state->n_expected ? IMAP_REPLY_EXPUNGE_ISSUED
                                                                       : IMAP_REPLY_COMPLETED);
}

/* What the view knows of a message. */
static ImapFetchMessage
message_of_view(ImapSession *session, uint32_t seq)
{
    SeloView *view = session->view;
    uint32_t hidden = session->is_rev2 ? SELO_FLAG_RECENT : 0;

    return (ImapFetchMessage){ .seq = seq,
                               .uid = selo_view_uid(view, seq),
                               .flags = selo_view_flags(view, seq) & ~hidden,
                               .keywords = selo_view_keywords(view, seq),
                               .keyword_names = selo_view_keyword_names(view),
                               .is_utf8 = session->is_rev2 };
}

/* ---- from the view alone ---- */

static void
tell_from_view(ImapCommand *command)
{
    ImapSession *session = command->session;
    const ImapFetchRequest *request = command->request;
    FetchState *state = command->state;
    ImapOut *out = imap_session_out(session);

    for (; state->next_range < state->uids.n; state->next_range++, state->next_seq = 0) {
        SeloRange range = state->uids.v[state->next_range];
        uint32_t end = selo_view_seq_at_least(session->view, range.last);

        if (end <= selo_view_count(session->view) &&
            selo_view_uid(session->view, end) == range.last)
            end++;
        if (state->next_seq == 0)
            state->next_seq = selo_view_seq_at_least(session->view, range.first);
        for (; state->next_seq < end; state->next_seq++) {
            ImapFetchMessage message = message_of_view(session, state->next_seq);

            state->n_expected++;
            if (selo_view_is_gone(session->view, state->next_seq))
                continue; /* its flags would look as if somebody had cleared them */
            state->n_told++;
            imap_fetch_put_message(out, &message, request->items, request->n_items);
            if (imap_session_is_full(session)) {
                imap_out_flush(out);
                state->next_seq++;
                command->wait = IMAP_WAIT_OUTPUT;
                command->drained = tell_from_view;
                return;
            }
        }
    }
    imap_out_flush(out);
    finish(command);
}

/* ---- from the store ---- */

static void
fetch_drained(ImapCommand *command)
{
    FetchState *state = command->state;

    if (!state->is_paused)
        return;
    state->is_paused = FALSE;
    selo_view_fetch_resume(state->fetch);
}

static void
message_fetched(void *data, const void *row)
{
    ImapCommand *command = data;
    ImapSession *session = command->session;
    const ImapFetchRequest *request = command->request;
    FetchState *state = command->state;
    const SeloMsg *msg = row;
    uint32_t seq;
    ImapFetchMessage message;
    ImapOut *out;

    if (session->phase != IMAP_PHASE_SELECTED ||
        (seq = selo_view_seq(session->view, msg->uid)) == 0)
        return;
    message = message_of_view(session, seq);
    message.msg = msg;
    if ((request->fields & SELO_MSG_FACTS) != 0)
        message.facts = selo_facts_read(msg->facts);
    out = imap_session_out(session);
    imap_fetch_put_message(out, &message, request->items, request->n_items);
    imap_out_flush(out);
    g_clear_pointer(&message.facts, selo_facts_free);
    state->n_told++;
    state->has_bad_cte |= message.has_bad_cte;
    if (state->unseen != NULL && (message.flags & SELO_FLAG_SEEN) == 0)
        g_array_append_val(state->unseen, msg->uid);
    if (!state->is_paused && imap_session_is_full(session)) {
        state->is_paused = TRUE;
        selo_view_fetch_pause(state->fetch);
    }
}

static void
seen_stored(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;

    if (status == SELO_OK)
        finish(command);
    else
        imap_command_fail(command, status, operator_text);
}

static void
messages_fetched(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    ImapSession *session = command->session;
    FetchState *state = command->state;

    state->fetch = NULL;
    state->is_paused = FALSE;
    if (status != SELO_OK) {
        imap_command_fail(command, status, operator_text);
        return;
    }
    if (state->unseen == NULL || state->unseen->len == 0 || session->phase != IMAP_PHASE_SELECTED) {
        finish(command);
        return;
    }
    state->change = (SeloFlagChange){ .struct_size = sizeof state->change,
                                      .mode = SELO_FLAGS_ADD,
                                      .flags = SELO_FLAG_SEEN };
    selo_view_store(session->view, session->root,
                    imap_set_from_numbers((const uint32_t *) (const void *) state->unseen->data,
                                          state->unseen->len, &command->arena),
                    &state->change, seen_stored, command);
}

/* Messages of the view that the set means. */
static uint32_t
count_messages(SeloView *view, SeloUids uids)
{
    uint32_t n = 0;

    for (size_t i = 0; i < uids.n; i++) {
        uint32_t first = selo_view_seq_at_least(view, uids.v[i].first);
        uint32_t last = selo_view_seq_at_least(view, uids.v[i].last);

        n += last - first;
        if (last <= selo_view_count(view) && selo_view_uid(view, last) == uids.v[i].last)
            n++;
    }
    return n;
}

void
imap_fetch_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const ImapFetchRequest *request = command->request;
    FetchState *state = imap_arena_alloc(&command->arena, sizeof *state);

    command->state = state;
    command->ended = fetch_ended;
    if (!imap_set_to_uids(&request->set, command->is_uid, session->view,
                          imap_session_saved(session), &command->arena, &state->uids)) {
        imap_command_finish_about(command, IMAP_REPLY_BAD_SYNTAX, SELO_STR("Invalid messageset"));
        return;
    }
    if (request->fields == 0 || state->uids.n == 0) {
        tell_from_view(command);
        return;
    }
    state->n_expected = count_messages(session->view, state->uids);
    if (request->sets_seen && !selo_view_is_read_only(session->view))
        state->unseen = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    command->wait = IMAP_WAIT_STORE;
    command->drained = fetch_drained;
    state->fetch = selo_view_fetch(session->view, session->root, state->uids, request->fields,
                                   message_fetched, messages_fetched, command);
}
