/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-memory-file.h: sealed memory files: written once, the same for everybody who has the
 * descriptor.
 */
#pragma once

#include <glib.h>

/* Close-on-exec, sealed against every change. -1: *error, domain %G_FILE_ERROR. */
int selo_memory_file_new(const char *name, const void *octets, size_t size, GError **error);
/* Maps all of @fd to read; the seals are checked, so nothing can shrink under the reader. NULL:
 * *error. */
GBytes *selo_memory_file_map(int fd, size_t max, GError **error);
