/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-io.c: errors that carry a SeloStatus, and whole files read and replaced. GLib's
 * g_file_set_contents() was not taken: it chooses the temporary name itself, and Dovecot expects
 * names of its own.
 */
#include "config.h"

#include "plugins/maildir/maildir-io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

G_DEFINE_QUARK(maildir-error-quark, maildir_error)

gboolean
maildir_fail(GError **error, SeloStatus status, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    g_propagate_error(error, g_error_new_valist(MAILDIR_ERROR, (int) status, format, values));
    va_end(values);
    return FALSE;
}

gboolean
maildir_fail_errno(GError **error, const char *format, ...)
{
    int saved_errno = errno;
    va_list values;
    g_autofree char *what = NULL;

    va_start(values, format);
    what = g_strdup_vprintf(format, values);
    va_end(values);
    return maildir_fail(error, SELO_TEMPORARY, "%s: %s", what, g_strerror(saved_errno));
}

SeloStatus
maildir_error_status(const GError *error)
{
    if (error == NULL)
        return SELO_OK;
    return error->domain == MAILDIR_ERROR ? (SeloStatus) error->code : SELO_TEMPORARY;
}

char *
maildir_read_fd(int fd, const char *path, uint64_t offset, size_t max, size_t *out_size,
                GError **error)
{
    struct stat facts;
    g_autofree char *octets = NULL;
    size_t size, filled = 0;

    if (fstat(fd, &facts) < 0) {
        maildir_fail_errno(error, "%s: cannot examine", path);
        return NULL;
    }
    size = (uint64_t) facts.st_size > offset ? (size_t) ((uint64_t) facts.st_size - offset) : 0;
    if (size > max) {
        maildir_fail(error, SELO_TEMPORARY, "%s: %zu octets, more than %zu", path, size, max);
        return NULL;
    }
    octets = g_malloc(size + 1);
    while (filled < size) {
        ssize_t got = pread(fd, octets + filled, size - filled, (off_t) (offset + filled));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            maildir_fail_errno(error, "%s: cannot read", path);
            return NULL;
        }
        if (got == 0)
            break;
        filled += (size_t) got;
    }
    octets[filled] = '\0';
    *out_size = filled;
    return g_steal_pointer(&octets);
}

char *
maildir_read_file(const char *path, size_t max, size_t *out_size, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *octets;

    if (fd < 0) {
        if (errno != ENOENT)
            maildir_fail_errno(error, "%s: cannot open", path);
        return NULL;
    }
    octets = maildir_read_fd(fd, path, 0, max, out_size, error);
    close(fd);
    return octets;
}

gboolean
maildir_write_all(int fd, const char *path, const char *octets, size_t size, GError **error)
{
    while (size > 0) {
        ssize_t put = write(fd, octets, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return maildir_fail_errno(error, "%s: cannot write", path);
        octets += put;
        size -= (size_t) put;
    }
    return TRUE;
}

gboolean
maildir_replace_file(const char *path, const char *temporary, const char *octets, size_t size,
                     mode_t mode, GError **error)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    gboolean is_written;

    if (fd < 0)
        return maildir_fail_errno(error, "%s: cannot create", temporary);
    is_written = maildir_write_all(fd, temporary, octets, size, error);
    if (is_written && fdatasync(fd) < 0)
        is_written = maildir_fail_errno(error, "%s: cannot sync", temporary);
    close(fd);
    if (is_written && rename(temporary, path) < 0)
        is_written = maildir_fail_errno(error, "%s: cannot rename to %s", temporary, path);
    if (!is_written)
        unlink(temporary);
    return is_written;
}

gboolean
maildir_sync_path(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    gboolean is_synced;

    if (fd < 0)
        return maildir_fail_errno(error, "%s: cannot open", path);
    is_synced = fsync(fd) == 0 || maildir_fail_errno(error, "%s: cannot sync", path);
    close(fd);
    return is_synced;
}

gboolean
maildir_make_directory(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0700) < 0)
        return maildir_fail_errno(error, "%s: cannot create directory", path);
    return TRUE;
}

/* Takes @fd. */
static gboolean
empty_directory(int fd, const char *path, GError **error)
{
    DIR *listing = fdopendir(fd);
    struct dirent *entry;
    gboolean is_empty = TRUE;

    g_assert(listing != NULL);
    while (is_empty && (entry = readdir(listing)) != NULL) {
        g_autofree char *child = NULL;
        int child_fd;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(listing), entry->d_name, 0) == 0 || errno == ENOENT)
            continue;
        child = g_build_filename(path, entry->d_name, NULL);
        child_fd = openat(dirfd(listing), entry->d_name,
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (child_fd < 0 && errno == ENOENT)
            continue; /* another process removes the same tree */
        if (child_fd < 0)
            is_empty = maildir_fail_errno(error, "%s: cannot remove", child);
        else
            is_empty = empty_directory(child_fd, child, error);
        if (is_empty && unlinkat(dirfd(listing), entry->d_name, AT_REMOVEDIR) < 0)
            is_empty = errno == ENOENT || maildir_fail_errno(error, "%s: cannot remove", child);
    }
    closedir(listing);
    return is_empty;
}

gboolean
maildir_remove_tree(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT || maildir_fail_errno(error, "%s: cannot open", path);
    if (!empty_directory(fd, path, error))
        return FALSE;
    return rmdir(path) == 0 || errno == ENOENT
           || maildir_fail_errno(error, "%s: cannot remove", path);
}
