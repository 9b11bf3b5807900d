/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-filter-chain.h: one stage of the filters: each filter that wants it, in order, until one has a
 * final verdict. Actions take effect only after the filter returned SELO_OK; a filter that fails is
 * treated as its on-failure says.
 */
#pragma once

#include "server/mail/selo-transaction-private.h"

/* What the stage came to. @verdict->cause SELO_MAIL_OK: go on. Before the message is there, the run
 * notes in the verdicts of its transaction or peer that it is to be discarded or quarantined.
 * @actions: SeloFilterAction, what passed the manifest's "may", in order; valid during the callback. */
typedef struct {
    SeloMailReply verdict;
    gboolean is_discarded, is_quarantined;
    GPtrArray *actions;
} SeloFilterOutcome;
typedef void (*SeloFilterFunc)(void *data, const SeloFilterOutcome *outcome);

/* Actions are kept as records of the interface; a list of them frees with selo_filter_action_free. */
SeloFilterAction *selo_filter_action_copy(const SeloFilterAction *action);
void selo_filter_action_free(void *action);

/* Does any filter of this listener want @stage? When not, the caller need not run the chain. @tx:
 * (nullable). */
gboolean selo_filters_want(SeloMailPeer *peer, const SeloTransaction *tx, const char *stage);
/**
 * selo_filters_run:
 * @tx: (nullable): for the stages of a transaction
 * @request: the fields that are particular to the stage; the rest is filled in here
 * @call: parent of what is invoked
 * @done: runs once, in the loop, never before this returns
 */
SeloFilterRun *selo_filters_run(SeloMailPeer *peer, SeloTransaction *tx, const char *stage,
                                const SeloFilterStage *request, SeloCall *call, SeloFilterFunc done,
                                void *data);
/* @done is not called any more. */
void selo_filters_cancel(SeloFilterRun *run);
