/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-commit.c: what happens between the end of a message and its answer. Each step calls the next;
 * one that waits (filters, delivery) is continued by its callback.
 *
 *   check → header stage → message stage → apply changes → deliver → answer
 */
#include "config.h"

#include "server/mail/selo-commit.h"

#include <string.h>

#include <selo/message.h>

#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/mail/selo-delivery.h"
#include "server/mail/selo-filter-chain.h"
#include "server/mail/selo-message-edit.h"
#include "server/mail/selo-trace.h"

#define HEADER_READ_MAX (1u << 20) /* octets that are looked at for hops and loops */

static void
end(SeloTransaction *tx, SeloMailCause cause, uint32_t flags)
{
    tx->phase = SELO_TRANSACTION_ENDED;
    selo_event(cause == SELO_MAIL_OK ? G_LOG_LEVEL_INFO : G_LOG_LEVEL_MESSAGE,
               cause == SELO_MAIL_OK ? "message-accepted" : "message-refused",
               selo_call_id(tx->call), "ip", selo_stream_peer(tx->peer->stream)->remote_ip.s,
               "user", tx->peer->auth_user, "from", tx->reverse_path, "cause",
               cause == SELO_MAIL_OK ? NULL : selo_mail_cause_name(cause), NULL);
}

/* One answer for the whole message; where each recipient is owed one, they all hear the same. */
static void
answer_all(SeloTransaction *tx, const SeloMailReply *reply)
{
    g_autoptr(GPtrArray) keep = g_ptr_array_ref(tx->recipients);

    end(tx, (SeloMailCause) reply->cause, reply->flags);
    selo_transaction_ref(tx);
    for (guint i = 0; tx->recipient_done != NULL && i < keep->len && !tx->is_abandoned; i++) {
        SeloMailReply one = *reply;

        one.index = i;
        tx->recipient_done(tx->answer.data, &one);
    }
    if (!tx->is_abandoned)
        selo_mail_answer_filtered(&tx->answer, tx->peer->role->loop, reply);
    selo_transaction_unref(tx);
}

static void
answer_cause(SeloTransaction *tx, SeloMailCause cause, uint32_t flags)
{
    const SeloMailReply reply = { .struct_size = sizeof reply, .cause = cause, .flags = flags };

    answer_all(tx, &reply);
}

/* ---- delivery ---- */

/* The fate of a message whose recipients share one: the worst, a temporary one before a permanent. */
static void
answer_shared(SeloTransaction *tx)
{
    const SeloTransactionRecipient *worst = g_ptr_array_index(tx->recipients, 0);

    for (guint i = 1; i < tx->recipients->len; i++) {
        const SeloTransactionRecipient *other = g_ptr_array_index(tx->recipients, i);

        if (other->cause != SELO_MAIL_OK
            && (worst->cause == SELO_MAIL_OK || !(other->flags & SELO_MAIL_PERMANENT)))
            worst = other;
    }
    answer_cause(tx, worst->cause, worst->flags);
}

static void
delivered(void *data)
{
    SeloTransaction *tx = data;

    tx->delivery = NULL;
    if (tx->recipient_done == NULL) {
        answer_shared(tx);
        return;
    }
    end(tx, SELO_MAIL_OK, 0);
    selo_transaction_ref(tx);
    for (guint i = 0; i < tx->recipients->len && !tx->is_abandoned; i++) {
        const SeloTransactionRecipient *recipient = g_ptr_array_index(tx->recipients, i);
        const SeloMailReply reply = { .struct_size = sizeof reply,
                                      .cause = recipient->cause,
                                      .flags = recipient->flags,
                                      .index = i };

        tx->recipient_done(tx->answer.data, &reply);
    }
    if (!tx->is_abandoned)
        selo_mail_answer(&tx->answer, tx->peer->role->loop, SELO_MAIL_OK, 0);
    selo_transaction_unref(tx);
}

/* ---- changes ---- */

/* Octets of the message, past what only mailboxes see. */
static SeloBlob
without_envelope(const SeloTransaction *tx, const SeloBlob *whole)
{
    SeloBlob message = *whole;

    message.size -= tx->envelope_size;
    if (message.octets != NULL)
        message.octets += tx->envelope_size;
    else
        message.offset += tx->envelope_size;
    return message;
}

/* The changed message takes the place of the one in the writer. */
static gboolean
rewrite(SeloTransaction *tx, GPtrArray *actions, GError **error)
{
    g_autofree char *envelope = g_malloc(tx->envelope_size + 1);
    SeloBlob whole;
    SeloBlobWriter *changed;

    if (!selo_blob_writer_end(tx->writer, &whole, error))
        return FALSE;
    if (selo_blob_read(&whole, 0, envelope, tx->envelope_size) != (int64_t) tx->envelope_size) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "the message cannot be read back");
        return FALSE;
    }
    changed = selo_message_edit((SeloStr){ envelope, tx->envelope_size }, &tx->message, actions,
                                error);
    if (changed == NULL)
        return FALSE;
    selo_blob_writer_free(tx->writer);
    tx->writer = changed;
    if (!selo_blob_writer_end(tx->writer, &whole, error))
        return FALSE;
    tx->message = without_envelope(tx, &whole);
    return TRUE;
}

gboolean
selo_commit_change(SeloTransaction *tx, GPtrArray *actions, GError **error)
{
    if (selo_message_edit_is_needed(actions) && !rewrite(tx, actions, error))
        return FALSE;
    for (guint i = 0; i < actions->len; i++)
        g_ptr_array_add(tx->changes, g_steal_pointer(&actions->pdata[i]));
    g_ptr_array_set_size(actions, 0);
    return TRUE;
}

/* FALSE: it could not, and that was the answer. */
static gboolean
change_or_answer(SeloTransaction *tx, GPtrArray *actions)
{
    g_autoptr(GError) error = NULL;

    if (selo_commit_change(tx, actions, &error))
        return TRUE;
    selo_event(G_LOG_LEVEL_WARNING, "message-not-changed", selo_call_id(tx->call), "reason",
               error->message, NULL);
    answer_cause(tx, SELO_MAIL_NO_SPACE, 0);
    return FALSE;
}

static void
deliver(SeloTransaction *tx)
{
    tx->delivery = selo_delivery_start(tx, delivered, tx);
}

/* ---- stages ---- */

/* Returns TRUE if the message gets no further than here. */
static gboolean
end_if_held(SeloTransaction *tx, gboolean is_quarantined, gboolean is_discarded)
{
    if (is_quarantined) { /* held mail needs the queue: the client keeps it until then */
        answer_cause(tx, SELO_MAIL_NO_QUEUE, 0);
    } else if (is_discarded) {
        selo_event(G_LOG_LEVEL_INFO, "message-discarded", selo_call_id(tx->call), NULL);
        answer_cause(tx, SELO_MAIL_OK, 0);
    }
    return is_quarantined || is_discarded;
}

/* Does what the stage's last filter wants done; those before it have been served. Returns FALSE if the
 * stage ended the message. */
static gboolean
take_outcome(SeloTransaction *tx, const SeloFilterOutcome *outcome)
{
    tx->run = NULL;
    if (outcome->verdict.cause != SELO_MAIL_OK) {
        answer_all(tx, &outcome->verdict);
        return FALSE;
    }
    if (end_if_held(tx, outcome->is_quarantined, outcome->is_discarded))
        return FALSE;
    return change_or_answer(tx, outcome->actions);
}

static void
message_judged(void *data, const SeloFilterOutcome *outcome)
{
    SeloTransaction *tx = data;

    if (take_outcome(tx, outcome))
        deliver(tx);
}

static void
run_stage(SeloTransaction *tx, const char *stage, SeloFilterFunc done)
{
    const SeloFilterStage request = { .struct_size = sizeof request,
                                      .message = tx->message,
                                      .arrived = { g_get_real_time() } };

    tx->run = selo_filters_run(tx->peer, tx, stage, &request, tx->call, done, tx);
}

static void
judge_message(SeloTransaction *tx)
{
    if (selo_filters_want(tx->peer, tx, "message"))
        run_stage(tx, "message", message_judged);
    else
        deliver(tx);
}

static void
header_judged(void *data, const SeloFilterOutcome *outcome)
{
    SeloTransaction *tx = data;

    if (take_outcome(tx, outcome))
        judge_message(tx);
}

/* ---- checks ---- */

/* The header block in memory: in place if the message is, else read into *out_owned. */
static SeloStr
header_of(const SeloBlob *message, char **out_owned)
{
    const size_t size = (size_t) MIN(message->size, (uint64_t) HEADER_READ_MAX);
    SeloStr octets = { message->octets, size };

    if (message->octets == NULL) {
        int64_t got;

        *out_owned = g_malloc(size + 1);
        got = selo_blob_read(message, 0, *out_owned, size);
        (*out_owned)[MAX(got, 0)] = '\0';
        octets = (SeloStr){ *out_owned, (size_t) MAX(got, 0) };
    }
    octets.len = selo_header_size(octets);
    return octets;
}

static gboolean
is_looping(const SeloTransaction *tx, SeloStr header)
{
    const SeloConf *server = selo_snapshot_section(tx->peer->role->snapshot, "server", "");

    if (selo_trace_hops(header) > selo_conf_int(server, "max-hops"))
        return TRUE;
    for (guint i = 0; i < tx->recipients->len; i++) {
        const SeloTransactionRecipient *recipient = g_ptr_array_index(tx->recipients, i);

        if (selo_trace_was_delivered_to(header, recipient->forward_path))
            return TRUE;
    }
    return FALSE;
}

void
selo_commit(SeloTransaction *tx)
{
    const SeloFilterVerdicts *session = &tx->peer->verdicts, *so_far = &tx->verdicts;
    g_autofree char *owned = NULL;
    g_autoptr(GError) error = NULL;
    SeloBlob whole;
    SeloStr header;

    if (!selo_blob_writer_end(tx->writer, &whole, &error)) {
        selo_event(G_LOG_LEVEL_WARNING, "message-not-kept", selo_call_id(tx->call), "reason",
                   error->message, "remedy", "free space where [server] temp-dir is", NULL);
        answer_cause(tx, SELO_MAIL_NO_SPACE, 0);
        return;
    }
    tx->message = without_envelope(tx, &whole);
    header = header_of(&tx->message, &owned);
    if (is_looping(tx, header)) {
        answer_cause(tx, SELO_MAIL_TOO_MANY_HOPS, SELO_MAIL_PERMANENT);
        return;
    }
    if (end_if_held(tx, session->is_quarantined || so_far->is_quarantined,
                    session->is_discarded || so_far->is_discarded))
        return;
    if (tx->peer->flags & SELO_PEER_SUBMISSION) {
        g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(selo_filter_action_free);

        selo_trace_complete(tx, header, missing);
        if (!change_or_answer(tx, missing))
            return;
    }
    if (selo_filters_want(tx->peer, tx, "header"))
        run_stage(tx, "header", header_judged);
    else
        judge_message(tx);
}
