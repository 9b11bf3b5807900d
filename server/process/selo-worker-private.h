/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-worker-private.h: the worker's parts for each other: the role itself (selo-worker.c), its accept
 * loop (selo-acceptor.c), its sessions (selo-session.c).
 */
#pragma once

#include <selo/protocol.h>

#include "api/lib/selo-stream-private.h"

#include "server/process/selo-component.h"

typedef struct SeloSession SeloSession;
typedef struct SeloWorker SeloWorker;
typedef struct SeloAcceptor SeloAcceptor;

typedef struct { /* one [listener] */
    SeloWorker *worker;
    const char *name;
    const SeloConf *conf; /* of the listener, with its scoped overrides */
    const SeloProtocolV1 *table;
    void *self;
    SeloStreamOptions stream;
    SeloStrs trusted; /* [listener] trusted-networks */
    int64_t login_timeout;
    uint32_t n_sessions, max_sessions, max_per_address;
} SeloListener;

struct SeloWorker {
    SeloComponent *component;
    SeloRole *role;
    SeloTls *tls;          /* NULL = no listener has TLS */
    GPtrArray *listeners;  /* of SeloListener */
    GPtrArray *acceptors;  /* of SeloAcceptor */
    GHashTable *addresses; /* connections by address, SeloAddressCount */
    SeloSession *sessions; /* list */
    uint32_t n_sessions;
    uint64_t n_begun;      /* ever */
    gboolean is_accepting; /* told to start */
    uint64_t n_refused;
};

/* An address and its connections in this worker; the key is the record itself. */
typedef struct {
    uint8_t ip[16]; /* IPv4 as ::ffff:a.b.c.d; of IPv6 the first half */
    uint32_t n;
} SeloAddressCount;

/* Takes @fd, connected. NULL: refused, closed, logged. */
void selo_session_accept(SeloListener *listener, int fd, const uint8_t ip[16]);
/* Asks the session to say goodbye. */
void selo_session_stop(SeloSession *session);
/* At once: only when the process ends. */
void selo_session_abandon(SeloSession *session);
SeloSession *selo_session_next(SeloSession *session);
/* A session of @worker has gone. */
void selo_worker_session_ended(SeloWorker *worker);

/* Counts one more connection from @ip. NULL: it has too many already (@max, 0 = any number). */
SeloAddressCount *selo_address_count_take(GHashTable *addresses, const uint8_t ip[16],
                                          uint32_t max);
void selo_address_count_drop(GHashTable *addresses, SeloAddressCount *count);
GHashTable *selo_address_counts_new(void);

/* Takes @fd, a listening socket. */
SeloAcceptor *selo_acceptor_new(SeloListener *listener, int fd);
void selo_acceptor_start(SeloAcceptor *acceptor);
void selo_acceptor_free(SeloAcceptor *acceptor);
