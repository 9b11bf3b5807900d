/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/transaction.h>: how a protocol hands in mail. A SeloMailPeer is what is known of a client
 * during its session; a SeloTransaction is one envelope and one message. Filters, routing and
 * delivery happen behind these functions; what comes back is a cause, never the protocol's words.
 *
 * Every callback runs once, in the session's loop, never before the function returns.
 */
#pragma once

#include <selo/stream.h>

SELO_BEGIN_DECLS

typedef struct SeloMailPeer SeloMailPeer;
typedef struct SeloTransaction SeloTransaction;

/* Why a step was accepted or refused. A protocol has one reply for each (RFC 3463 has the codes). */
typedef enum {
    SELO_MAIL_OK,
    SELO_MAIL_RELAY_DENIED,        /* not a domain of ours, and the peer is a stranger */
    SELO_MAIL_NO_QUEUE,            /* would have to travel, and nothing here can send yet */
    SELO_MAIL_UNKNOWN_USER,        /* no such mailbox in a domain of ours */
    SELO_MAIL_MAILBOX_UNAVAILABLE, /* could not look it up or open it now */
    SELO_MAIL_MAILBOX_FULL,        /* over quota; permanent says which kind */
    SELO_MAIL_TOO_BIG,
    SELO_MAIL_TOO_MANY_RECIPIENTS,
    SELO_MAIL_TOO_MANY_HOPS,       /* RFC 5321 section 6.3 */
    SELO_MAIL_NO_SPACE,            /* disk full or a failed write: nothing was kept */
    SELO_MAIL_BAD_ADDRESS,
    SELO_MAIL_AUTH_NEEDED,
    SELO_MAIL_SENDER_DENIED,       /* a logged-in user may not use this reverse-path */
    SELO_MAIL_FILTERED,            /* a filter's verdict: code, enhanced and text are the filter's */
    SELO_MAIL_FAILED               /* anything else; permanent says which kind */
} SeloMailCause;

enum { /* SeloMailReply.flags */
    SELO_MAIL_PERMANENT = 1,
    SELO_MAIL_DISCONNECT = 2 /* answer, then close */
};

typedef struct {
    uint32_t struct_size, cause; /* SeloMailCause */
    uint32_t flags, code;        /* code, enhanced, text: set by a filter, else 0 and unset */
    SeloStr enhanced, text;
    uint32_t index, reserved; /* of the recipient, in the order they were accepted */
} SeloMailReply;
typedef void (*SeloMailFunc)(void *data, const SeloMailReply *reply);

/* ---- the session ---- */

enum { /* what kind of listener this is */
    SELO_PEER_SUBMISSION = 1, /* RFC 6409: wants authentication, completes headers */
    SELO_PEER_LMTP = 2,       /* RFC 2033: a trusted neighbour; one reply a recipient */
    SELO_PEER_SPOKE_EARLY = 4 /* sent something before the greeting; found out later */
};
SeloMailPeer *selo_mail_peer_new(SeloCall *root, SeloStream *stream, uint32_t flags);
void selo_mail_peer_free(SeloMailPeer *peer);
/* Adds flags that showed after selo_mail_peer_new(). */
void selo_mail_peer_mark(SeloMailPeer *peer, uint32_t flags);
/* The name this server goes by ([server] hostname), for greetings. */
const char *selo_mail_peer_hostname(SeloMailPeer *peer);
/* Octets a message may have ([server] max-message-size), 0 = any. */
uint64_t selo_mail_peer_max_size(SeloMailPeer *peer);
/* The filters' connect stage: before the greeting. */
void selo_mail_peer_connect(SeloMailPeer *peer, SeloMailFunc done, void *data);
/* @protocol: as in Received (RFC 3848): "ESMTP", "ESMTPSA", "LMTP" ... */
void selo_mail_peer_helo(SeloMailPeer *peer, SeloStr helo, SeloStr protocol, SeloMailFunc done,
                         void *data);
/* After a successful login. @protocol: as in Received from now on ("ESMTPA"). */
void selo_mail_peer_auth(SeloMailPeer *peer, SeloStr mechanism, SeloStr user, SeloStr protocol,
                         SeloMailFunc done, void *data);

/* ---- the transaction ---- */

enum { SELO_TRANSACTION_SMTPUTF8 = 1, SELO_TRANSACTION_8BITMIME = 2 };
/**
 * selo_transaction_begin:
 * @reverse_path: without angle brackets, "" for the null reverse-path
 * @params: MAIL parameters as received, "SIZE=1000"
 * @size: as declared, 0 = not
 *
 * Begins a transaction: the mail stage of the filters, sender checks, space check. If @done tells a
 * refusal the caller frees the transaction.
 */
SeloTransaction *selo_transaction_begin(SeloMailPeer *peer, SeloStr reverse_path, SeloStrs params,
                                        uint64_t size, uint32_t flags, SeloMailFunc done,
                                        void *data);
/* Resolves one recipient. @forward_path without brackets; "postmaster" without domain is ours. */
void selo_transaction_recipient(SeloTransaction *self, SeloStr forward_path, SeloStrs params,
                                SeloMailFunc done, void *data);
/* Recipients accepted so far. */
uint32_t selo_transaction_recipients(SeloTransaction *self);
/* The filters' data stage, before the message. */
void selo_transaction_data(SeloTransaction *self, SeloMailFunc done, void *data);
/* Where the message goes; owned by the transaction. */
SeloBlobWriter *selo_transaction_writer(SeloTransaction *self);
/**
 * selo_transaction_commit:
 * @recipient_done: (nullable): called for each accepted recipient, in order, before @done. NULL: all
 *   recipients share one fate, the worst one
 * @done: the message as a whole
 *
 * Header and message stages of the filters, trace headers, delivery. SELO_MAIL_OK is told only when
 * the message is on disk.
 */
void selo_transaction_commit(SeloTransaction *self, SeloMailFunc recipient_done, SeloMailFunc done,
                             void *data);
/* Also gives up a transaction that is under way: no callback comes any more. */
void selo_transaction_free(SeloTransaction *self);
/* For the log and the reply ("queued as"). */
const char *selo_transaction_id(SeloTransaction *self);

SELO_END_DECLS
