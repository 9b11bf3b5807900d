/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-session.c: one connection: a stream, the root call of all it does, and the protocol's session.
 * It knows no protocol; it passes events on and keeps the order of life: stream ready → session_new →
 * events → root call returned → output sent → session_free. One small record a connection, no buffer.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/selo-event.h"
#include "server/mail/selo-routing.h"
#include "server/process/selo-worker-private.h"

typedef enum {
    OPENING, /* PROXY header, immediate TLS */
    OPEN,    /* the protocol has it */
    CLOSING  /* the root call was returned, or there never was one; output is being sent */
} Phase;

struct SeloSession {
    SeloSession *next, **link; /* in the worker's list */
    SeloListener *listener;
    SeloStream *stream;
    SeloCall *root;
    void *session; /* the protocol's */
    SeloAddressCount *address;
    uint32_t phase; /* Phase */
};

SeloSession *
selo_session_next(SeloSession *session)
{
    return session->next;
}

static void
unlink_session(SeloSession *session)
{
    *session->link = session->next;
    if (session->next != NULL)
        session->next->link = session->link;
}

static void
link_session(SeloSession *session, SeloWorker *worker)
{
    session->next = worker->sessions;
    session->link = &worker->sessions;
    if (session->next != NULL)
        session->next->link = &session->next;
    worker->sessions = session;
}

static void
refuse(SeloListener *listener, const char *reason, const char *ip)
{
    listener->worker->n_refused++;
    selo_event(G_LOG_LEVEL_INFO, "connection-refused", NULL, "listener", listener->name, "reason",
               reason, "ip", ip, NULL);
}

static void
end_session(SeloSession *session)
{
    if (session->phase == CLOSING)
        return;
    session->phase = CLOSING;
    selo_stream_finish(session->stream);
}

static void
root_returned(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloSession *session = data;

    if (status != SELO_OK && operator_text != NULL)
        selo_event(G_LOG_LEVEL_INFO, "session-failed", selo_call_id(session->root), "listener",
                   session->listener->name, "reason", operator_text, NULL);
    end_session(session);
}

/* Behind a proxy the client's own address counts, and it is known only now. */
static gboolean
count_proxied(SeloSession *session)
{
    SeloListener *listener = session->listener;
    const SeloPeer *peer = selo_stream_peer(session->stream);
    struct in6_addr ip = IN6ADDR_ANY_INIT;
    struct in_addr ip4;

    if (inet_pton(AF_INET, peer->remote_ip.s, &ip4) == 1) {
        memset(ip.s6_addr + 10, 0xff, 2);
        memcpy(ip.s6_addr + 12, &ip4, 4);
    } else if (inet_pton(AF_INET6, peer->remote_ip.s, &ip) != 1)
        return TRUE; /* the proxy's own connection (LOCAL, UNKNOWN) */
    session->address =
        selo_address_count_take(listener->worker->addresses, ip.s6_addr, listener->max_per_address);
    if (session->address == NULL)
        refuse(listener, "too many connections from this address", peer->remote_ip.s);
    return session->address != NULL;
}

static void
stream_ready(void *data)
{
    SeloSession *session = data;
    SeloListener *listener = session->listener;
    SeloWorker *worker = listener->worker;
    g_autoptr(GError) error = NULL;
    char id[64];

    if (listener->stream.has_proxy_header && !count_proxied(session)) {
        end_session(session);
        return;
    }
    g_snprintf(id, sizeof id, "%s.%" G_GUINT64_FORMAT, worker->component->id, ++worker->n_begun);
    session->root = selo_call_new_root(worker->role, id, listener->conf, root_returned, session);
    selo_call_set_scope(session->root, listener->name, NULL, NULL);
    session->phase = OPEN;
    selo_stream_set_limit(session->stream, listener->login_timeout);
    if (!listener->table->session_new(listener->self, session->root, session->stream,
                                      &session->session, &error)) {
        selo_event(G_LOG_LEVEL_WARNING, "session-refused", id, "listener", listener->name, "reason",
                   error != NULL ? error->message : NULL, NULL);
        session->session = NULL;
        end_session(session);
        selo_call_return(session->root, SELO_OK, NULL, NULL);
        return;
    }
    if (worker->component->is_stopping)
        selo_call_drain(session->root);
}

static void
stream_input(void *data)
{
    SeloSession *session = data;

    if (session->phase == OPEN)
        session->listener->table->session_input(session->session);
}

static void
stream_drained(void *data)
{
    SeloSession *session = data;

    if (session->phase == OPEN && SELO_CAN(session->listener->table, session_drained))
        session->listener->table->session_drained(session->session);
}

static void
stream_secured(void *data, SeloStatus status, const char *operator_text)
{
    SeloSession *session = data;

    if (status != SELO_OK)
        selo_event(G_LOG_LEVEL_INFO, "tls-failed", selo_call_id(session->root), "listener",
                   session->listener->name, "ip", selo_stream_peer(session->stream)->remote_ip.s,
                   "reason", operator_text, NULL);
    if (session->phase == OPEN && SELO_CAN(session->listener->table, session_secured))
        session->listener->table->session_secured(session->session, status, operator_text);
}

static void
stream_expired(void *data)
{
    SeloSession *session = data;

    if (session->phase == OPEN)
        session->listener->table->session_expired(session->session);
}

/* The stream has gone: the last event. */
static void
stream_closed(void *data)
{
    SeloSession *session = data;
    SeloListener *listener = session->listener;
    SeloWorker *worker = listener->worker;
    const char *fault = selo_stream_fault(session->stream);

    if (session->root == NULL && fault != NULL)
        selo_event(G_LOG_LEVEL_INFO, "connection-failed", NULL, "listener", listener->name, "ip",
                   selo_stream_peer(session->stream)->remote_ip.s, "reason", fault, NULL);
    if (session->session != NULL)
        listener->table->session_free(session->session);
    if (session->root != NULL)
        selo_call_unref(session->root);
    if (session->address != NULL)
        selo_address_count_drop(worker->addresses, session->address);
    unlink_session(session);
    g_free(session);
    listener->n_sessions--;
    worker->n_sessions--;
    selo_worker_session_ended(worker);
}

static const SeloStreamEvents events = {
    .ready = stream_ready,
    .input = stream_input,
    .drained = stream_drained,
    .secured = stream_secured,
    .expired = stream_expired,
    .closed = stream_closed,
};

/* Over a limit. The protocol may have a word for it, unless TLS or a PROXY header would have to come first. */
static void
turn_away(SeloListener *listener, int fd, const char *reason, const char *ip)
{
    char words[1024];
    size_t size = 0;

    refuse(listener, reason, ip);
    if (SELO_CAN(listener->table, session_refuse) && !listener->stream.is_tls_immediate &&
        !listener->stream.has_proxy_header)
        size = listener->table->session_refuse(listener->self, listener->worker->role->hostname,
                                               words, sizeof words);
    if (size > 0 && send(fd, words, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        g_debug("%s: %s", listener->name, g_strerror(errno)); /* it went first */
    close(fd);
}

static const char *
print_ip(const uint8_t ip[16], char text[INET6_ADDRSTRLEN])
{
    gboolean is_v4 = IN6_IS_ADDR_V4MAPPED((const struct in6_addr *) (const void *) ip);

    return inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? ip + 12 : ip, text, INET6_ADDRSTRLEN);
}

/* Whoever may send a PROXY header may claim any address, also one that may relay. Without the header,
 * being trusted means being counted with nobody. */
static gboolean
is_trusted(SeloListener *listener, const uint8_t ip[16])
{
    char text[INET6_ADDRSTRLEN];

    return listener->trusted.n > 0 &&
           selo_routing_networks_contain(listener->trusted, print_ip(ip, text));
}

void
selo_session_accept(SeloListener *listener, int fd, const uint8_t ip[16])
{
    SeloWorker *worker = listener->worker;
    SeloAddressCount *address = NULL;
    SeloSession *session;
    char text[INET6_ADDRSTRLEN];
    gboolean is_neighbour = is_trusted(listener, ip);

    if (listener->stream.has_proxy_header && !is_neighbour) {
        turn_away(listener, fd, "not in trusted-networks", print_ip(ip, text));
        return;
    }
    if (listener->max_sessions != 0 && listener->n_sessions >= listener->max_sessions) {
        turn_away(listener, fd, "too many connections", NULL);
        return;
    }
    if (!is_neighbour &&
        !(address = selo_address_count_take(worker->addresses, ip, listener->max_per_address))) {
        turn_away(listener, fd, "too many connections from this address", print_ip(ip, text));
        return;
    }
    session = g_new0(SeloSession, 1);
    session->listener = listener;
    session->address = address;
    link_session(session, worker);
    listener->n_sessions++;
    worker->n_sessions++;
    session->stream = selo_stream_new(worker->role->loop, fd, &listener->stream, &events, session);
}

void
selo_session_stop(SeloSession *session)
{
    if (session->phase == OPEN)
        selo_call_drain(session->root);
    else
        end_session(session);
}

/* What the session had under way may still call it back: its memory is left to the end of the process. */
void
selo_session_abandon(SeloSession *session)
{
    session->phase = CLOSING;
    selo_stream_close(session->stream);
    unlink_session(session);
}
