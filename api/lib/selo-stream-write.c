/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-stream-write.c: what a session writes, joined and sent once a turn. EPOLLOUT is asked for
 * only when a socket was full for the first time.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "api/lib/selo-stream-struct.h"

#define SENDS_A_TURN 4

static void
fail(SeloStream *stream, const char *fault)
{
    selo_stream_end(stream, fault);
    stream->flags.wants_input = TRUE; /* the session hears of it as it reads */
    selo_output_clear(&stream->output);
}

static void
watch_output(SeloStream *stream)
{
    if (stream->flags.wants_out)
        return;
    stream->flags.wants_out = TRUE; /* for good: edge-triggered, it costs nothing from now on */
    selo_watch_modify(stream->watch, SELO_STREAM_WATCHED | EPOLLOUT);
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
    int64_t n;

    if (stream->session != NULL && stream->phase != SELO_STREAM_HANDSHAKE &&
        !selo_tls_session_encrypt(stream->session, &stream->output)) {
        fail(stream, g_strerror(errno));
        return FALSE;
    }
    output = raw_output(stream);
    if (output->size == 0)
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
    if (stream->flags.is_backed_up || stream->phase == SELO_STREAM_FINISHING)
        stream->clock.active = selo_loop_now(stream->loop); /* it has much to take, and takes it */
    return output->size > 0 || stream->output.size > 0;
}

void
selo_stream_flush(SeloStream *stream)
{
    for (int i = 0; !stream->flags.is_blocked && send_some(stream); i++) {
        if (i + 1 < SENDS_A_TURN)
            continue;
        selo_stream_want_turn(stream);
        return;
    }
}

size_t
selo_stream_queued(SeloStream *stream)
{
    return (size_t) (stream->output.size + (stream->session != NULL
                                                ? selo_tls_session_output(stream->session)->size
                                                : 0));
}

static void
output_added(SeloStream *stream)
{
    if (stream->output.size >= SELO_STREAM_DRAINED)
        stream->flags.is_backed_up = TRUE;
    selo_stream_want_work(stream);
}

/* What is written after STARTTLS was asked for would be sent in clear. */
static gboolean
can_write(SeloStream *stream)
{
    return stream->phase == SELO_STREAM_OPEN && !stream->flags.starts_tls &&
           !stream->flags.is_ended;
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
        fail(stream,
             g_strerror(errno)); /* the peer was told how many octets come: there is no way on */
    selo_stream_want_work(stream);
}
