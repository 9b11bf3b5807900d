/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-stream.c: a connection's life: PROXY header, TLS handshake, the session, the last octets. The
 * socket is watched edge-triggered: epoll says once that something changed, flags remember it, and no
 * system call is needed to pause, to resume or to hold a peer back.
 *
 * All output of a turn is sent by one deferred function after it, so that ten replies are one segment.
 */
#include "config.h"

#include "api/lib/selo-stream-struct.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/lib/selo-proxy.h"

#define DRAINED_BELOW  ((uint64_t) 64 << 10)
#define LINGER_USEC    (2 * G_USEC_PER_SEC)
#define FINISH_USEC    (30 * G_USEC_PER_SEC) /* without progress: the peer does not take our last words */
#define SENDS_A_TURN   4
#define WATCHED        (EPOLLIN | EPOLLRDHUP | EPOLLET)

static void work(void *data);
static void begin_turn(void *data);
static void proceed(SeloStream *stream);

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
    selo_watch_remove(g_steal_pointer(&stream->watch));
    close(stream->fd);
    stream->fd = -1;
}

/* In an event the owner may close the stream: the caller holds a reference. */
static void
tell(SeloStream *stream, void (*event)(void *data))
{
    if (event != NULL && stream->owner.events != NULL)
        event(stream->owner.data);
}

static void
close_and_tell(SeloStream *stream)
{
    close_socket(stream);
    if (stream->owner.events == NULL)
        return;
    tell(stream, stream->owner.events->closed);
    selo_stream_close(stream->owner.events != NULL ? stream : NULL);
}

void
selo_stream_end(SeloStream *stream, const char *fault)
{
    stream->flags.is_ended = TRUE;
    if (fault != NULL && stream->fault == NULL)
        stream->fault = g_strdup(fault);
}

static void
fail(SeloStream *stream, const char *fault)
{
    selo_stream_end(stream, fault);
    stream->flags.wants_input = TRUE; /* the session hears of it as it reads */
    selo_output_clear(&stream->output);
}

void
selo_stream_want_work(SeloStream *stream)
{
    if (stream->phase != SELO_STREAM_CLOSED)
        selo_loop_defer(stream->loop, &stream->work, work, stream);
}

/* The rest comes in the next turn, after the others had theirs. */
static void
want_turn(SeloStream *stream)
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
        want_turn(stream);
        return -1;
    }
    do
        n = recv(stream->fd, octets, size, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        stream->received += (uint64_t) n;
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

static void
watch_output(SeloStream *stream)
{
    if (stream->flags.wants_out)
        return;
    stream->flags.wants_out = TRUE; /* for good: edge-triggered, it costs nothing from now on */
    selo_watch_modify(stream->watch, WATCHED | EPOLLOUT);
}

static SeloOutput *
raw_output(SeloStream *stream)
{
    return stream->session != NULL ? selo_tls_session_output(stream->session) : &stream->output;
}

/* One system call. FALSE: nothing more to do now. */
static gboolean
send_some(SeloStream *stream)
{
    SeloOutput *output;
    uint64_t before;
    int64_t n;

    if (stream->session != NULL && stream->phase != SELO_STREAM_HANDSHAKE
        && !selo_tls_session_encrypt(stream->session, &stream->output)) {
        fail(stream, g_strerror(errno));
        return FALSE;
    }
    output = raw_output(stream);
    before = output->size;
    if (before == 0)
        return FALSE;
    do
        n = selo_output_send(output, stream->fd);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN) {
        fail(stream, g_strerror(errno));
        selo_output_clear(output);
        return FALSE;
    }
    if (n < 0) {
        stream->flags.is_blocked = TRUE;
        watch_output(stream);
        return FALSE;
    }
    stream->sent += (uint64_t) n;
    stream->clock.active = selo_loop_now(stream->loop);
    return output->size > 0 || stream->output.size > 0;
}

static void
flush(SeloStream *stream)
{
    for (int i = 0; !stream->flags.is_blocked && send_some(stream); i++) {
        if (i + 1 < SENDS_A_TURN)
            continue;
        want_turn(stream);
        return;
    }
}

size_t
selo_stream_queued(SeloStream *stream)
{
    return (size_t) (stream->output.size
                     + (stream->session != NULL ? selo_tls_session_output(stream->session)->size : 0));
}

/* ---- before the session ---- */

static void
set_peer_text(SeloStr *text, const char *s)
{
    *text = (SeloStr){ s, strlen(s) };
}

static void
read_addresses(SeloStream *stream)
{
    for (int i = 0; i < 2; i++) {
        struct sockaddr_storage address = { 0 };
        socklen_t size = sizeof address;
        const struct sockaddr_in *v4 = (const void *) &address;
        const struct sockaddr_in6 *v6 = (const void *) &address;
        char *ip = i == 0 ? stream->remote_ip : stream->local_ip;
        uint32_t *port = i == 0 ? &stream->peer.remote_port : &stream->peer.local_port;

        if (i == 0)
            getpeername(stream->fd, (struct sockaddr *) &address, &size);
        else
            getsockname(stream->fd, (struct sockaddr *) &address, &size);
        if (address.ss_family == AF_INET) {
            inet_ntop(AF_INET, &v4->sin_addr, ip, INET6_ADDRSTRLEN);
            *port = ntohs(v4->sin_port);
        } else if (address.ss_family == AF_INET6) {
            if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
                inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], ip, INET6_ADDRSTRLEN);
            else
                inet_ntop(AF_INET6, &v6->sin6_addr, ip, INET6_ADDRSTRLEN);
            *port = ntohs(v6->sin6_port);
        }
    }
    set_peer_text(&stream->peer.remote_ip, stream->remote_ip);
    set_peer_text(&stream->peer.local_ip, stream->local_ip);
}

static void
take_proxy_header(SeloStream *stream, const SeloProxyHeader *header)
{
    memcpy(stream->remote_ip, header->remote_ip, sizeof stream->remote_ip);
    memcpy(stream->local_ip, header->local_ip, sizeof stream->local_ip);
    set_peer_text(&stream->peer.remote_ip, stream->remote_ip);
    set_peer_text(&stream->peer.local_ip, stream->local_ip);
    stream->peer.remote_port = header->remote_port;
    stream->peer.local_port = header->local_port;
    if (header->is_tls)
        stream->peer.tls = 1;
}

static void
begin_session(SeloStream *stream)
{
    stream->phase = SELO_STREAM_OPEN;
    selo_timer_disarm(&stream->clock.timer);
    stream->flags.has_begun = TRUE;
    stream->flags.wants_input = TRUE; /* something may be there already */
    selo_stream_want_work(stream);
    tell(stream, stream->owner.events->ready);
}

static void
begin_handshake(SeloStream *stream)
{
    stream->flags.starts_tls = FALSE;
    stream->phase = SELO_STREAM_HANDSHAKE;
    stream->session = selo_tls_session_new(stream);
    proceed(stream);
}

static void
read_proxy_header(SeloStream *stream)
{
    SeloProxyHeader header;
    SeloProxyResult result = SELO_PROXY_MORE;
    SeloFill fill;

    do {
        fill = selo_stream_fill(stream);
        if (fill == SELO_FILL_MORE)
            result = selo_proxy_parse(stream->input.buffer->octets, stream->input.buffer->end, &header);
    } while (fill == SELO_FILL_MORE && result == SELO_PROXY_MORE);
    if (result == SELO_PROXY_MORE && fill == SELO_FILL_AGAIN)
        return;
    if (result == SELO_PROXY_MORE || result == SELO_PROXY_BAD) {
        g_autofree char *fault = g_strconcat(
            "PROXY header: ", result == SELO_PROXY_BAD ? header.fault : "the connection ended before it", NULL);

        selo_stream_end(stream, fault);
        close_and_tell(stream);
        return;
    }
    stream->input.buffer->start += header.used;
    if (result == SELO_PROXY_KNOWN)
        take_proxy_header(stream, &header);
    if (stream->flags.is_tls_immediate)
        begin_handshake(stream);
    else
        begin_session(stream);
}

static void
shake_hands(SeloStream *stream)
{
    g_autofree char *fault = NULL;
    int result = selo_tls_session_handshake(stream->session, &fault);

    if (result == 0)
        return;
    if (result > 0) {
        selo_tls_session_describe(stream->session, &stream->peer);
        selo_tls_session_rest(stream->session);
    } else {
        selo_stream_end(stream, fault);
    }
    if (!stream->flags.has_begun && result > 0) {
        begin_session(stream);
    } else if (!stream->flags.has_begun) {
        flush(stream); /* the alert */
        close_and_tell(stream);
    } else {
        stream->phase = SELO_STREAM_OPEN;
        stream->flags.wants_input = TRUE;
        selo_stream_want_work(stream);
        if (stream->owner.events->secured != NULL)
            stream->owner.events->secured(stream->owner.data, result > 0 ? SELO_OK : SELO_PERMANENT, fault);
    }
}

/* ---- the end ---- */

static void
linger(SeloStream *stream)
{
    char octets[4096];

    while (!stream->flags.is_ended && selo_stream_receive(stream, octets, sizeof octets) > 0)
        ;
    if (stream->flags.is_ended)
        close_and_tell(stream);
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
    stream->refs++;
    close_and_tell(stream);
    unref_stream(stream);
}

static void
finish_output(SeloStream *stream)
{
    if (selo_stream_queued(stream) > 0)
        return;
    if (stream->session != NULL && !stream->flags.said_bye && !stream->flags.is_ended) {
        stream->flags.said_bye = TRUE;
        selo_tls_session_bye(stream->session);
        flush(stream);
        if (selo_stream_queued(stream) > 0)
            return;
    }
    /* A socket that is closed with input unread resets the connection, and the peer may lose what was
     * sent last. */
    if (stream->flags.is_ended || (!stream->flags.is_readable && stream->input.buffer == NULL)) {
        close_and_tell(stream);
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
    tell(stream, stream->owner.events->input);
}

static void
tell_drained(SeloStream *stream)
{
    uint64_t queued = selo_stream_queued(stream);

    if (queued >= DRAINED_BELOW)
        return;
    if (stream->flags.is_throttled) {
        stream->flags.is_throttled = FALSE;
        stream->flags.wants_input = TRUE;
    }
    if (stream->flags.is_backed_up) {
        stream->flags.is_backed_up = FALSE;
        tell(stream, stream->owner.events->drained);
    }
}

/* What the phase has to do next. */
static void
proceed(SeloStream *stream)
{
    switch (stream->phase) {
    case SELO_STREAM_PROXY:
        read_proxy_header(stream);
        break;
    case SELO_STREAM_HANDSHAKE:
        if (stream->session == NULL)
            begin_handshake(stream);
        else
            shake_hands(stream);
        break;
    case SELO_STREAM_OPEN:
        if (!stream->flags.has_begun)
            begin_session(stream);
        else if (stream->flags.starts_tls && selo_stream_queued(stream) == 0)
            begin_handshake(stream);
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
    flush(stream);
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

static void
begin_timed_out(void *data)
{
    SeloStream *stream = data;

    stream->refs++;
    selo_stream_end(stream, stream->phase == SELO_STREAM_PROXY ? "PROXY header: it did not come in time"
                                                               : "TLS handshake: it took too long");
    close_and_tell(stream);
    unref_stream(stream);
}

SeloStream *
selo_stream_new(SeloLoop *loop, int fd, const SeloStreamOptions *options, const SeloStreamEvents *events,
                void *data)
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
        set_peer_text(&stream->peer.listener, g_strdup(options->listener));
    stream->clock.active = selo_loop_now(loop);
    read_addresses(stream);
    if (options->has_proxy_header)
        stream->phase = SELO_STREAM_PROXY;
    else
        stream->phase = stream->flags.is_tls_immediate ? SELO_STREAM_HANDSHAKE : SELO_STREAM_OPEN;
    stream->watch = selo_loop_watch(loop, fd, WATCHED, socket_ready, stream);
    if (stream->phase != SELO_STREAM_OPEN && options->handshake_timeout > 0)
        selo_timer_arm(loop, &stream->clock.timer, options->handshake_timeout, begin_timed_out, stream);
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

void
selo_stream_counts(SeloStream *stream, uint64_t *out_received, uint64_t *out_sent)
{
    *out_received = stream->received;
    *out_sent = stream->sent;
}

static void
output_added(SeloStream *stream)
{
    if (stream->output.size >= DRAINED_BELOW)
        stream->flags.is_backed_up = TRUE;
    selo_stream_want_work(stream);
}

/* What is written after STARTTLS was asked for would be sent in clear. */
static gboolean
can_write(SeloStream *stream)
{
    return stream->phase == SELO_STREAM_OPEN && !stream->flags.starts_tls && !stream->flags.is_ended;
}

void
selo_stream_write(SeloStream *stream, const void *octets, size_t size)
{
    if (size == 0 || !can_write(stream))
        return;
    selo_output_add(&stream->output, octets, size);
    output_added(stream);
}

void
selo_stream_printf(SeloStream *stream, const char *format, ...)
{
    char usual[512];
    g_autofree char *longer = NULL;
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(usual, sizeof usual, format, arguments);
    va_end(arguments);
    if (n >= (int) sizeof usual) {
        va_start(arguments, format);
        longer = g_strdup_vprintf(format, arguments);
        va_end(arguments);
    }
    if (n > 0)
        selo_stream_write(stream, longer != NULL ? longer : usual, (size_t) n);
}

void
selo_stream_write_blob(SeloStream *stream, const SeloBlob *blob, uint64_t offset, uint64_t size)
{
    if (size == 0 || !can_write(stream))
        return;
    if (selo_output_add_blob(&stream->output, blob, offset, size))
        output_added(stream);
    else
        fail(stream, g_strerror(errno)); /* the peer was told how many octets come: there is no way on */
    selo_stream_want_work(stream);
}

gboolean
selo_stream_can_start_tls(SeloStream *stream)
{
    return stream->tls != NULL && stream->session == NULL;
}

void
selo_stream_start_tls(SeloStream *stream)
{
    g_return_if_fail(selo_stream_can_start_tls(stream) && stream->phase == SELO_STREAM_OPEN);

    selo_stream_drop_input(stream); /* what was sent in clear behind the command is not the peer's */
    stream->input.is_skipping = FALSE;
    stream->flags.starts_tls = TRUE;
    selo_stream_want_work(stream);
}

static void
idle_passed(void *data)
{
    SeloStream *stream = data;
    SeloStreamClock *clock = &stream->clock;
    int64_t left = clock->active + clock->timeout - selo_loop_now(stream->loop);

    if (stream->flags.is_paused) /* it is the session that keeps the peer waiting */
        left = clock->timeout;
    if (left > 0) {
        selo_timer_arm(stream->loop, &clock->timer, left, idle_passed, stream);
        return;
    }
    stream->refs++;
    tell(stream, stream->owner.events->expired);
    unref_stream(stream);
}

/* Input only notes the time; the timer, when it comes, looks at the note and sets out again. */
void
selo_stream_set_timeout(SeloStream *stream, int64_t usec)
{
    SeloStreamClock *clock = &stream->clock;

    if (stream->phase != SELO_STREAM_OPEN && stream->phase != SELO_STREAM_HANDSHAKE)
        return;
    clock->timeout = usec;
    clock->active = selo_loop_now(stream->loop);
    if (usec <= 0)
        selo_timer_disarm(&clock->timer);
    else if (clock->timer.link == NULL || clock->timer.due > clock->active + usec)
        selo_timer_arm(stream->loop, &clock->timer, usec, idle_passed, stream);
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
    if (stream->flags.wants_input || stream->flags.is_readable || stream->flags.is_ended
        || stream->input.buffer != NULL
        || (stream->session != NULL && selo_tls_session_has_input(stream->session))) {
        stream->flags.wants_input = TRUE;
        selo_stream_want_work(stream);
    }
}
