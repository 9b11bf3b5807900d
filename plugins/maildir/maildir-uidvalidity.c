/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-uidvalidity.c: the next UIDVALIDITY of an account. The file dovecot-uidvalidity holds the
 * last value; an empty file dovecot-uidvalidity.<hex> beside it is claimed by renaming it to the
 * next value, which only one of several programs can do.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/maildir/maildir-folders.h"
#include "plugins/maildir/maildir-io.h"

#define FILE_NAME "dovecot-uidvalidity"
#define DIGITS    8
#define TRIES     10

static gboolean
parse_digits(const char *text, uint32_t *out_value)
{
    char *end;
    guint64 value = g_ascii_strtoull(text, &end, 16);

    if (end != text + DIGITS || value == 0 || value > UINT32_MAX)
        return FALSE;
    *out_value = (uint32_t) value;
    return TRUE;
}

/* The highest marker, 0 if there is none; the others go. */
static uint32_t
find_marker(const char *root)
{
    DIR *listing = opendir(root);
    struct dirent *entry;
    uint32_t highest = 0, value;

    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        if (!g_str_has_prefix(entry->d_name, FILE_NAME ".")
            || !parse_digits(entry->d_name + strlen(FILE_NAME "."), &value))
            continue;
        highest = MAX(highest, value);
    }
    if (listing != NULL)
        closedir(listing);
    return highest;
}

static gboolean
write_value(const char *path, uint32_t value, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    char digits[DIGITS + 1];
    gboolean is_written;

    if (fd < 0)
        return maildir_fail_errno(error, "%s: cannot open", path);
    g_snprintf(digits, sizeof digits, "%08x", value);
    is_written = maildir_write_all(fd, path, digits, DIGITS, error);
    close(fd);
    return is_written;
}

static char *
marker_path(const char *path, uint32_t value)
{
    return g_strdup_printf("%s.%08x", path, value);
}

/* Nothing is there yet. FALSE without @error: somebody else was first. */
static gboolean
begin_at_now(const char *path, uint32_t *out_value, GError **error)
{
    uint32_t now = (uint32_t) (g_get_real_time() / G_USEC_PER_SEC);
    g_autofree char *marker = marker_path(path, now);
    int fd = open(marker, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

    if (fd < 0)
        return errno == EEXIST ? FALSE : maildir_fail_errno(error, "%s: cannot create", marker);
    close(fd);
    *out_value = now;
    return write_value(path, now, error);
}

static gboolean
claim_next(const char *path, uint32_t last, uint32_t *out_value, GError **error)
{
    g_autofree char *from = marker_path(path, last);
    g_autofree char *to = marker_path(path, last + 1);

    if (rename(from, to) < 0)
        return errno == ENOENT ? FALSE : maildir_fail_errno(error, "%s: cannot rename", from);
    *out_value = last + 1;
    return write_value(path, last + 1, error);
}

gboolean
maildir_uidvalidity_next(const char *root, uint32_t *out_value, GError **error)
{
    g_autofree char *path = g_build_filename(root, FILE_NAME, NULL);
    g_autoptr(GError) failure = NULL;

    for (unsigned i = 0; i < TRIES && failure == NULL; i++) {
        size_t size = 0;
        g_autofree char *text = maildir_read_file(path, 4096, &size, &failure);
        uint32_t last = 0;

        if (failure != NULL)
            break;
        /* After a claim that failed, the marker is the better witness. */
        if (i > 0 || text == NULL || !parse_digits(text, &last))
            last = find_marker(root);
        if (last == 0 ? begin_at_now(path, out_value, &failure)
                      : claim_next(path, last, out_value, &failure))
            return TRUE;
    }
    if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    else
        maildir_fail(error, SELO_TEMPORARY, "%s: cannot get the next value", path);
    return FALSE;
}
