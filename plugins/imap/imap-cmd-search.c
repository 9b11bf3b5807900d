/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-search.c: SEARCH (RFC 9051 section 6.4.4) with the RETURN options of ESEARCH (RFC 4731) and
 * SEARCHRES (RFC 5182). After ENABLE IMAP4rev2 the answer is always ESEARCH.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-search.h"

enum { RETURN_MIN = 1, RETURN_MAX = 2, RETURN_ALL = 4, RETURN_COUNT = 8, RETURN_SAVE = 16 };

typedef struct {
    uint32_t returns; /* 0: no RETURN was given */
    gboolean has_bad_charset;
    ImapArgs keys; /* read when it runs: "$" and numbers need the session */
} SearchRequest;

typedef struct {
    SeloQuery *query;
    GArray *uids; /* uint32_t */
} SearchState;

static const struct {
    const char *name;
    uint32_t option;
} options[] = {
    { "MIN", RETURN_MIN },     { "MAX", RETURN_MAX },   { "ALL", RETURN_ALL },
    { "COUNT", RETURN_COUNT }, { "SAVE", RETURN_SAVE },
};

static ImapFault
parse_returns(ImapArgs *list, SearchRequest *request)
{
    SeloStr word;

    while (!imap_args_at_end(list)) {
        size_t i = 0;

        if (!imap_args_take_atom(list, &word))
            return "Expected a return option";
        while (i < G_N_ELEMENTS(options) && !imap_str_is(word, options[i].name))
            i++;
        if (i == G_N_ELEMENTS(options))
            return "Unknown return option";
        request->returns |= options[i].option;
    }
    if (request->returns == 0) /* RETURN () is RETURN (ALL) */
        request->returns = RETURN_ALL;
    return NULL;
}

ImapFault
imap_search_parse(ImapArgs *args, void **out_request)
{
    SearchRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    ImapArgs list;
    SeloStr charset;
    ImapFault fault;
    ImapSearchContext context = { 0 };
    SeloQuery *query = NULL;

    *out_request = request;
    if (imap_args_take_keyword(args, "RETURN")) {
        if (!imap_args_take_list(args, &list))
            return "Expected a list of return options";
        if ((fault = parse_returns(&list, request)) != NULL)
            return fault;
    }
    if (imap_args_take_keyword(args, "CHARSET")) {
        if (!imap_args_take_astring(args, &charset))
            return "Missing charset";
        request->has_bad_charset =
            !imap_str_is(charset, "UTF-8") && !imap_str_is(charset, "US-ASCII");
    }
    request->keys = *args;
    args->at = args->end;
    if (request->has_bad_charset)
        return NULL; /* texts in it cannot be judged */
    list = request->keys;
    fault = imap_search_parse_keys(&list, &context, &query);
    g_clear_pointer(&query, selo_query_unref);
    return fault;
}

static void
search_ended(ImapCommand *command)
{
    SearchState *state = command->state;

    g_clear_pointer(&state->query, selo_query_unref);
    g_array_free(state->uids, TRUE);
}

static void
messages_found(void *data, const void *row)
{
    ImapCommand *command = data;
    SearchState *state = command->state;
    const SeloMsgBatch *batch = row;

    g_array_append_vals(state->uids, batch->uids, batch->n);
}

/* What is answered: uids, or numbers (RFC 9051 section 6.4.9). */
static void
to_numbers(ImapCommand *command, GArray *numbers)
{
    SeloView *view = command->session->view;
    guint kept = 0;

    for (guint i = 0; i < numbers->len; i++) {
        uint32_t seq = selo_view_seq(view, g_array_index(numbers, uint32_t, i));

        if (seq != 0)
            g_array_index(numbers, uint32_t, kept++) = seq;
    }
    g_array_set_size(numbers, kept);
}

static void
put_search(ImapOut *out, const GArray *numbers)
{
    imap_out_lit(out, "* SEARCH");
    for (guint i = 0; i < numbers->len; i++) {
        imap_out_lit(out, " ");
        imap_out_u64(out, g_array_index(numbers, uint32_t, i));
    }
    imap_out_lit(out, "\r\n");
}

static SeloUids
ranges_of(ImapCommand *command, const GArray *numbers)
{
    return imap_set_from_numbers((const uint32_t *) (const void *) numbers->data, numbers->len,
                                 &command->arena);
}

static void
put_esearch(ImapOut *out, ImapCommand *command, const GArray *numbers, uint32_t returns)
{
    imap_out_lit(out, "* ESEARCH (TAG ");
    imap_out_string(out, command->tag, FALSE);
    imap_out_lit(out, ")");
    if (command->is_uid)
        imap_out_lit(out, " UID");
    if (numbers->len > 0 && (returns & RETURN_MIN) != 0) {
        imap_out_lit(out, " MIN ");
        imap_out_u64(out, g_array_index(numbers, uint32_t, 0));
    }
    if (numbers->len > 0 && (returns & RETURN_MAX) != 0) {
        imap_out_lit(out, " MAX ");
        imap_out_u64(out, g_array_index(numbers, uint32_t, numbers->len - 1));
    }
    if (numbers->len > 0 && (returns & RETURN_ALL) != 0) {
        g_autoptr(GString) set = g_string_new(NULL);

        imap_set_print(ranges_of(command, numbers), set);
        imap_out_lit(out, " ALL ");
        imap_out_octets(out, set->str, set->len);
    }
    if ((returns & RETURN_COUNT) != 0) {
        imap_out_lit(out, " COUNT ");
        imap_out_u64(out, numbers->len);
    }
    imap_out_lit(out, "\r\n");
}

/* RFC 9051 section 6.4.4.1: what is saved depends on what else was asked for. */
static void
save(ImapCommand *command, const GArray *uids, uint32_t returns)
{
    uint32_t ends[2];
    size_t n = 0;

    if ((returns & (RETURN_ALL | RETURN_COUNT)) != 0 ||
        (returns & (RETURN_MIN | RETURN_MAX)) == 0) {
        imap_session_save_result(command->session, ranges_of(command, uids));
        return;
    }
    if (uids->len > 0 && (returns & RETURN_MIN) != 0)
        ends[n++] = g_array_index(uids, uint32_t, 0);
    if (uids->len > 0 && (returns & RETURN_MAX) != 0 &&
        (n == 0 || ends[0] != g_array_index(uids, uint32_t, uids->len - 1)))
        ends[n++] = g_array_index(uids, uint32_t, uids->len - 1);
    imap_session_save_result(command->session, imap_set_from_numbers(ends, n, &command->arena));
}

static void
search_done(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    ImapSession *session = command->session;
    const SearchRequest *request = command->request;
    SearchState *state = command->state;
    ImapOut *out;

    if (session->phase != IMAP_PHASE_SELECTED || status != SELO_OK) {
        if ((request->returns & RETURN_SAVE) != 0)
            imap_session_save_result(session, (SeloUids){ NULL, 0 });
        imap_command_fail(command, status, operator_text);
        return;
    }
    if ((request->returns & RETURN_SAVE) != 0)
        save(command, state->uids, request->returns);
    if (!command->is_uid)
        to_numbers(command, state->uids);
    out = imap_session_out(session);
    if (request->returns == 0 && !session->is_rev2)
        put_search(out, state->uids);
    else if (request->returns != RETURN_SAVE)
        put_esearch(out, command, state->uids,
                    request->returns != 0 ? request->returns : RETURN_ALL);
    imap_out_flush(out);
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}

void
imap_search_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    SearchRequest *request = command->request;
    ImapSearchContext context = { .saved = imap_session_saved(session) };
    SearchState *state;
    SeloQuery *query = NULL;
    ImapFault fault;

    if (request->has_bad_charset) {
        imap_command_finish(command, IMAP_REPLY_BAD_CHARSET);
        return;
    }
    fault = imap_search_parse_keys(&request->keys, &context, &query);
    g_assert(fault == NULL); /* parse() saw the same */
    state = imap_arena_alloc(&command->arena, sizeof *state);
    state->query = query;
    state->uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    command->state = state;
    command->ended = search_ended;
    if (context.max_seq > selo_view_count(session->view)) {
        imap_command_finish_about(command, IMAP_REPLY_BAD_SYNTAX, SELO_STR("Invalid messageset"));
        return;
    }
    command->wait = IMAP_WAIT_STORE;
    selo_view_search(session->view, session->root, query, messages_found, search_done, command);
}
