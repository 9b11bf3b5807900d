/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-memory-file.c: sealed memory files. A file in the run directory lost: it could be changed
 * while a role reads it, and a role without rights to any path could not open it.
 */
#include "config.h"

#include "server/config/selo-memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

typedef struct {
    void *start;
    size_t size;
} Mapping;

static void
set_errno_error(GError **error, const char *what, int code)
{
    g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(code), "%s: %s", what,
                g_strerror(code));
}

static gboolean
write_all(int fd, const char *octets, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, octets, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return FALSE;
        octets += written;
        size -= (size_t) written;
    }
    return TRUE;
}

int
selo_memory_file_new(const char *name, const void *octets, size_t size, GError **error)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && write_all(fd, octets, size) && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
        return fd;
    set_errno_error(error, name, errno);
    if (fd >= 0)
        close(fd);
    return -1;
}

static void
mapping_free(gpointer data)
{
    Mapping *mapping = data;

    munmap(mapping->start, mapping->size);
    g_free(mapping);
}

GBytes *
selo_memory_file_map(int fd, size_t max, GError **error)
{
    struct stat status;
    int seals = fcntl(fd, F_GET_SEALS);
    Mapping *mapping;
    void *start;

    if (fstat(fd, &status) != 0) {
        set_errno_error(error, "memory file", errno);
        return NULL;
    }
    if (seals < 0 || (seals & (F_SEAL_SHRINK | F_SEAL_WRITE)) != (F_SEAL_SHRINK | F_SEAL_WRITE) ||
        status.st_size == 0 || (guint64) status.st_size > max) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                            "not a sealed memory file of a fitting size");
        return NULL;
    }
    start = mmap(NULL, (size_t) status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (start == MAP_FAILED) {
        set_errno_error(error, "memory file", errno);
        return NULL;
    }
    mapping = g_new0(Mapping, 1);
    mapping->start = start;
    mapping->size = (size_t) status.st_size;
    return g_bytes_new_with_free_func(start, mapping->size, mapping_free, mapping);
}
