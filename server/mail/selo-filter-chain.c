/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-filter-chain.c: runs one stage of the filters. A run owns its rows until its outcome was told;
 * the filters of a listener and their order are its filters=, which the compiler completes.
 */
#include "config.h"

#include "server/mail/selo-filter-chain.h"

#include <string.h>

#include "server/base/selo-event.h"
#include "server/mail/selo-commit.h"
#include "server/plugin/selo-registry.h"

struct SeloFilterRun {
    SeloMailPeer *peer;
    SeloTransaction *tx;
    const char *stage;
    SeloCall *call;
    SeloFilterStage request;
    SeloFilterFunc done; /* NULL after a cancel */
    void *data;
    size_t next;          /* index in the listener's list */
    SeloInstance *filter; /* the one that runs */
    SeloStageDeclaration declaration;
    GPtrArray *pending; /* rows of the filter that runs: SeloFilterAction copies */
    SeloFilterOutcome outcome;
    char *text, *enhanced;
    GArray *recipients, *results; /* SeloStr, for the request */
};

static SeloStr
str(const char *text)
{
    return (SeloStr){ text, text == NULL ? 0 : strlen(text) };
}

static const SeloRecordType *
action_record(void)
{
    return selo_interface_op(selo_interface_find("filter"), "message")->row;
}

SeloFilterAction *
selo_filter_action_copy(const SeloFilterAction *action)
{
    return selo_record_copy(action_record(), action);
}

void
selo_filter_action_free(void *action)
{
    selo_record_free(action_record(), action);
}

/* ---- which filters ---- */

static gboolean
has_left(const SeloFilterVerdicts *verdicts, SeloInstance *filter)
{
    return verdicts->left != NULL && g_ptr_array_find(verdicts->left, filter, NULL);
}

/* The next filter of the listener's list from @*index on that wants @stage here, or NULL. */
static SeloInstance *
next_filter(SeloMailPeer *peer, const SeloTransaction *tx, const char *stage, size_t *index,
            SeloStageDeclaration *out)
{
    const SeloStrs names = selo_conf_list(selo_call_conf(peer->root), "filters");
    SeloRegistry *registry = peer->role->registry;

    while (*index < names.n) {
        SeloInstance *filter = selo_registry_find(registry, "filter", names.v[(*index)++].s);

        if (filter != NULL && selo_registry_stage(registry, filter, stage, out)
            && !has_left(&peer->verdicts, filter)
            && !(tx != NULL && has_left(&tx->verdicts, filter)))
            return filter;
    }
    return NULL;
}

gboolean
selo_filters_want(SeloMailPeer *peer, const SeloTransaction *tx, const char *stage)
{
    SeloStageDeclaration declaration;
    size_t index = 0;

    return next_filter(peer, tx, stage, &index, &declaration) != NULL;
}

/* ---- the request ---- */

static void
fill_transaction(SeloFilterRun *run)
{
    SeloTransaction *tx = run->tx;
    SeloFilterStage *request = &run->request;

    request->transaction = str(selo_call_id(tx->call));
    request->sender = str(tx->reverse_path);
    if (tx->flags & SELO_TRANSACTION_SMTPUTF8)
        request->flags |= SELO_FILTER_IS_SMTPUTF8;
    for (guint i = 0; i < tx->recipients->len; i++) {
        const SeloTransactionRecipient *recipient = g_ptr_array_index(tx->recipients, i);
        const SeloStr path = str(recipient->forward_path);

        g_array_append_val(run->recipients, path);
    }
    for (guint i = 0; i < tx->results->len; i++) {
        const SeloStr result = str(g_ptr_array_index(tx->results, i));

        g_array_append_val(run->results, result);
    }
    request->recipients = (SeloStrs){ (const SeloStr *) (void *) run->recipients->data,
                                      run->recipients->len };
    request->results = (SeloStrs){ (const SeloStr *) (void *) run->results->data,
                                   run->results->len };
}

static void
fill_request(SeloFilterRun *run)
{
    SeloMailPeer *peer = run->peer;
    const SeloPeer *known = selo_stream_peer(peer->stream);
    SeloFilterStage *request = &run->request;

    request->session = str(selo_call_id(peer->root));
    request->listener = known->listener;
    request->hostname = str(peer->role->hostname);
    request->local_ip = known->local_ip;
    request->local_port = known->local_port;
    request->client_ip = known->remote_ip;
    request->client_port = known->remote_port;
    request->helo = str(peer->helo);
    request->tls_version = known->tls_version;
    request->tls_cipher = known->tls_cipher;
    request->tls_sni = known->tls_sni;
    request->auth_mechanism = str(peer->auth_mechanism);
    request->auth_user = str(peer->auth_user);
    request->flags |= (known->tls ? SELO_FILTER_IS_TLS : 0u)
                      | (peer->auth_user != NULL ? SELO_FILTER_IS_AUTHENTICATED : 0u)
                      | (peer->is_trusted ? SELO_FILTER_IS_TRUSTED : 0u)
                      | (peer->flags & SELO_PEER_SPOKE_EARLY ? SELO_FILTER_IS_SPOKE_EARLY : 0u);
    if (run->tx != NULL)
        fill_transaction(run);
}

/* ---- answers ---- */

static const struct {
    uint32_t kind, may;
} action_rights[] = {
    { SELO_FILTER_DO_ADD_HEADER, SELO_MAY_ADD_HEADER },
    { SELO_FILTER_DO_INSERT_HEADER, SELO_MAY_ADD_HEADER },
    { SELO_FILTER_DO_CHANGE_HEADER, SELO_MAY_CHANGE_HEADER },
    { SELO_FILTER_DO_REPLACE_BODY, SELO_MAY_REPLACE_BODY },
    { SELO_FILTER_DO_REPLACE_MESSAGE, SELO_MAY_REPLACE_BODY },
    { SELO_FILTER_DO_ADD_RCPT, SELO_MAY_ADD_RCPT },
    { SELO_FILTER_DO_DELETE_RCPT, SELO_MAY_DELETE_RCPT },
    { SELO_FILTER_DO_CHANGE_SENDER, SELO_MAY_CHANGE_SENDER },
    { SELO_FILTER_DO_KEEP, SELO_MAY_KEEP },
    { SELO_FILTER_DO_FILEINTO, SELO_MAY_FILEINTO },
    { SELO_FILTER_DO_REDIRECT, SELO_MAY_REDIRECT },
    { SELO_FILTER_DO_REJECT, SELO_MAY_REJECT },
    { SELO_FILTER_DO_DISCARD, SELO_MAY_DISCARD },
    { SELO_FILTER_DO_REPLY, SELO_MAY_REPLY },
    { SELO_FILTER_DO_REMEMBER, SELO_MAY_REPLY },
};

static const uint32_t verdict_rights[] = {
    [SELO_FILTER_VERDICT_REJECT] = SELO_MAY_REJECT,
    [SELO_FILTER_VERDICT_DEFER] = SELO_MAY_DEFER,
    [SELO_FILTER_VERDICT_DISCARD] = SELO_MAY_DISCARD,
    [SELO_FILTER_VERDICT_QUARANTINE] = SELO_MAY_QUARANTINE,
    [SELO_FILTER_VERDICT_DISCONNECT] = SELO_MAY_DISCONNECT,
    [SELO_FILTER_VERDICT_LEAVE_MESSAGE] = 0,
    [SELO_FILTER_VERDICT_LEAVE_SESSION] = 0,
};

static gboolean
is_allowed(const SeloFilterRun *run, uint32_t kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(action_rights); i++)
        if (action_rights[i].kind == kind)
            return (run->declaration.may & action_rights[i].may) != 0;
    return kind == SELO_FILTER_DO_RESULT;
}

static void
row_emitted(void *data, const void *row)
{
    SeloFilterRun *run = data;

    if (run->done != NULL)
        g_ptr_array_add(run->pending, selo_filter_action_copy(row));
}

/* What needs the queue, which is not there: said aloud, for the filter counts on it. */
static const char *const queue_actions[] = {
    [SELO_FILTER_DO_ADD_RCPT] = "add-rcpt", [SELO_FILTER_DO_CHANGE_SENDER] = "change-sender",
    [SELO_FILTER_DO_REDIRECT] = "redirect", [SELO_FILTER_DO_REJECT] = "reject",
    [SELO_FILTER_DO_REPLY] = "reply",       [SELO_FILTER_DO_REMEMBER] = "remember",
};

static gboolean
needs_queue(const SeloFilterRun *run, SeloInstance *filter, uint32_t kind)
{
    const char *name = kind < G_N_ELEMENTS(queue_actions) ? queue_actions[kind] : NULL;

    if (name != NULL)
        selo_event(G_LOG_LEVEL_WARNING, "filter-action-not-done", selo_call_id(run->call), "filter",
                   selo_instance_name(filter), "stage", run->stage, "action", name, NULL);
    return name != NULL;
}

/* Takes over the rows of a filter that succeeded. */
static void
take_rows(SeloFilterRun *run, SeloInstance *filter)
{
    for (guint i = 0; i < run->pending->len; i++) {
        SeloFilterAction *action = g_ptr_array_index(run->pending, i);

        if (!is_allowed(run, action->kind)) {
            selo_event(G_LOG_LEVEL_WARNING, "filter-not-allowed", selo_call_id(run->call), "filter",
                       selo_instance_name(filter), "stage", run->stage, "remedy",
                       "its manifest's \"may\" does not name this action", NULL);
            continue;
        }
        if (needs_queue(run, filter, action->kind))
            continue;
        if (action->kind == SELO_FILTER_DO_RESULT && run->tx != NULL)
            g_ptr_array_add(run->tx->results,
                            g_strdup_printf("%s %s %" G_GINT64_FORMAT " %s",
                                            selo_instance_name(filter),
                                            action->name.s ? action->name.s : "",
                                            action->score,
                                            action->value.s ? action->value.s : ""));
        else
            g_ptr_array_add(run->outcome.actions, g_steal_pointer(&run->pending->pdata[i]));
    }
    g_ptr_array_set_size(run->pending, 0);
}

static void
run_free(SeloFilterRun *run)
{
    g_ptr_array_unref(run->pending);
    g_ptr_array_unref(run->outcome.actions);
    g_array_unref(run->recipients);
    g_array_unref(run->results);
    g_free(run->text);
    g_free(run->enhanced);
    selo_call_unref(run->call);
    g_free(run);
}

static void
finish(SeloFilterRun *run)
{
    if (run->done != NULL)
        run->done(run->data, &run->outcome);
    run_free(run);
}

/* A verdict that ends the stage. */
static void
set_verdict(SeloFilterRun *run, uint32_t flags, const SeloFilterReply *reply)
{
    SeloMailReply *verdict = &run->outcome.verdict;

    verdict->cause = SELO_MAIL_FILTERED;
    verdict->flags = flags;
    if (reply == NULL)
        return;
    run->text = g_strndup(reply->text.s, reply->text.len);
    run->enhanced = g_strndup(reply->enhanced.s, reply->enhanced.len);
    verdict->code = reply->code;
    verdict->text = str(run->text);
    verdict->enhanced = str(run->enhanced);
}

/* A filter that has heard enough decides nothing for the others. */
static gboolean
leave(SeloFilterVerdicts *verdicts, SeloInstance *filter)
{
    if (verdicts->left == NULL)
        verdicts->left = g_ptr_array_new();
    g_ptr_array_add(verdicts->left, filter);
    return FALSE;
}

/* Returns TRUE if the stage is decided. */
static gboolean
apply_verdict(SeloFilterRun *run, SeloInstance *filter, uint32_t verdict,
              const SeloFilterReply *reply)
{
    if (verdict >= G_N_ELEMENTS(verdict_rights)
        || (verdict_rights[verdict] != 0
            && !(run->declaration.may & verdict_rights[verdict]) && reply != NULL)) {
        selo_event(G_LOG_LEVEL_WARNING, "filter-not-allowed", selo_call_id(run->call), "filter",
                   selo_instance_name(filter), "stage", run->stage, "remedy",
                   "its manifest's \"may\" does not name this verdict", NULL);
        return FALSE;
    }
    switch (verdict) {
    case SELO_FILTER_VERDICT_REJECT:
        set_verdict(run, SELO_MAIL_PERMANENT, reply);
        return TRUE;
    case SELO_FILTER_VERDICT_DEFER:
        set_verdict(run, 0, reply);
        return TRUE;
    case SELO_FILTER_VERDICT_DISCONNECT:
        set_verdict(run, SELO_MAIL_DISCONNECT, reply);
        return TRUE;
    case SELO_FILTER_VERDICT_DISCARD:
        return run->outcome.is_discarded = TRUE;
    case SELO_FILTER_VERDICT_QUARANTINE:
        return run->outcome.is_quarantined = TRUE;
    case SELO_FILTER_VERDICT_LEAVE_MESSAGE:
        return run->tx != NULL && leave(&run->tx->verdicts, filter);
    case SELO_FILTER_VERDICT_LEAVE_SESSION:
        return leave(&run->peer->verdicts, filter);
    default:
        return FALSE; /* pass */
    }
}

/* What a filter that failed means: its on-failure. */
static gboolean
apply_failure(SeloFilterRun *run, SeloInstance *filter, const char *operator_text)
{
    static const struct {
        const char *on_failure;
        uint32_t verdict;
    } meanings[] = {
        { "defer", SELO_FILTER_VERDICT_DEFER },
        { "reject", SELO_FILTER_VERDICT_REJECT },
        { "accept", SELO_FILTER_VERDICT_PASS },
        { "quarantine", SELO_FILTER_VERDICT_QUARANTINE },
        { "disconnect", SELO_FILTER_VERDICT_DISCONNECT },
    };

    selo_event(G_LOG_LEVEL_WARNING, "filter-failed", selo_call_id(run->call), "filter",
               selo_instance_name(filter), "stage", run->stage, "on-failure",
               run->declaration.on_failure, "reason", operator_text, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (strcmp(meanings[i].on_failure, run->declaration.on_failure) == 0)
            return apply_verdict(run, filter, meanings[i].verdict, NULL);
    return apply_verdict(run, filter, SELO_FILTER_VERDICT_DEFER, NULL);
}

static void step(SeloFilterRun *run);

static void
filter_answered(void *data, SeloStatus status, const char *operator_text, const void *answer)
{
    SeloFilterRun *run = data;
    const SeloFilterReply *reply = answer;
    gboolean is_decided;

    if (run->done == NULL) { /* cancelled */
        run_free(run);
        return;
    }
    if (status == SELO_OK) {
        take_rows(run, run->filter);
        is_decided = reply != NULL && apply_verdict(run, run->filter, reply->verdict, reply);
    } else {
        g_ptr_array_set_size(run->pending, 0);
        is_decided = apply_failure(run, run->filter, operator_text);
    }
    if (is_decided)
        finish(run);
    else
        step(run);
}

/* A message to several recipients that differ is read with nobody's settings in particular. */
static void
find_common(const SeloFilterRun *run, SeloStr *out_address, SeloStr *out_domain)
{
    const SeloFilterStage *request = &run->request;
    const SeloStrs all = request->recipient.s != NULL ? (SeloStrs){ &request->recipient, 1 }
                                                      : request->recipients;

    for (size_t i = 0; i < all.n; i++) {
        const char *at = strrchr(all.v[i].s, '@');
        const SeloStr domain = str(at != NULL ? at + 1 : NULL);

        if (i == 0) {
            *out_address = all.v[0];
            *out_domain = domain;
        }
        if (g_ascii_strcasecmp(all.v[i].s, all.v[0].s) != 0)
            *out_address = str(NULL);
        if (domain.s == NULL || out_domain->s == NULL
            || g_ascii_strcasecmp(domain.s, out_domain->s) != 0)
            *out_domain = str(NULL);
    }
}

/* Settings are those of the recipient, unless the session is a user's own. */
static void
set_scope(SeloFilterRun *run)
{
    SeloStr address = { NULL, 0 }, domain = { NULL, 0 };
    g_autofree char *user = NULL, *host = NULL;

    if (run->tx == NULL || run->peer->auth_user != NULL)
        return;
    find_common(run, &address, &domain);
    user = address.s != NULL ? g_ascii_strdown(address.s, -1) : NULL;
    host = domain.s != NULL ? g_ascii_strdown(domain.s, -1) : NULL;
    selo_call_set_scope(run->call, run->request.listener.s, host, user);
}

/* A filter sees the changes of those before it. FALSE: they could not be made, which is the verdict. */
static gboolean
show_changes(SeloFilterRun *run)
{
    g_autoptr(GError) error = NULL;

    if (run->request.message.size == 0 || run->tx->phase != SELO_TRANSACTION_COMMITTING
        || strcmp(run->stage, "deliver") == 0) /* there, actions are for the delivery itself */
        return TRUE;
    if (!selo_commit_change(run->tx, run->outcome.actions, &error)) {
        selo_event(G_LOG_LEVEL_WARNING, "message-not-changed", selo_call_id(run->call), "reason",
                   error->message, NULL);
        run->outcome.verdict.cause = SELO_MAIL_NO_SPACE;
        return FALSE;
    }
    run->request.message = run->tx->message;
    return TRUE;
}

static void
step(SeloFilterRun *run)
{
    run->filter = next_filter(run->peer, run->tx, run->stage, &run->next, &run->declaration);
    if (run->filter == NULL || !show_changes(run)) {
        finish(run);
        return;
    }
    set_scope(run);
    selo_invoke(run->call, run->filter, run->stage, &run->request, row_emitted, filter_answered,
                run);
}

SeloFilterRun *
selo_filters_run(SeloMailPeer *peer, SeloTransaction *tx, const char *stage,
                 const SeloFilterStage *request, SeloCall *call, SeloFilterFunc done, void *data)
{
    SeloFilterRun *run = g_new0(SeloFilterRun, 1);

    g_assert(selo_filters_want(peer, tx, stage)); /* so that the first answer comes from the loop */
    run->peer = peer;
    run->tx = tx;
    run->stage = stage;
    run->call = selo_call_ref(call);
    run->request = *request;
    run->done = done;
    run->data = data;
    run->pending = g_ptr_array_new_with_free_func(selo_filter_action_free);
    run->outcome.actions = g_ptr_array_new_with_free_func(selo_filter_action_free);
    run->outcome.verdict.struct_size = sizeof run->outcome.verdict;
    run->recipients = g_array_new(FALSE, FALSE, sizeof(SeloStr));
    run->results = g_array_new(FALSE, FALSE, sizeof(SeloStr));
    fill_request(run);
    step(run);
    return run;
}

void
selo_filters_cancel(SeloFilterRun *run)
{
    run->done = NULL; /* filter_answered() frees it */
}
