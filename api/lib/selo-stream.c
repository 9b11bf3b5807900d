/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-stream.c: a connection's life: PROXY header, TLS handshake, the session, the last octets.
 * The socket is watched edge-triggered: epoll says once that something changed, flags remember it,
 * and no system call is needed to pause, to resume or to hold a peer back.
 *
 * All output of a turn is sent by one deferred function after it, so that ten replies are one
 * segment.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/lib/selo-stream-struct.h"

#define LINGER_USEC (2 * G_USEC_PER_SEC)
#define AGAIN_USEC  (10 * G_USEC_PER_SEC) /* to a session that could not end at its limit */
#define FINISH_USEC \
    (30 * G_USEC_PER_SEC) /* without progress: the peer does not take our last words */

static void work(void *data);
static void begin_turn(void *data);

/* ---- life ---- */

static void
unref_stream(SeloStream *stream)
{
    if (--stream->refs > 0)
        return;
    selo_stream_drop_input(stream);
    selo_output_clear(&stream->output);
    selo_tls_session_free(stream->session);
    selo_tls_unref(stream->tls);
    g_free(stream->fault);
    g_free((char *) stream->peer.listener.s);
    g_free(stream);
}

static void
close_socket(SeloStream *stream)
{
    if (stream->phase == SELO_STREAM_CLOSED)
        return;
    stream->phase = SELO_STREAM_CLOSED;
    stream->flags.is_ended = TRUE;
    selo_timer_disarm(&stream->clock.timer);
    selo_loop_undefer(stream->loop, &stream->work);
    selo_loop_undefer(stream->loop, &stream->turn);
    selo_watch_forget(g_steal_pointer(&stream->watch));
    close(stream->fd);
    stream->fd = -1;
}

void
selo_stream_tell(SeloStream *stream, void (*event)(void *data))
{
    if (event != NULL && stream->owner.events != NULL)
        event(stream->owner.data);
}

void
selo_stream_close_and_tell(SeloStream *stream)
{
    if (stream->phase == SELO_STREAM_CLOSED)
        return;
    stream->refs++;
    close_socket(stream);
    selo_stream_tell(stream, stream->owner.events->closed);
    if (stream->owner.events != NULL) /* he left it to us */
        selo_stream_close(stream);
    unref_stream(stream);
}

void
selo_stream_end(SeloStream *stream, const char *fault)
{
    stream->flags.is_ended = TRUE;
    if (fault != NULL && stream->fault == NULL)
        stream->fault = g_strdup(fault);
}

void
selo_stream_want_work(SeloStream *stream)
{
    if (stream->phase != SELO_STREAM_CLOSED)
        selo_loop_defer(stream->loop, &stream->work, work, stream);
}

void
selo_stream_want_turn(SeloStream *stream)
{
    selo_loop_defer_turn(stream->loop, &stream->turn, begin_turn, stream);
}

/* ---- the socket ---- */

ssize_t
selo_stream_receive(SeloStream *stream, void *octets, size_t size)
{
    ssize_t n;

    if (stream->flags.is_ended)
        return 0;
    errno = EAGAIN;
    if (!stream->flags.is_readable)
        return -1;
    if (stream->input.turn_octets >= SELO_STREAM_TURN) {
        stream->flags.wants_input = TRUE;
        selo_stream_want_turn(stream);
        return -1;
    }
    do
        n = recv(stream->fd, octets, size, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        stream->input.turn_octets += (size_t) n;
        stream->clock.active = selo_loop_now(stream->loop);
        if ((size_t) n < size && !stream->flags.is_hung_up)
            stream->flags.is_readable = FALSE; /* epoll(7): a short read took all there was */
    } else if (n == 0) {
        selo_stream_end(stream, NULL);
    } else if (errno == EAGAIN) {
        stream->flags.is_readable = FALSE;
    } else {
        selo_stream_end(stream, g_strerror(errno));
        n = 0;
    }
    return n;
}

/* ---- the end ---- */

static void
linger(SeloStream *stream)
{
    char octets[4096];

    while (!stream->flags.is_ended && selo_stream_receive(stream, octets, sizeof octets) > 0)
        ;
    if (stream->flags.is_ended)
        selo_stream_close_and_tell(stream);
}

static void
gave_up(void *data)
{
    SeloStream *stream = data;
    int64_t idle = selo_loop_now(stream->loop) - stream->clock.active;

    if (stream->phase == SELO_STREAM_FINISHING && idle < FINISH_USEC) { /* it still takes some */
        selo_timer_arm(stream->loop, &stream->clock.timer, FINISH_USEC - idle, gave_up, stream);
        return;
    }
    if (stream->phase == SELO_STREAM_FINISHING)
        selo_stream_end(stream, "the peer did not take the last of the output");
    selo_stream_close_and_tell(stream);
}

static gboolean
has_unread_input(SeloStream *stream)
{
    SeloBuffer *buffer = stream->input.buffer;

    return stream->flags.is_readable || (buffer != NULL && buffer->start < buffer->end) ||
           (stream->session != NULL && selo_tls_session_has_input(stream->session));
}

static void
finish_output(SeloStream *stream)
{
    if (selo_stream_queued(stream) > 0)
        return;
    if (stream->session != NULL && !stream->flags.said_bye && stream->fault == NULL) {
        stream->flags.said_bye = TRUE; /* also to a peer that said it first: RFC 8446 section 6.1 */
        selo_tls_session_bye(stream->session);
        selo_stream_flush(stream);
        if (selo_stream_queued(stream) > 0)
            return;
    }
    /* A socket that is closed with input unread resets the connection, and the peer may lose
     * what was sent last. */
    if (stream->flags.is_ended || !has_unread_input(stream)) {
        selo_stream_close_and_tell(stream);
        return;
    }
    stream->phase = SELO_STREAM_LINGERING;
    selo_stream_drop_input(stream);
    shutdown(stream->fd, SHUT_WR);
    selo_timer_arm(stream->loop, &stream->clock.timer, LINGER_USEC, gave_up, stream);
    linger(stream);
}

void
selo_stream_finish(SeloStream *stream)
{
    if (stream->phase >= SELO_STREAM_FINISHING)
        return;
    stream->phase = SELO_STREAM_FINISHING;
    stream->flags.wants_input = FALSE;
    stream->clock.active = selo_loop_now(stream->loop);
    selo_timer_arm(stream->loop, &stream->clock.timer, FINISH_USEC, gave_up, stream);
    selo_stream_want_work(stream);
}

void
selo_stream_close(SeloStream *stream)
{
    if (stream == NULL)
        return;
    close_socket(stream);
    stream->owner = (SeloStreamOwner){ NULL, NULL };
    unref_stream(stream);
}

/* ---- turns ---- */

static void
give_input(SeloStream *stream)
{
    stream->flags.wants_input = FALSE;
    selo_stream_tell(stream, stream->owner.events->input);
}

static void
tell_drained(SeloStream *stream)
{
    uint64_t queued = selo_stream_queued(stream);

    if (queued >= SELO_STREAM_DRAINED)
        return;
    if (stream->flags.is_throttled) {
        stream->flags.is_throttled = FALSE;
        stream->flags.wants_input = TRUE;
    }
    if (stream->flags.is_backed_up) {
        stream->flags.is_backed_up = FALSE;
        selo_stream_tell(stream, stream->owner.events->drained);
    }
}

/* What the phase has to do next. */
static void
proceed(SeloStream *stream)
{
    switch (stream->phase) {
    case SELO_STREAM_PROXY:
        selo_stream_read_proxy_header(stream);
        break;
    case SELO_STREAM_HANDSHAKE:
        if (stream->session == NULL)
            selo_stream_begin_handshake(stream);
        else
            selo_stream_shake_hands(stream);
        break;
    case SELO_STREAM_OPEN:
        if (!stream->flags.has_begun)
            selo_stream_begin_session(stream);
        else if (stream->flags.starts_tls && selo_stream_queued(stream) == 0)
            selo_stream_begin_handshake(stream);
        else if (stream->flags.wants_input && !stream->flags.is_paused && !stream->flags.starts_tls)
            give_input(stream);
        break;
    case SELO_STREAM_FINISHING:
        finish_output(stream);
        break;
    case SELO_STREAM_LINGERING:
        linger(stream);
        break;
    case SELO_STREAM_CLOSED:
        break;
    }
}

static void
work(void *data)
{
    SeloStream *stream = data;

    stream->refs++;
    selo_stream_flush(stream);
    if (stream->phase == SELO_STREAM_OPEN)
        tell_drained(stream);
    proceed(stream);
    unref_stream(stream);
}

static void
begin_turn(void *data)
{
    SeloStream *stream = data;

    stream->input.turn_octets = 0;
    work(stream);
}

static void
socket_ready(void *data, uint32_t events)
{
    SeloStream *stream = data;

    stream->refs++;
    stream->input.turn_octets = 0;
    if ((events & EPOLLOUT) != 0 && stream->flags.is_blocked) {
        stream->flags.is_blocked = FALSE;
        selo_stream_want_work(stream);
    }
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        stream->flags.is_hung_up = TRUE;
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        stream->flags.is_readable = TRUE;
        stream->flags.wants_input = TRUE;
        proceed(stream);
    }
    unref_stream(stream);
}

SeloStream *
selo_stream_new(SeloLoop *loop, int fd, const SeloStreamOptions *options,
                const SeloStreamEvents *events, void *data)
{
    SeloStream *stream = g_new0(SeloStream, 1);

    stream->refs = 1;
    stream->fd = fd;
    stream->loop = loop;
    stream->owner = (SeloStreamOwner){ events, data };
    stream->tls = selo_tls_ref(options->tls);
    stream->flags.is_tls_immediate = options->is_tls_immediate && options->tls != NULL;
    stream->peer.struct_size = sizeof stream->peer;
    if (options->listener != NULL)
        stream->peer.listener = (SeloStr){ g_strdup(options->listener), strlen(options->listener) };
    stream->clock.active = selo_loop_now(loop);
    selo_stream_read_addresses(stream);
    if (options->has_proxy_header)
        stream->phase = SELO_STREAM_PROXY;
    else
        stream->phase = stream->flags.is_tls_immediate ? SELO_STREAM_HANDSHAKE : SELO_STREAM_OPEN;
    stream->watch = selo_loop_watch(loop, fd, SELO_STREAM_WATCHED, socket_ready, stream);
    if (stream->phase != SELO_STREAM_OPEN && options->handshake_timeout > 0)
        selo_timer_arm(loop, &stream->clock.timer, options->handshake_timeout,
                       selo_stream_begin_timed_out, stream);
    selo_stream_want_work(stream);
    return stream;
}

/* ---- what a session does ---- */

const SeloPeer *
selo_stream_peer(SeloStream *stream)
{
    return &stream->peer;
}

const char *
selo_stream_fault(SeloStream *stream)
{
    return stream->fault;
}

/* G_MAXINT64: no end. */
static int64_t
time_left(const SeloStream *stream)
{
    const SeloStreamClock *clock = &stream->clock;
    int64_t now = selo_loop_now(stream->loop), left = G_MAXINT64;

    if (clock->timeout > 0) /* paused: it is the session that keeps the peer waiting */
        left = clock->timeout - (stream->flags.is_paused ? 0 : now - clock->active);
    return clock->limit != 0 ? MIN(left, clock->limit - now) : left;
}

static void
time_passed(void *data)
{
    SeloStream *stream = data;
    SeloStreamClock *clock = &stream->clock;
    int64_t left = time_left(stream), now = selo_loop_now(stream->loop);

    if (left > 0) {
        selo_timer_arm(stream->loop, &clock->timer, left, time_passed, stream);
        return;
    }
    if (clock->limit != 0) {
        clock->limit = MAX(clock->limit, now + AGAIN_USEC);
        selo_timer_arm(stream->loop, &clock->timer, clock->limit - now, time_passed, stream);
    }
    stream->refs++;
    selo_stream_tell(stream, stream->owner.events->expired);
    unref_stream(stream);
}

/* Input only notes the time; the timer, when it comes, looks at the note and sets out again. */
static void
set_clock(SeloStream *stream)
{
    SeloTimer *timer = &stream->clock.timer;
    int64_t left = time_left(stream);

    if (left == G_MAXINT64)
        selo_timer_disarm(timer);
    else if (timer->link == NULL || timer->due > selo_loop_now(stream->loop) + left)
        selo_timer_arm(stream->loop, timer, left, time_passed, stream);
}

void
selo_stream_set_timeout(SeloStream *stream, int64_t usec)
{
    if (stream->phase != SELO_STREAM_OPEN && stream->phase != SELO_STREAM_HANDSHAKE)
        return;
    stream->clock.timeout = usec;
    stream->clock.active = selo_loop_now(stream->loop);
    set_clock(stream);
}

void
selo_stream_set_limit(SeloStream *stream, int64_t usec)
{
    if (stream->phase != SELO_STREAM_OPEN && stream->phase != SELO_STREAM_HANDSHAKE)
        return;
    stream->clock.limit = usec > 0 ? selo_loop_now(stream->loop) + usec : 0;
    set_clock(stream);
}

void
selo_stream_pause(SeloStream *stream)
{
    stream->flags.is_paused = TRUE;
}

void
selo_stream_resume(SeloStream *stream)
{
    if (!stream->flags.is_paused)
        return;
    stream->flags.is_paused = FALSE;
    stream->clock.active = selo_loop_now(stream->loop);
    if (stream->flags.wants_input || stream->flags.is_readable || stream->flags.is_ended ||
        stream->input.buffer != NULL ||
        (stream->session != NULL && selo_tls_session_has_input(stream->session))) {
        stream->flags.wants_input = TRUE;
        selo_stream_want_work(stream);
    }
}
