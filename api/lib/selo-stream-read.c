/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-stream-read.c: lines, octets, literals and messages out of the input buffer. Readers pull:
 * the socket is read only when the session asks for more than is there, so a session that waits for
 * something holds its peer back by doing nothing.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "api/lib/selo-blob-private.h"
#include "api/lib/selo-stream-struct.h"

/* Above this much waiting output a peer that does not read is not read either. */
#define OUTPUT_MAX ((uint64_t) 1 << 20)

static size_t
available(SeloStream *stream)
{
    SeloBuffer *buffer = stream->input.buffer;

    return buffer != NULL ? buffer->end - buffer->start : 0;
}

static char *
first(SeloStream *stream)
{
    return stream->input.buffer->octets + stream->input.buffer->start;
}

static void
consume(SeloStream *stream, size_t size)
{
    stream->input.buffer->start += size;
    stream->input.scanned = 0;
}

void
selo_stream_drop_input(SeloStream *stream)
{
    selo_buffer_put(g_steal_pointer(&stream->input.buffer));
    stream->input.scanned = 0;
}

static void
change_buffer(SeloStream *stream, size_t size)
{
    SeloBuffer *old = stream->input.buffer, *new = selo_buffer_get(size);

    if (old != NULL) {
        new->end = old->end - old->start;
        memcpy(new->octets, old->octets + old->start, new->end);
        selo_buffer_put(old);
    }
    stream->input.buffer = new;
}

/* Room for a read worth its system call: at least half a buffer. */
static void
make_room(SeloStream *stream)
{
    SeloBuffer *buffer = stream->input.buffer;
    size_t usual = stream->flags.is_bulk ? SELO_BUFFER_LARGE : SELO_BUFFER_USUAL,
           filled = available(stream);

    if (filled == 0) {
        if (buffer == NULL || buffer->size < usual) {
            selo_stream_drop_input(stream);
            change_buffer(stream, usual);
        }
        stream->input.buffer->start = stream->input.buffer->end = 0;
    } else if (filled > buffer->size / 2 || buffer->size < usual) {
        change_buffer(stream, MAX(usual, 2 * filled));
    } else if (buffer->start > 0) {
        memmove(buffer->octets, buffer->octets + buffer->start, filled);
        buffer->start = 0;
        buffer->end = filled;
    }
}

SeloFill
selo_stream_fill(SeloStream *stream)
{
    SeloBuffer *buffer;
    ssize_t n;

    if (stream->flags.is_ended)
        return SELO_FILL_END;
    if (stream->output.size > OUTPUT_MAX) {
        stream->flags.is_throttled = TRUE;
        return SELO_FILL_AGAIN;
    }
    if (!stream->flags.is_readable &&
        (stream->session == NULL || !selo_tls_session_has_input(stream->session)))
        return SELO_FILL_AGAIN;
    make_room(stream);
    buffer = stream->input.buffer;
    if (stream->session != NULL)
        n = selo_tls_session_receive(stream->session, buffer->octets + buffer->end,
                                     buffer->size - buffer->end);
    else
        n = selo_stream_receive(stream, buffer->octets + buffer->end, buffer->size - buffer->end);
    if (n > 0) {
        buffer->end += (size_t) n;
        return SELO_FILL_MORE;
    }
    return stream->flags.is_ended ? SELO_FILL_END : SELO_FILL_AGAIN;
}

/* The reader leaves with AGAIN: what it gave before is not valid any more, so buffers can go. */
static SeloRead
rest(SeloStream *stream)
{
    SeloBuffer *buffer = stream->input.buffer;
    size_t filled = available(stream);

    if (filled == 0)
        selo_stream_drop_input(stream);
    else if (buffer->size > SELO_BUFFER_SMALL && filled <= SELO_BUFFER_SMALL / 2)
        change_buffer(stream, SELO_BUFFER_SMALL);
    if (stream->session != NULL)
        selo_tls_session_rest(stream->session);
    return SELO_READ_AGAIN;
}

/* Before a reader looks into the buffer: is there a session to speak of? */
static gboolean
can_read(SeloStream *stream, SeloRead *out_answer)
{
    if (stream->phase == SELO_STREAM_OPEN && !stream->flags.starts_tls)
        return TRUE;
    *out_answer = stream->phase < SELO_STREAM_OPEN || stream->flags.starts_tls ? SELO_READ_AGAIN
                                                                               : SELO_READ_END;
    return FALSE;
}

/* More, or how the reader ends. */
static gboolean
get_more(SeloStream *stream, SeloRead *out_answer)
{
    switch (selo_stream_fill(stream)) {
    case SELO_FILL_MORE:
        return TRUE;
    case SELO_FILL_AGAIN:
        *out_answer = rest(stream);
        return FALSE;
    case SELO_FILL_END:
    default:
        selo_stream_drop_input(stream);
        *out_answer = SELO_READ_END;
        return FALSE;
    }
}

/* A line that is complete in the buffer. */
static SeloRead
take_line(SeloStream *stream, char *lf, size_t max, SeloStr *out_line)
{
    char *line = first(stream);
    size_t len = (size_t) (lf - line);

    stream->input.was_bare = len == 0 || lf[-1] != '\r';
    if (!stream->input.was_bare)
        len--;
    consume(stream, (size_t) (lf + 1 - line));
    *out_line = (SeloStr){ line, MIN(len, max) };
    line[out_line->len] = '\0'; /* where the CR or LF was */
    return len > max ? SELO_READ_TOO_LONG : SELO_READ_OK;
}

SeloRead
selo_stream_read_line(SeloStream *stream, size_t max, SeloStr *out_line)
{
    SeloStreamInput *input = &stream->input;
    SeloRead answer;

    if (!can_read(stream, &answer))
        return answer;
    stream->flags.is_bulk = FALSE;
    for (;;) {
        size_t filled = available(stream);
        char *lf = filled > input->scanned
                       ? memchr(first(stream) + input->scanned, '\n', filled - input->scanned)
                       : NULL;

        if (lf != NULL && input->is_skipping) {
            input->is_skipping = FALSE;
            consume(stream, (size_t) (lf + 1 - first(stream)));
            continue;
        }
        if (lf != NULL)
            return take_line(stream, lf, max, out_line);
        if (input->is_skipping && filled > 0) {
            consume(stream, filled);
        } else if (filled > max && filled - max > 1) { /* more than @max and a CR */
            input->is_skipping = TRUE;
            *out_line = (SeloStr){ first(stream), max };
            first(stream)[max] = '\0';
            consume(stream, filled);
            return SELO_READ_TOO_LONG;
        } else {
            input->scanned = filled;
        }
        if (!get_more(stream, &answer))
            return answer;
    }
}

gboolean
selo_stream_line_was_bare(SeloStream *stream)
{
    return stream->input.was_bare;
}

SeloRead
selo_stream_read_octets(SeloStream *stream, size_t max, SeloStr *out_octets)
{
    SeloRead answer;
    size_t n;

    if (!can_read(stream, &answer))
        return answer;
    stream->flags.is_bulk = FALSE;
    if (available(stream) == 0 && !get_more(stream, &answer))
        return answer;
    n = MIN(available(stream), max);
    *out_octets = (SeloStr){ first(stream), n };
    consume(stream, n);
    return SELO_READ_OK;
}

static SeloRead
end_bulk(SeloStream *stream, SeloBlobWriter *into)
{
    stream->flags.is_bulk = FALSE;
    return into != NULL && selo_blob_writer_has_failed(into) ? SELO_READ_FAILED : SELO_READ_OK;
}

SeloRead
selo_stream_read_blob(SeloStream *stream, uint64_t size, SeloBlobWriter *into)
{
    SeloStreamInput *input = &stream->input;
    SeloRead answer;

    if (!can_read(stream, &answer))
        return answer;
    if (!input->is_in_blob) {
        input->is_in_blob = TRUE;
        input->blob_left = size;
    }
    while (input->blob_left > 0) {
        size_t n = (size_t) MIN(available(stream), input->blob_left);

        if (n > 0) {
            if (into != NULL)
                selo_blob_writer_add(into, first(stream), n);
            consume(stream, n);
            input->blob_left -= n;
            continue;
        }
        stream->flags.is_bulk = input->blob_left > SELO_BUFFER_USUAL;
        if (!get_more(stream, &answer))
            return answer;
    }
    input->is_in_blob = FALSE;
    return end_bulk(stream, into);
}

SeloRead
selo_stream_read_dots(SeloStream *stream, uint64_t max, SeloBlobWriter *into)
{
    SeloStreamInput *input = &stream->input;
    SeloRead answer;

    if (!can_read(stream, &answer))
        return answer;
    if (!input->is_in_dots) {
        input->is_in_dots = TRUE;
        input->dots = (SeloDots){ .max = max };
    }
    for (;;) {
        size_t filled = available(stream), used = 0;

        if (filled > 0) {
            gboolean is_end = selo_dots_feed(&input->dots, first(stream), filled, into, &used);

            consume(stream, used);
            if (is_end)
                break;
        }
        stream->flags.is_bulk = input->dots.size > 0;
        if (!get_more(stream, &answer))
            return answer;
    }
    input->is_in_dots = FALSE;
    answer = end_bulk(stream, into);
    if (input->dots.is_too_long)
        return SELO_READ_TOO_LONG;
    return input->dots.is_bare ? SELO_READ_BARE : answer;
}
