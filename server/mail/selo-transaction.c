/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-transaction.c: one envelope and its message, from MAIL to the final answer:
 *
 *   begin → recipient ... → data → (the protocol fills the writer) → commit: checks → header and
 *   message stages of the filters → edit → delivery → answers
 *
 * The trace fields go into the writer before the message, so that nothing is copied to prepend them.
 */
#include "config.h"

#include <string.h>
#include <sys/statvfs.h>

#include "api/lib/selo-stream-private.h"

#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/mail/selo-commit.h"
#include "server/mail/selo-delivery.h"
#include "server/mail/selo-filter-chain.h"
#include "server/mail/selo-routing.h"
#include "server/mail/selo-trace.h"

static void
recipient_free(void *data)
{
    SeloTransactionRecipient *recipient = data;

    g_free(recipient->forward_path);
    g_strfreev(recipient->params);
    g_ptr_array_unref(recipient->accounts);
    g_free(recipient);
}

SeloTransaction *
selo_transaction_ref(SeloTransaction *self)
{
    self->n_refs++;
    return self;
}

void
selo_transaction_unref(SeloTransaction *self)
{
    if (--self->n_refs > 0)
        return;
    g_clear_pointer(&self->writer, selo_blob_writer_free);
    g_ptr_array_unref(self->recipients);
    g_ptr_array_unref(self->results);
    g_ptr_array_unref(self->changes);
    g_clear_pointer(&self->verdicts.left, g_ptr_array_unref);
    g_free(self->reverse_path);
    g_strfreev(self->params);
    selo_call_unref(self->call);
    selo_mail_peer_unref(self->peer);
    g_free(self);
}

static SeloLoop *
loop_of(const SeloTransaction *self)
{
    return self->peer->role->loop;
}

static const SeloConf *
server_conf(const SeloTransaction *self)
{
    return selo_snapshot_section(self->peer->role->snapshot, "server", "");
}

static GStrv
strv_from(SeloStrs strs)
{
    GStrv copy = g_new0(char *, strs.n + 1);

    for (size_t i = 0; i < strs.n; i++)
        copy[i] = g_strndup(strs.v[i].s, strs.v[i].len);
    return copy;
}

static void
answer(SeloTransaction *self, SeloMailCause cause, uint32_t flags)
{
    selo_mail_answer(&self->answer, loop_of(self), cause, flags);
}

const char *
selo_transaction_id(SeloTransaction *self)
{
    return selo_call_id(self->call);
}

SeloBlobWriter *
selo_transaction_writer(SeloTransaction *self)
{
    return self->writer;
}

uint32_t
selo_transaction_recipients(SeloTransaction *self)
{
    return self->recipients->len;
}

/* ---- stages that only judge: mail, rcpt, data ---- */

static void
stage_done(void *data, const SeloFilterOutcome *outcome)
{
    SeloTransaction *self = data;

    self->run = NULL;
    self->verdicts.is_discarded |= outcome->is_discarded;
    self->verdicts.is_quarantined |= outcome->is_quarantined;
    selo_mail_answer_filtered(&self->answer, loop_of(self), &outcome->verdict);
}

static void
run_stage(SeloTransaction *self, const char *stage, SeloStr recipient, SeloFilterFunc done)
{
    const SeloFilterStage request = { .struct_size = sizeof request, .recipient = recipient };

    if (!selo_filters_want(self->peer, self, stage))
        answer(self, SELO_MAIL_OK, 0);
    else
        self->run = selo_filters_run(self->peer, self, stage, &request, self->call, done, self);
}

/* ---- begin ---- */

/* Would a message of @size octets fit where large ones are kept on their way? */
static gboolean
has_space(const SeloTransaction *self, uint64_t size)
{
    struct statvfs fs;

    return size < (1u << 20) || self->peer->role->temp_dir == NULL
           || statvfs(self->peer->role->temp_dir, &fs) != 0
           || (uint64_t) fs.f_bavail * fs.f_frsize > 2 * size;
}

SeloTransaction *
selo_transaction_begin(SeloMailPeer *peer, SeloStr reverse_path, SeloStrs params, uint64_t size,
                       uint32_t flags, SeloMailFunc done, void *data)
{
    SeloTransaction *self = g_new0(SeloTransaction, 1);
    char id[64];

    g_snprintf(id, sizeof id, "%s.%u", selo_call_id(peer->root), ++peer->n_transactions);
    self->n_refs = 1;
    self->peer = selo_mail_peer_ref(peer);
    self->call = selo_call_new_child(peer->root, id);
    self->flags = flags;
    self->reverse_path = g_strndup(reverse_path.s, reverse_path.len);
    self->params = strv_from(params);
    self->recipients = g_ptr_array_new_with_free_func(recipient_free);
    self->results = g_ptr_array_new_with_free_func(g_free);
    self->changes = g_ptr_array_new_with_free_func(selo_filter_action_free);
    selo_mail_answer_expect(&self->answer, done, data);
    if (size > (uint64_t) selo_conf_int(server_conf(self), "max-message-size"))
        answer(self, SELO_MAIL_TOO_BIG, SELO_MAIL_PERMANENT);
    else if (!has_space(self, size))
        answer(self, SELO_MAIL_NO_SPACE, 0);
    else if ((peer->flags & SELO_PEER_SUBMISSION) && peer->auth_user == NULL && !peer->is_trusted)
        answer(self, SELO_MAIL_AUTH_NEEDED, SELO_MAIL_PERMANENT);
    else
        run_stage(self, "mail", (SeloStr){ NULL, 0 }, stage_done);
    return self;
}

/* ---- recipients ---- */

/* The recipient that was added last is not wanted after all. */
static void
drop_recipient(SeloTransaction *self, const char *cause)
{
    const SeloTransactionRecipient *recipient = g_ptr_array_index(self->recipients,
                                                                  self->recipients->len - 1);

    selo_event(G_LOG_LEVEL_INFO, "recipient-refused", selo_call_id(self->call), "ip",
               selo_stream_peer(self->peer->stream)->remote_ip.s, "from", self->reverse_path, "to",
               recipient->forward_path, "cause", cause, NULL);
    g_ptr_array_set_size(self->recipients, (gint) self->recipients->len - 1);
}

static void
recipient_judged(void *data, const SeloFilterOutcome *outcome)
{
    SeloTransaction *self = data;

    if (outcome->verdict.cause != SELO_MAIL_OK)
        drop_recipient(self, selo_mail_cause_name(outcome->verdict.cause));
    stage_done(self, outcome);
}

static void
routed(void *data, SeloMailCause cause, uint32_t flags, GPtrArray *accounts)
{
    SeloTransaction *self = data;
    SeloTransactionRecipient *recipient = g_ptr_array_index(self->recipients,
                                                            self->recipients->len - 1);

    self->routing = NULL;
    if (cause != SELO_MAIL_OK) {
        drop_recipient(self, selo_mail_cause_name(cause));
        answer(self, cause, flags);
        return;
    }
    selo_stream_set_limit(self->peer->stream, 0); /* who knows a mailbox here need not log in */
    g_ptr_array_unref(recipient->accounts);
    recipient->accounts = accounts;
    run_stage(self, "rcpt",
              (SeloStr){ recipient->forward_path, strlen(recipient->forward_path) },
              recipient_judged);
}

void
selo_transaction_recipient(SeloTransaction *self, SeloStr forward_path, SeloStrs params,
                           SeloMailFunc done, void *data)
{
    SeloTransactionRecipient *recipient;

    selo_mail_answer_expect(&self->answer, done, data);
    if (self->recipients->len >= (guint) selo_conf_int(server_conf(self), "max-recipients")) {
        answer(self, SELO_MAIL_TOO_MANY_RECIPIENTS, 0);
        return;
    }
    recipient = g_new0(SeloTransactionRecipient, 1);
    recipient->forward_path = g_strndup(forward_path.s, forward_path.len);
    recipient->params = strv_from(params);
    recipient->accounts = g_ptr_array_new();
    g_ptr_array_add(self->recipients, recipient);
    self->routing = selo_routing_resolve(self->peer, self->call, forward_path, routed, self);
}

void
selo_transaction_data(SeloTransaction *self, SeloMailFunc done, void *data)
{
    selo_mail_answer_expect(&self->answer, done, data);
    self->writer = selo_blob_writer_new();
    self->envelope_size = selo_trace_write(self, self->writer);
    run_stage(self, "data", (SeloStr){ NULL, 0 }, stage_done);
}

/* ---- the end ---- */

void
selo_transaction_commit(SeloTransaction *self, SeloMailFunc recipient_done, SeloMailFunc done,
                        void *data)
{
    g_assert(self->phase == SELO_TRANSACTION_BEGUN && self->writer != NULL);
    self->phase = SELO_TRANSACTION_COMMITTING;
    selo_mail_answer_expect(&self->answer, done, data);
    self->recipient_done = recipient_done;
    selo_commit(self);
}

void
selo_transaction_free(SeloTransaction *self)
{
    if (self == NULL)
        return;
    self->is_abandoned = TRUE;
    selo_mail_answer_clear(&self->answer, loop_of(self));
    g_clear_pointer(&self->run, selo_filters_cancel);
    g_clear_pointer(&self->routing, selo_routing_cancel);
    g_clear_pointer(&self->delivery, selo_delivery_cancel);
    selo_call_stop(self->call);
    selo_call_return(self->call, SELO_OK, NULL, NULL);
    selo_transaction_unref(self);
}
