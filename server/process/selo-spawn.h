/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-spawn.h: starting selod again in another role.
 */
#pragma once

#include <sys/types.h>

#include <glib.h>

/* What a role finds open when it starts. */
enum {
    SELO_ROLE_FD_CHANNEL = 3,
    SELO_ROLE_FD_SNAPSHOT = 4,
    SELO_ROLE_FD_LOG = 5,
    SELO_ROLE_MAX_FDS = 3
};

/* @arguments: after the program's name, NULL-terminated. @fds[i] becomes descriptor 3 + i; nothing else
 * but standard input, output and error stays open. Errors, domain %G_SPAWN_ERROR. */
gboolean selo_spawn(const char *const *arguments, const int *fds, size_t n_fds, pid_t *out_pid,
                    GError **error);
