/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-blob.c: octets on their way into memory, then into a file without a name. One buffer of at
 * most 128 KiB serves both: what fits is the blob, what does not is written whenever the buffer is
 * full. A memory file (memfd) lost: it would count against the process like the heap does.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/lib/selo-blob-private.h"

#define MEMORY_MAX   ((size_t) 128 << 10)
#define MEMORY_FIRST ((size_t) 2 << 10)

struct SeloBlobWriter {
    char *buffer;
    size_t used, room; /* room leaves an octet for a final NUL */
    uint64_t size;     /* all octets added */
    int fd;            /* -1 while memory is enough */
    int failure;       /* errno of the first failure, 0 = none */
};

static char *temp_dir;

void
selo_blob_set_temp_dir(const char *path)
{
    g_free(temp_dir);
    temp_dir = g_strdup(path);
}

SeloBlobWriter *
selo_blob_writer_new(void)
{
    SeloBlobWriter *writer = g_new0(SeloBlobWriter, 1);

    writer->fd = -1;
    return writer;
}

void
selo_blob_writer_free(SeloBlobWriter *writer)
{
    if (writer == NULL)
        return;
    if (writer->fd >= 0)
        close(writer->fd);
    g_free(writer->buffer);
    g_free(writer);
}

/* Not every file system has O_TMPFILE. */
static int
open_unlinked(const char *dir)
{
    g_autofree char *name = NULL;
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    name = g_build_filename(dir, "blob-XXXXXX", NULL);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static void
write_out(SeloBlobWriter *writer, const char *octets, size_t size)
{
    if (writer->fd < 0 && writer->failure == 0) {
        writer->fd = open_unlinked(temp_dir != NULL ? temp_dir : g_get_tmp_dir());
        if (writer->fd < 0)
            writer->failure = errno;
    }
    while (size > 0 && writer->failure == 0) {
        ssize_t n = write(writer->fd, octets, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            writer->failure = errno;
            break;
        }
        octets += n;
        size -= (size_t) n;
    }
}

static void
make_room(SeloBlobWriter *writer, size_t size)
{
    if (writer->used + size <= writer->room || writer->room == MEMORY_MAX)
        return;
    if (writer->room == 0)
        writer->room = MEMORY_FIRST;
    while (writer->room < MEMORY_MAX && writer->room < writer->used + size)
        writer->room *= 2;
    writer->buffer = g_realloc(writer->buffer, writer->room + 1);
}

void
selo_blob_writer_add(SeloBlobWriter *writer, const void *octets, size_t size)
{
    const char *from = octets;

    writer->size += size;
    if (writer->failure != 0)
        return;
    make_room(writer, size);
    while (size > writer->room - writer->used) {
        size_t n = writer->room - writer->used;

        memcpy(writer->buffer + writer->used, from, n);
        write_out(writer, writer->buffer, writer->room);
        writer->used = 0;
        from += n;
        size -= n;
    }
    if (size > 0)
        memcpy(writer->buffer + writer->used, from, size);
    writer->used += size;
}

uint64_t
selo_blob_writer_size(SeloBlobWriter *writer)
{
    return writer->size;
}

gboolean
selo_blob_writer_has_failed(SeloBlobWriter *writer)
{
    return writer->failure != 0;
}

gboolean
selo_blob_writer_end(SeloBlobWriter *writer, SeloBlob *out_blob, GError **error)
{
    if (writer->fd >= 0 && writer->used > 0) {
        write_out(writer, writer->buffer, writer->used);
        writer->used = 0;
    }
    if (writer->failure != 0) {
        gboolean is_full = writer->failure == ENOSPC || writer->failure == EDQUOT;

        g_set_error(error, G_FILE_ERROR, is_full ? G_FILE_ERROR_NOSPC : G_FILE_ERROR_IO,
                    "a temporary file in %s could not be written: %s",
                    temp_dir != NULL ? temp_dir : g_get_tmp_dir(), g_strerror(writer->failure));
        return FALSE;
    }
    if (writer->fd >= 0) {
        *out_blob = (SeloBlob){ .size = writer->size, .fd = { .fd = writer->fd } };
        return TRUE;
    }
    if (writer->buffer == NULL)
        writer->buffer = g_malloc(1);
    writer->buffer[writer->used] = 0;
    *out_blob = (SeloBlob){ .octets = writer->buffer, .size = writer->size, .fd = { .fd = -1 } };
    return TRUE;
}

int64_t
selo_blob_read(const SeloBlob *blob, uint64_t offset, void *buffer, size_t size)
{
    ssize_t n;

    if (offset >= blob->size)
        return 0;
    size = (size_t) MIN(size, blob->size - offset);
    if (blob->octets != NULL) {
        memcpy(buffer, blob->octets + offset, size);
        return (int64_t) size;
    }
    do
        n = pread(blob->fd.fd, buffer, size, (off_t) (blob->offset + offset));
    while (n < 0 && errno == EINTR);
    return n;
}
