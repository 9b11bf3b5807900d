/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-transaction-private.h: the two structs behind <selo/transaction.h>, for the files of this
 * folder: what is known of a client, and one envelope with its message.
 */
#pragma once

#include <selo/filter.h>
#include <selo/mailbox.h>
#include <selo/transaction.h>

#include "server/process/selo-role.h"

typedef struct SeloFilterRun SeloFilterRun; /* selo-filter-chain.h */
typedef struct SeloDelivery SeloDelivery;   /* selo-delivery.h */
typedef struct SeloRoutingRun SeloRoutingRun; /* selo-routing.h */

/* A callback of the protocol that is owed, told from the loop's deferred queue. */
typedef struct {
    SeloDeferred deferred;
    SeloMailFunc done;
    void *data;
    SeloMailReply reply;
    char *text, *enhanced; /* what reply points to, if a filter spoke */
} SeloMailAnswer;

/* What filters said that holds beyond their stage. */
typedef struct {
    gboolean is_discarded;   /* accept the message and drop it */
    gboolean is_quarantined; /* it must not reach a mailbox */
    GPtrArray *left;         /* SeloInstance: filters that want to hear no more; NULL = none */
} SeloFilterVerdicts;

struct SeloMailPeer {
    int n_refs;         /* its session's; one each transaction, which may end later */
    SeloCall *root;
    SeloStream *stream; /* NULL once the session has gone */
    SeloRole *role;
    uint32_t flags;         /* SELO_PEER_* */
    uint32_t n_transactions;
    gboolean is_trusted;    /* in [route] relay-networks */
    SeloFilterVerdicts verdicts; /* for every message of the session */
    char *helo, *protocol, *auth_mechanism, *auth_user;
    SeloMailAnswer answer;
    SeloFilterRun *run;
};

/* One recipient as the client named it, with the mailboxes it stands for. */
typedef struct {
    char *forward_path;
    GStrv params;
    GPtrArray *accounts; /* SeloAccount, one each mailbox */
    SeloMailCause cause; /* of its delivery */
    uint32_t flags;
} SeloTransactionRecipient;

typedef enum {
    SELO_TRANSACTION_BEGUN,
    SELO_TRANSACTION_COMMITTING,
    SELO_TRANSACTION_ENDED
} SeloTransactionPhase;

struct SeloTransaction {
    int n_refs;
    gboolean is_abandoned; /* freed by the protocol: no callback any more */
    SeloTransactionPhase phase;
    uint32_t flags;
    SeloMailPeer *peer;
    SeloCall *call; /* child of the session's root: stopping it ends all that is under way */
    char *reverse_path;
    GStrv params;
    GPtrArray *recipients; /* SeloTransactionRecipient */
    SeloBlobWriter *writer;
    size_t envelope_size;  /* octets of Return-Path and Delivered-To at the front of the writer */
    SeloBlob message;      /* after commit began: from Received on */
    GPtrArray *results;    /* "INSTANCE SYMBOL SCORE TEXT" of the filters */
    SeloFilterVerdicts verdicts;
    SeloMailAnswer answer;
    SeloMailFunc recipient_done; /* of a commit; NULL = one fate for all */
    GPtrArray *changes;          /* SeloFilterAction copies: what filters have had done so far */
    SeloFilterRun *run;
    SeloRoutingRun *routing;
    SeloDelivery *delivery;
};

/* "unknown-user", for the log. */
const char *selo_mail_cause_name(SeloMailCause cause);

SeloMailPeer *selo_mail_peer_ref(SeloMailPeer *peer);
void selo_mail_peer_unref(SeloMailPeer *peer);
SeloTransaction *selo_transaction_ref(SeloTransaction *self);
void selo_transaction_unref(SeloTransaction *self);

/* Owes @done an answer; told at the end of this turn. @text, @enhanced may be NULL; copied. */
void selo_mail_answer(SeloMailAnswer *answer, SeloLoop *loop, SeloMailCause cause, uint32_t flags);
void selo_mail_answer_expect(SeloMailAnswer *answer, SeloMailFunc done, void *data);
void selo_mail_answer_filtered(SeloMailAnswer *answer, SeloLoop *loop, const SeloMailReply *verdict);
void selo_mail_answer_clear(SeloMailAnswer *answer, SeloLoop *loop);
