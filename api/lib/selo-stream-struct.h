/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-stream-struct.h: SeloStream laid open to the files that make it up: selo-stream.c (life and
 * output), selo-stream-read.c (readers), selo-stream-tls.c. Loop thread only.
 */
#pragma once

#include <netinet/in.h>

#include "api/lib/selo-buffer.h"
#include "api/lib/selo-dots.h"
#include "api/lib/selo-output.h"
#include "api/lib/selo-stream-private.h"

/* A peer gets so much of a turn; then the others do. */
#define SELO_STREAM_TURN    ((size_t) 64 << 10)
#define SELO_STREAM_DRAINED ((uint64_t) 64 << 10) /* drained is told below, owed from here on */
#define SELO_STREAM_WATCHED (EPOLLIN | EPOLLRDHUP | EPOLLET)

typedef enum {
    SELO_STREAM_PROXY, /* the PROXY header is to come */
    SELO_STREAM_HANDSHAKE,
    SELO_STREAM_OPEN,
    SELO_STREAM_FINISHING, /* output is to be sent, then close_notify */
    SELO_STREAM_LINGERING, /* sent; reads what is under way, or the peer would lose ours */
    SELO_STREAM_CLOSED
} SeloStreamPhase;

typedef struct SeloTlsSession SeloTlsSession;

typedef struct {
    unsigned
        is_readable : 1; /* the socket may have something: told by epoll, not yet refuted by recv */
    unsigned is_hung_up : 1; /* the peer will send no more: a short read is not the end of it */
    unsigned is_blocked : 1; /* the socket took less than it was given */
    unsigned wants_out : 1;  /* EPOLLOUT is asked for */
    unsigned is_ended : 1;   /* nothing more will come */
    unsigned is_paused : 1;
    unsigned is_throttled : 1; /* not read because too much output waits */
    unsigned is_backed_up : 1; /* drained is owed */
    unsigned wants_input : 1;  /* the input event is owed */
    unsigned starts_tls : 1;   /* as soon as the output so far is sent */
    unsigned has_begun : 1;    /* ready was told */
    unsigned is_bulk : 1;      /* inside a message: large reads pay */
    unsigned said_bye : 1;
    unsigned is_tls_immediate : 1;
} SeloStreamFlags;

typedef struct {
    SeloBuffer *buffer;   /* NULL when idle */
    size_t scanned;       /* octets of it without a line end */
    size_t turn_octets;   /* taken from the socket in this turn */
    gboolean is_skipping; /* to the end of a line that was too long */
    gboolean was_bare;
    gboolean is_in_blob, is_in_dots;
    uint64_t blob_left;
    SeloDots dots;
} SeloStreamInput;

typedef struct {
    const SeloStreamEvents *events;
    void *data;
} SeloStreamOwner;

typedef struct {
    SeloTimer timer;
    int64_t timeout, active; /* active: when something last came */
    int64_t limit;           /* when it expires even if something comes; 0 = never */
} SeloStreamClock;

struct SeloStream {
    uint32_t refs; /* the owner's, and one while an event runs */
    SeloStreamPhase phase;
    SeloStreamFlags flags;
    int fd;
    SeloLoop *loop;
    SeloWatch *watch;
    SeloStreamOwner owner;
    SeloStreamInput input;
    SeloOutput output; /* as the session wrote it; with TLS on its way to be encrypted */
    SeloTls *tls;
    SeloTlsSession *session;
    SeloStreamClock clock;
    SeloDeferred work, turn;
    char *fault;
    SeloPeer peer;
    char remote_ip[INET6_ADDRSTRLEN], local_ip[INET6_ADDRSTRLEN];
};

typedef enum { SELO_FILL_MORE, SELO_FILL_AGAIN, SELO_FILL_END } SeloFill;

/* selo-stream.c. Whoever tells holds a reference: in an event the owner may close the stream. */
void selo_stream_tell(SeloStream *stream, void (*event)(void *data));
void selo_stream_close_and_tell(SeloStream *stream);
/* Octets from the socket within this turn's share: > 0, 0 = end, -1 = not now (EAGAIN) or
 * failed. */
ssize_t selo_stream_receive(SeloStream *stream, void *octets, size_t size);
void selo_stream_want_work(SeloStream *stream);
/* The rest comes in the next turn, after the others had theirs. */
void selo_stream_want_turn(SeloStream *stream);
/* Nothing more comes and why; NULL: in order. */
void selo_stream_end(SeloStream *stream, const char *fault);

/* selo-stream-begin.c */
void selo_stream_read_addresses(SeloStream *stream);
void selo_stream_read_proxy_header(SeloStream *stream);
void selo_stream_begin_handshake(SeloStream *stream);
void selo_stream_shake_hands(SeloStream *stream);
void selo_stream_begin_session(SeloStream *stream);
void selo_stream_begin_timed_out(void *stream);

/* selo-stream-write.c */
/* Sends what waits, as far as the socket takes it and this turn goes. */
void selo_stream_flush(SeloStream *stream);

/* selo-stream-read.c */
/* Brings octets into the input buffer. */
SeloFill selo_stream_fill(SeloStream *stream);
void selo_stream_drop_input(SeloStream *stream);

/* selo-stream-tls.c */
/* What was read behind a PROXY header is the beginning of the handshake. */
SeloTlsSession *selo_tls_session_new(SeloStream *stream);
void selo_tls_session_free(SeloTlsSession *session);
/* 1 = done, 0 = goes on, -1 = failed: *out_fault. */
int selo_tls_session_handshake(SeloTlsSession *session, char **out_fault);
/* After the handshake: fills in the texts about TLS, which live as long as the session. */
void selo_tls_session_describe(SeloTlsSession *session, SeloPeer *peer);
/* Like recv(2), of plaintext. */
ssize_t selo_tls_session_receive(SeloTlsSession *session, void *octets, size_t size);
/* Octets received but not read. */
gboolean selo_tls_session_has_input(SeloTlsSession *session);
/* Encrypts from @plain into the raw output until that is large enough for one turn. FALSE:
 * failed. */
gboolean selo_tls_session_encrypt(SeloTlsSession *session, SeloOutput *plain);
void selo_tls_session_bye(SeloTlsSession *session);
SeloOutput *selo_tls_session_output(SeloTlsSession *session);
/* Gives back what it does not need while nothing comes. */
void selo_tls_session_rest(SeloTlsSession *session);
