/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * reread-file.h: a file that an admin edits while the server runs: read whole, and again when it
 * has changed, which is looked at once a second at most. Not for two threads at once.
 */
#pragma once

#include <sys/stat.h>

#include <glib.h>

typedef struct {
    char *path;
    gint64 checked_at; /* monotonic */
    gboolean is_read;  /* what was read last is in force */
    struct stat seen;
} RereadFile;

typedef enum {
    REREAD_SAME,  /* what was read last still holds */
    REREAD_NEW,   /* *out_octets, one octet longer than *out_size, is the caller's */
    REREAD_FAILED /* what was read last does not hold any more */
} RereadResult;

void reread_file_init(RereadFile *file, const char *path);
void reread_file_clear(RereadFile *file);
/* @max: largest size in octets. Errors, domain %G_FILE_ERROR: unreadable, not a regular file, too big. */
RereadResult reread_file_check(RereadFile *file, gsize max, char **out_octets, gsize *out_size,
                               GError **error);
