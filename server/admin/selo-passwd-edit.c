/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-passwd-edit.c: see selo-passwd-edit.h. The file itself is what editors lock; since each of
 * them replaces it, whoever got the lock of a file that has no name any more begins anew.
 */
#include "config.h"

#include "server/admin/selo-passwd-edit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE ((off_t) 256 << 20)

struct SeloPasswdEdit {
    char *path;
    int fd;
    struct stat facts;
    GPtrArray *lines; /* of char *, without line ends */
};

static gboolean
fail(const char *path, GError **error)
{
    const int code = errno;

    g_set_error(error, G_FILE_ERROR, (int) g_file_error_from_errno(code), "%s: %s", path,
                g_strerror(code));
    return FALSE;
}

static void
line_free(void *data)
{
    explicit_bzero(data, strlen(data));
    g_free(data);
}

/* FALSE: *error. */
static gboolean
open_locked(SeloPasswdEdit *edit, gboolean creates, GError **error)
{
    for (;;) {
        struct stat named;

        edit->fd = open(edit->path, O_RDWR | O_CLOEXEC | O_NOCTTY | (creates ? O_CREAT : 0), 0600);
        if (edit->fd < 0 || flock(edit->fd, LOCK_EX) < 0 || fstat(edit->fd, &edit->facts) < 0)
            return fail(edit->path, error);
        if (stat(edit->path, &named) == 0 && named.st_ino == edit->facts.st_ino &&
            named.st_dev == edit->facts.st_dev)
            return TRUE;
        close(edit->fd);
    }
}

static gboolean
read_lines(SeloPasswdEdit *edit, GError **error)
{
    const size_t size = (size_t) edit->facts.st_size;
    g_autofree char *octets = NULL;
    char *line;
    size_t filled = 0;
    ssize_t got = 1;

    if (!S_ISREG(edit->facts.st_mode) || edit->facts.st_size > MAX_FILE) {
        errno = S_ISREG(edit->facts.st_mode) ? EFBIG : EINVAL;
        return fail(edit->path, error);
    }
    octets = g_malloc(size + 1);
    while (filled < size && (got = read(edit->fd, octets + filled, size - filled)) > 0)
        filled += (size_t) got;
    if (got < 0)
        return fail(edit->path, error);
    octets[filled] = '\0';
    line = octets;
    while (line < octets + filled) {
        const size_t length = strcspn(line, "\n");

        g_ptr_array_add(edit->lines, g_strndup(line, length));
        line += length + 1;
    }
    explicit_bzero(octets, filled);
    return TRUE;
}

SeloPasswdEdit *
selo_passwd_edit_open(const char *path, gboolean creates, GError **error)
{
    g_autoptr(SeloPasswdEdit) edit = g_new0(SeloPasswdEdit, 1);

    edit->path = g_strdup(path);
    edit->fd = -1;
    edit->lines = g_ptr_array_new_with_free_func(line_free);
    return open_locked(edit, creates, error) && read_lines(edit, error) ? g_steal_pointer(&edit)
                                                                        : NULL;
}

void
selo_passwd_edit_free(SeloPasswdEdit *edit)
{
    if (edit == NULL)
        return;
    if (edit->fd >= 0)
        close(edit->fd);
    g_ptr_array_unref(edit->lines);
    g_free(edit->path);
    g_free(edit);
}

static gboolean
is_of(const char *line, const char *user)
{
    const size_t size = strlen(user);

    return *line != '#' && *line != ':' && strcspn(line, ":") == size &&
           g_ascii_strncasecmp(line, user, size) == 0;
}

static char **
find_line(const SeloPasswdEdit *edit, const char *user)
{
    for (guint i = 0; i < edit->lines->len; i++)
        if (is_of(edit->lines->pdata[i], user))
            return (char **) &edit->lines->pdata[i];
    return NULL;
}

gboolean
selo_passwd_edit_has(const SeloPasswdEdit *edit, const char *user)
{
    return find_line(edit, user) != NULL;
}

GPtrArray *
selo_passwd_edit_names(const SeloPasswdEdit *edit)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < edit->lines->len; i++) {
        const char *line = edit->lines->pdata[i];

        if (strchr("#:\r", *line) == NULL) /* '\0' is found too */
            g_ptr_array_add(names, g_strndup(line, strcspn(line, ":\r")));
    }
    return names;
}

void
selo_passwd_edit_set(SeloPasswdEdit *edit, const char *user, const char *password)
{
    char **place = find_line(edit, user);
    const char *rest, *colon;
    char *line;

    if (place == NULL) {
        g_ptr_array_add(edit->lines, g_strconcat(user, ":", password, NULL));
        return;
    }
    rest = *place + strcspn(*place, ":");
    colon = *rest != '\0' ? strchr(rest + 1, ':') : NULL;
    line = colon != NULL ? g_strconcat(user, ":", password, colon, NULL)
                         : g_strconcat(user, ":", password, NULL);
    line_free(*place);
    *place = line;
}

void
selo_passwd_edit_remove(SeloPasswdEdit *edit, const char *user)
{
    for (guint i = edit->lines->len; i-- > 0;)
        if (is_of(edit->lines->pdata[i], user))
            g_ptr_array_remove_index(edit->lines, i);
}

static gboolean
write_lines(const SeloPasswdEdit *edit, int fd)
{
    for (guint i = 0; i < edit->lines->len; i++) {
        g_autofree char *line = g_strconcat(edit->lines->pdata[i], "\n", NULL);
        const size_t size = strlen(line);
        const gboolean is_written = write(fd, line, size) == (ssize_t) size;

        explicit_bzero(line, size);
        if (!is_written)
            return FALSE;
    }
    return fsync(fd) == 0;
}

static void
sync_directory(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

gboolean
selo_passwd_edit_save(SeloPasswdEdit *edit, GError **error)
{
    g_autofree char *new_path = g_strconcat(edit->path, ".XXXXXX", NULL);
    const int fd = g_mkstemp_full(new_path, O_WRONLY | O_CLOEXEC, 0600);
    gboolean is_done;

    if (fd < 0)
        return fail(new_path, error);
    is_done = (fchown(fd, edit->facts.st_uid, edit->facts.st_gid) == 0 || errno == EPERM) &&
              fchmod(fd, edit->facts.st_mode & 07777) == 0 && write_lines(edit, fd) &&
              rename(new_path, edit->path) == 0;
    if (!is_done) {
        fail(edit->path, error);
        unlink(new_path);
    }
    close(fd);
    sync_directory(edit->path);
    return is_done;
}
