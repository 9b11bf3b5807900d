/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-list.c: LIST with all selection and return options of RFC 9051 section 6.3.9 (LIST-EXTENDED,
 * RFC 5258; LIST-STATUS, RFC 5819; SPECIAL-USE, RFC 6154), and LSUB (RFC 3501 section 6.3.9).
 *
 * The mailbox layer gives all names; subscriptions are asked for first where they matter. Everything
 * is then one sorted array, so that "has a descendant that..." is a look at what follows.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-list.h"
#include "plugins/imap/imap-names.h"
#include "plugins/imap/imap-status.h"

#define MAX_PATTERNS 100

enum {
    SELECT_SUBSCRIBED = 1,
    SELECT_SPECIAL_USE = 2,
    SELECT_RECURSIVE = 4,
    SELECT_REMOTE = 8,
    RETURN_SUBSCRIBED = 16,
    RETURN_CHILDREN = 32,
    RETURN_SPECIAL_USE = 64,
    RETURN_STATUS = 128,
    IS_EXTENDED = 256,
    IS_LSUB = 512
};

typedef struct {
    const SeloStr *patterns; /* with the reference */
    size_t n_patterns;
    uint32_t options, status_items;
    gboolean asks_separator;
} ListRequest;

typedef struct {
    SeloStr name, special_use;
    uint32_t flags; /* SELO_BOX_* */
    bool exists : 1, is_known : 1, is_subscribed : 1, has_selected_below : 1;
    SeloBoxInfo *info; /* with counters, if asked for */
} ListRow;

typedef struct {
    GArray *rows;      /* ListRow */
    GHashTable *index; /* name → row number + 1 */
} ListState;

/* ---- parse ---- */

static const struct {
    const char *name;
    uint32_t option;
} selections[] = {
    { "SUBSCRIBED", SELECT_SUBSCRIBED | RETURN_SUBSCRIBED },
    { "SPECIAL-USE", SELECT_SPECIAL_USE | RETURN_SPECIAL_USE },
    { "RECURSIVEMATCH", SELECT_RECURSIVE },
    { "REMOTE", SELECT_REMOTE },
}, returns[] = {
    { "SUBSCRIBED", RETURN_SUBSCRIBED },
    { "CHILDREN", RETURN_CHILDREN },
    { "SPECIAL-USE", RETURN_SPECIAL_USE },
    { "STATUS", RETURN_STATUS },
};

static ImapFault
parse_selections(ImapArgs *list, ListRequest *request)
{
    SeloStr word;

    while (!imap_args_at_end(list)) {
        size_t i = 0;

        if (!imap_args_take_atom(list, &word))
            return "Expected a selection option";
        while (i < G_N_ELEMENTS(selections) && !imap_str_is(word, selections[i].name))
            i++;
        if (i == G_N_ELEMENTS(selections))
            return "Unknown selection option";
        request->options |= selections[i].option;
    }
    if ((request->options & SELECT_RECURSIVE) != 0 &&
        (request->options & (SELECT_SUBSCRIBED | SELECT_SPECIAL_USE)) == 0)
        return "RECURSIVEMATCH needs another selection option";
    return NULL;
}

static ImapFault
parse_returns(ImapArgs *list, ListRequest *request)
{
    SeloStr word;
    ImapFault fault;

    while (!imap_args_at_end(list)) {
        size_t i = 0;

        if (!imap_args_take_atom(list, &word))
            return "Expected a return option";
        while (i < G_N_ELEMENTS(returns) && !imap_str_is(word, returns[i].name))
            i++;
        if (i == G_N_ELEMENTS(returns))
            return "Unknown return option";
        request->options |= returns[i].option;
        if (returns[i].option == RETURN_STATUS &&
            (fault = imap_status_parse_items(list, &request->status_items)) != NULL)
            return fault;
    }
    return NULL;
}

/* A pattern that no name can match is left out, silently (RFC 9051 section 6.3.9). */
static ImapFault
parse_patterns(ImapArgs *args, SeloStr reference, ListRequest *request)
{
    ImapArgs list = *args;
    SeloStr *patterns, wire, pattern;
    size_t max = 1;

    if (imap_args_at_end(args))
        return "Missing mailbox pattern";
    if (imap_args_take_list(args, &list)) {
        max = MAX_PATTERNS;
        request->options |= IS_EXTENDED;
    } else {
        list.end = ++args->at;
    }
    patterns = imap_arena_alloc(args->arena, max * sizeof *patterns);
    for (size_t i = 0; !imap_args_at_end(&list); i++) {
        if (i == max || !imap_args_take_astring(&list, &wire))
            return "Invalid list of patterns";
        request->asks_separator = wire.len == 0;
        if (wire.len > 0 && imap_pattern_from_wire(args->arena, wire, args->is_utf8, &pattern) &&
            pattern.len + reference.len < IMAP_LIST_MAX)
            patterns[request->n_patterns++] = imap_list_join(args->arena, reference, pattern);
    }
    request->patterns = patterns;
    return NULL;
}

ImapFault
imap_list_parse(ImapArgs *args, void **out_request)
{
    ListRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    ImapArgs list;
    SeloStr wire, reference;
    ImapFault fault;

    *out_request = request;
    if (imap_args_take_list(args, &list)) {
        request->options |= IS_EXTENDED;
        if ((fault = parse_selections(&list, request)) != NULL)
            return fault;
    }
    if (!imap_args_take_astring(args, &wire) ||
        !imap_pattern_from_wire(args->arena, wire, args->is_utf8, &reference))
        return "Invalid reference name";
    if ((fault = parse_patterns(args, reference, request)) != NULL)
        return fault;
    if (!imap_args_at_end(args)) {
        request->options |= IS_EXTENDED;
        if (!imap_args_take_keyword(args, "RETURN") || !imap_args_take_list(args, &list))
            return "Expected RETURN and a list";
        if ((fault = parse_returns(&list, request)) != NULL)
            return fault;
    }
    request->asks_separator &= (request->options & IS_EXTENDED) == 0;
    return NULL;
}

ImapFault
imap_lsub_parse(ImapArgs *args, void **out_request)
{
    ListRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    SeloStr wire, reference;

    *out_request = request;
    request->options = IS_LSUB | SELECT_SUBSCRIBED;
    if (!imap_args_take_astring(args, &wire) ||
        !imap_pattern_from_wire(args->arena, wire, args->is_utf8, &reference))
        return "Invalid reference name";
    return parse_patterns(args, reference, request);
}

/* ---- gather ---- */

static void
list_ended(ImapCommand *command)
{
    ListState *state = command->state;

    g_array_free(state->rows, TRUE);
    g_hash_table_destroy(state->index);
}

/* The row of this name, made if it is new. Valid until the next one is made. */
static ListRow *
need_row(ImapCommand *command, SeloStr name)
{
    ListState *state = command->state;
    g_autofree char *key = g_strndup(name.s, name.len);
    guint at = GPOINTER_TO_UINT(g_hash_table_lookup(state->index, key));

    if (at == 0) {
        ListRow row = { .name = imap_arena_str(&command->arena, name.s, name.len) };

        g_array_append_val(state->rows, row);
        at = state->rows->len;
        g_hash_table_insert(state->index, (gpointer) row.name.s, GUINT_TO_POINTER(at));
    }
    return &g_array_index(state->rows, ListRow, at - 1);
}

static void
row_subscribed(void *data, const void *record)
{
    const SeloBoxInfo *info = record;

    need_row(data, info->name)->is_subscribed = TRUE;
}

static void
row_listed(void *data, const void *record)
{
    ImapCommand *command = data;
    const ListRequest *request = command->request;
    const SeloBoxInfo *info = record;
    ListRow *row = need_row(command, info->name);

    row->is_known = TRUE;
    row->exists = (info->flags & SELO_BOX_NO_SELECT) == 0;
    row->flags = info->flags;
    if (info->special_use.len > 0)
        row->special_use =
            imap_arena_str(&command->arena, info->special_use.s, info->special_use.len);
    if ((request->options & RETURN_STATUS) != 0) {
        row->info = imap_arena_alloc(&command->arena, sizeof *row->info);
        memcpy(row->info, info, MIN(info->struct_size, sizeof *row->info));
    }
}

static size_t
parent_len(SeloStr name)
{
    size_t len = name.len;

    while (len > 0 && name.s[len - 1] != '/')
        len--;
    return len > 0 ? len - 1 : 0;
}

static gboolean
is_selected(const ListRow *row, uint32_t options)
{
    if ((options & SELECT_SUBSCRIBED) != 0 && !row->is_subscribed)
        return FALSE;
    if ((options & SELECT_SPECIAL_USE) != 0 && row->special_use.len == 0)
        return FALSE;
    /* RETURN (SUBSCRIBED) marks and does not select: names that are not there stay out. */
    return row->is_known || (options & SELECT_SUBSCRIBED) != 0;
}

/* Marks the parents of what is selected; those that nobody listed come up as names only. */
static void
mark_parents(ImapCommand *command)
{
    ListState *state = command->state;
    const ListRequest *request = command->request;
    guint n = state->rows->len;

    for (guint i = 0; i < n; i++) {
        ListRow row = g_array_index(state->rows, ListRow, i);

        if (!is_selected(&row, request->options))
            continue;
        while ((row.name.len = parent_len(row.name)) > 0) {
            ListRow *parent = need_row(command, row.name);

            if (parent->has_selected_below)
                break;
            parent->has_selected_below = TRUE;
        }
    }
}

static int
compare_rows(const void *a, const void *b)
{
    const ListRow *left = a, *right = b;

    return strcmp(left->name.s, right->name.s);
}

/* ---- answer ---- */

static void
put_word(ImapOut *out, const char *word)
{
    if (out->text->str[out->text->len - 1] != '(')
        imap_out_lit(out, " ");
    imap_out_text(out, word);
}

static void
put_attributes(ImapOut *out, const ListRow *row, const ListRequest *request)
{
    if (!row->exists)
        put_word(out, (request->options & IS_EXTENDED) != 0 ? "\\NonExistent" : "\\Noselect");
    if ((row->flags & SELO_BOX_HAS_CHILDREN) != 0)
        put_word(out, "\\HasChildren");
    else if ((row->flags & SELO_BOX_NO_CHILDREN) != 0 || !row->is_known)
        put_word(out, row->has_selected_below ? "\\HasChildren" : "\\HasNoChildren");
    if ((request->options & RETURN_SUBSCRIBED) != 0 && row->is_subscribed)
        put_word(out, "\\Subscribed");
    if (row->special_use.len > 0)
        put_word(out, row->special_use.s);
}

static void
put_row(ImapSession *session, const ListRow *row, const ListRequest *request,
        gboolean has_childinfo)
{
    ImapOut *out = imap_session_out(session);

    if ((request->options & IS_LSUB) != 0) {
        imap_out_lit(out, "* LSUB (");
        if (!row->is_subscribed)
            imap_out_lit(out, "\\Noselect");
    } else {
        imap_out_lit(out, "* LIST (");
        put_attributes(out, row, request);
    }
    imap_out_lit(out, ") \"/\" ");
    imap_out_mailbox(out, row->name, session->is_rev2);
    if (has_childinfo)
        imap_out_text(out, (request->options & SELECT_SUBSCRIBED) != 0
                               ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))"
                               : " (\"CHILDINFO\" (\"SPECIAL-USE\"))");
    imap_out_lit(out, "\r\n");
    if (row->exists && row->info != NULL)
        imap_status_print(out, row->info, row->name, request->status_items, session->is_rev2);
    imap_out_flush(out);
}

static gboolean
matches_any(const ListRequest *request, SeloStr name, gboolean *out_by_percent)
{
    for (size_t i = 0; i < request->n_patterns; i++) {
        SeloStr pattern = request->patterns[i];

        if (imap_list_matches(pattern, name)) {
            *out_by_percent = pattern.s[pattern.len - 1] == '%';
            return TRUE;
        }
    }
    return FALSE;
}

static void
answer(ImapCommand *command)
{
    ImapSession *session = command->session;
    const ListRequest *request = command->request;
    ListState *state = command->state;
    gboolean by_percent;

    mark_parents(command);
    g_array_sort(state->rows, compare_rows);
    for (guint i = 0; i < state->rows->len; i++) {
        const ListRow *row = &g_array_index(state->rows, ListRow, i);
        gboolean selected = is_selected(row, request->options);
        gboolean is_parent = (request->options & SELECT_RECURSIVE) != 0 && row->has_selected_below;

        if ((!selected && !row->has_selected_below) ||
            !matches_any(request, row->name, &by_percent))
            continue;
        /* RFC 3501 section 6.3.9: "%" shows parents of subscribed names. */
        if ((request->options & IS_LSUB) != 0 && !selected && !by_percent)
            continue;
        if (selected || is_parent || (request->options & IS_LSUB) != 0)
            put_row(session, row, request, is_parent);
    }
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}

static void
list_known(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;

    command->wait = IMAP_WAIT_NONE;
    if (status != SELO_OK)
        imap_command_fail(command, status, operator_text);
    else if (command->session->phase == IMAP_PHASE_LOGOUT)
        imap_command_finish(command, IMAP_REPLY_COMPLETED);
    else
        answer(command);
}

static void
list_all(ImapCommand *command)
{
    ImapSession *session = command->session;
    const ListRequest *request = command->request;

    selo_account_list(session->account, session->root,
                      (request->options & RETURN_STATUS) != 0 ? SELO_BOX_WITH_STATUS : 0,
                      row_listed, list_known, command);
}

static void
subscriptions_known(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;

    if (status != SELO_OK || command->session->phase == IMAP_PHASE_LOGOUT)
        list_known(command, status, operator_text, reply);
    else
        list_all(command);
}

void
imap_list_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const ListRequest *request = command->request;
    ListState *state;

    if (request->asks_separator) {
        ImapOut *out = imap_session_out(session);

        imap_out_text(out, (request->options & IS_LSUB) != 0 ? "* LSUB" : "* LIST");
        imap_out_lit(out, " (\\Noselect) \"/\" \"\"\r\n");
        imap_out_flush(out);
        imap_command_finish(command, IMAP_REPLY_COMPLETED);
        return;
    }
    state = imap_arena_alloc(&command->arena, sizeof *state);
    state->rows = g_array_new(FALSE, FALSE, sizeof(ListRow));
    state->index = g_hash_table_new(g_str_hash, g_str_equal);
    command->state = state;
    command->ended = list_ended;
    command->wait = IMAP_WAIT_STORE;
    if ((request->options & (SELECT_SUBSCRIBED | RETURN_SUBSCRIBED)) == 0)
        list_all(command);
    else
        selo_account_list(session->account, session->root, SELO_BOX_SUBSCRIBED, row_subscribed,
                          (request->options & IS_LSUB) != 0 ? list_known : subscriptions_known,
                          command);
}
