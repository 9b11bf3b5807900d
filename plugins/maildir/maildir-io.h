/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-io.h: errors that carry a SeloStatus, and whole files read and replaced.
 */
#pragma once

#include <selo/plugin.h>

#define MAILDIR_ERROR (maildir_error_quark()) /* the code is a SeloStatus */
GQuark maildir_error_quark(void);

/* Always FALSE, so that a caller can return it. */
gboolean maildir_fail(GError **error, SeloStatus status, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Reads errno. A full disk, an exhausted disk quota and an I/O error are all temporary. */
gboolean maildir_fail_errno(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
SeloStatus maildir_error_status(const GError *error);

/* Octets from @offset to the end of the file, with a 0 behind them; more than @max is an error. */
char *maildir_read_fd(int fd, const char *path, uint64_t offset, size_t max, size_t *out_size,
                      GError **error);
/* NULL without @error: there is no such file. */
char *maildir_read_file(const char *path, size_t max, size_t *out_size, GError **error);
gboolean maildir_write_all(int fd, const char *path, const char *octets, size_t size,
                           GError **error);
/* Writes @temporary in the same directory, syncs it and renames it over @path. */
gboolean maildir_replace_file(const char *path, const char *temporary, const char *octets,
                              size_t size, mode_t mode, GError **error);
/* fsync of a directory or file by name. */
gboolean maildir_sync_path(const char *path, GError **error);
/* With its parents, mode 0700. */
gboolean maildir_make_directory(const char *path, GError **error);
/* Removes a directory and everything below it; follows no link. What is absent is removed. */
gboolean maildir_remove_tree(const char *path, GError **error);
