/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-output.c: a queue of parts. sendfile(2) lost: it saves one copy, cannot join the text around
 * a message in the same segment, and does nothing for TLS.
 */
#include "config.h"

#include "api/lib/selo-output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_VECTORS 16

struct SeloOutputPart {
    SeloOutputPart *next;
    SeloBuffer *buffer; /* what can be sent; NULL: to be read from blob */
    SeloBlob blob;      /* size: octets not read yet, 0 = this part is text */
};

static SeloOutputPart *
append_part(SeloOutput *output)
{
    SeloOutputPart *part = g_new0(SeloOutputPart, 1);

    if (output->tail == NULL || output->head == NULL)
        output->tail = &output->head;
    part->blob.fd.fd = -1;
    *output->tail = part;
    output->tail = &part->next;
    return part;
}

static SeloOutputPart *
last_part(SeloOutput *output)
{
    if (output->head == NULL)
        return NULL;
    return (SeloOutputPart *) (void *) ((char *) output->tail - G_STRUCT_OFFSET(SeloOutputPart, next));
}

void
selo_output_add(SeloOutput *output, const void *octets, size_t size)
{
    const char *from = octets;
    SeloOutputPart *part = last_part(output);

    output->size += size;
    while (size > 0) {
        SeloBuffer *buffer = part != NULL && part->blob.fd.fd < 0 ? part->buffer : NULL;
        size_t n;

        if (buffer == NULL || buffer->end == buffer->size) {
            size_t room =
                part == NULL && size <= SELO_BUFFER_SMALL ? SELO_BUFFER_SMALL : SELO_BUFFER_USUAL;

            part = append_part(output); /* one reply is small; many are not */
            part->buffer = buffer = selo_buffer_get(room);
        }
        n = MIN(size, buffer->size - buffer->end);
        memcpy(buffer->octets + buffer->end, from, n);
        buffer->end += n;
        from += n;
        size -= n;
    }
}

gboolean
selo_output_add_blob(SeloOutput *output, const SeloBlob *blob, uint64_t offset, uint64_t size)
{
    SeloOutputPart *part;
    int fd;

    if (size == 0)
        return TRUE;
    if (blob->octets != NULL) {
        selo_output_add(output, blob->octets + offset, (size_t) size);
        return TRUE;
    }
    fd = fcntl(blob->fd.fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return FALSE;
    part = append_part(output);
    part->blob = (SeloBlob){ .size = size, .offset = blob->offset + offset, .fd = { .fd = fd } };
    output->size += size;
    return TRUE;
}

static void
drop_head(SeloOutput *output)
{
    SeloOutputPart *part = output->head;

    output->head = part->next;
    if (output->head == NULL)
        output->tail = &output->head;
    selo_buffer_put(part->buffer);
    if (part->blob.fd.fd >= 0)
        close(part->blob.fd.fd);
    g_free(part);
}

void
selo_output_clear(SeloOutput *output)
{
    while (output->head != NULL)
        drop_head(output);
    output->size = 0;
}

static gboolean
read_blob(SeloOutputPart *part)
{
    size_t want = (size_t) MIN(part->blob.size, SELO_BUFFER_LARGE);
    int64_t n;

    if (part->buffer == NULL)
        part->buffer = selo_buffer_get(want);
    n = selo_blob_read(&part->blob, 0, part->buffer->octets, MIN(want, part->buffer->size));
    if (n <= 0) {
        if (n == 0)
            errno = EIO; /* the file is shorter than was said */
        return FALSE;
    }
    part->buffer->start = 0;
    part->buffer->end = (size_t) n;
    part->blob.offset += (uint64_t) n;
    part->blob.size -= (uint64_t) n;
    return TRUE;
}

gboolean
selo_output_peek(SeloOutput *output, const char **out_octets, size_t *out_size)
{
    SeloOutputPart *part = output->head;

    *out_octets = NULL;
    *out_size = 0;
    if (part == NULL)
        return TRUE;
    if ((part->buffer == NULL || part->buffer->start == part->buffer->end) && !read_blob(part))
        return FALSE;
    *out_octets = part->buffer->octets + part->buffer->start;
    *out_size = part->buffer->end - part->buffer->start;
    return TRUE;
}

void
selo_output_consume(SeloOutput *output, uint64_t size)
{
    output->size -= size;
    while (output->head != NULL) {
        SeloBuffer *buffer = output->head->buffer;
        size_t there = buffer != NULL ? buffer->end - buffer->start : 0;

        if (size < there) {
            buffer->start += (size_t) size;
            return;
        }
        size -= there;
        if (output->head->blob.size > 0) { /* it goes on in the file */
            if (buffer != NULL)
                buffer->start = buffer->end;
            return;
        }
        drop_head(output);
        if (size == 0)
            return;
    }
}

int64_t
selo_output_send(SeloOutput *output, int fd)
{
    struct iovec vectors[MAX_VECTORS];
    struct msghdr message = { .msg_iov = vectors };
    const char *octets;
    size_t size;
    int64_t sent;

    if (!selo_output_peek(output, &octets, &size))
        return -1;
    for (SeloOutputPart *part = output->head; part != NULL && message.msg_iovlen < MAX_VECTORS;
         part = part->next) {
        SeloBuffer *buffer = part->buffer;

        if (buffer == NULL)
            break;
        vectors[message.msg_iovlen++] =
            (struct iovec){ buffer->octets + buffer->start, buffer->end - buffer->start };
        if (part->blob.size > 0)
            break;
    }
    if (message.msg_iovlen == 0)
        return 0;
    sent = message.msg_iovlen == 1 ? send(fd, vectors[0].iov_base, vectors[0].iov_len, MSG_NOSIGNAL)
                                   : sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent > 0)
        selo_output_consume(output, (uint64_t) sent);
    return sent;
}
