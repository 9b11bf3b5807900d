/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * reread-file.c: compares time, size and identity. inotify was not taken: a file replaced by
 * rename, on a network file system or not there yet needs this check all the same.
 */
#include "config.h"

#include "plugins/common/reread-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHECK_USEC G_USEC_PER_SEC

void
reread_file_init(RereadFile *file, const char *path)
{
    *file = (RereadFile){ .path = g_strdup(path) };
}

void
reread_file_clear(RereadFile *file)
{
    g_clear_pointer(&file->path, g_free);
}

static gboolean
is_unchanged(const RereadFile *file)
{
    struct stat now;

    return stat(file->path, &now) == 0 && now.st_size == file->seen.st_size &&
           now.st_ino == file->seen.st_ino && now.st_dev == file->seen.st_dev &&
           now.st_mtim.tv_sec == file->seen.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == file->seen.st_mtim.tv_nsec;
}

static RereadResult
fail(const RereadFile *file, int code, const char *what, GError **error)
{
    g_set_error(error, G_FILE_ERROR, (int) g_file_error_from_errno(code), "%s: %s", file->path,
                what);
    return REREAD_FAILED;
}

/* NULL: errno says why. */
static char *
read_all(int fd, gsize size, gsize *out_size)
{
    char *octets = g_malloc(size + 1);
    gsize filled = 0;
    ssize_t got = 1;

    while (filled < size && got > 0)
        if ((got = read(fd, octets + filled, size - filled)) > 0)
            filled += (gsize) got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    *out_size = filled;
    if (got >= 0)
        return octets;
    explicit_bzero(octets, filled); /* it may hold secrets */
    g_free(octets);
    return NULL;
}

static RereadResult
read_opened(RereadFile *file, int fd, gsize max, char **out_octets, gsize *out_size, GError **error)
{
    if (fstat(fd, &file->seen) < 0)
        return fail(file, errno, g_strerror(errno), error);
    if (!S_ISREG(file->seen.st_mode))
        return fail(file, EINVAL, "not a regular file", error);
    if ((guint64) file->seen.st_size > max)
        return fail(file, EFBIG, "too big", error);
    if ((*out_octets = read_all(fd, (gsize) file->seen.st_size, out_size)) == NULL)
        return fail(file, errno, g_strerror(errno), error);
    file->is_read = TRUE;
    return REREAD_NEW;
}

RereadResult
reread_file_check(RereadFile *file, gsize max, char **out_octets, gsize *out_size, GError **error)
{
    const gint64 now = g_get_monotonic_time();
    RereadResult result;
    int fd;

    if (file->is_read && now - file->checked_at < CHECK_USEC)
        return REREAD_SAME;
    file->checked_at = now;
    if (file->is_read && is_unchanged(file))
        return REREAD_SAME;
    file->is_read = FALSE;
    fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return fail(file, errno, g_strerror(errno), error);
    result = read_opened(file, fd, max, out_octets, out_size, error);
    close(fd);
    return result;
}
