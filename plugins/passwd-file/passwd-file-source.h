/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-source.h: the file, or with "%d" in its name one file a domain, read again when it
 * has changed; that is looked at once a second at most. For any thread.
 */
#pragma once

#include "plugins/passwd-file/passwd-file-users.h"

typedef struct PasswdSource PasswdSource;

/* Touches no file. */
PasswdSource *passwd_source_new(const char *path);
void passwd_source_free(PasswdSource *source);
gboolean passwd_source_is_per_domain(const PasswdSource *source);
/* @domain: unset if the user has none. *out_users stays NULL without @error: no such domain can have a
 * file. A file that cannot be read is an error even if it could before: its users are then unknown,
 * not absent. Errors, domain %G_FILE_ERROR. */
PasswdUsers *passwd_source_get(PasswdSource *source, SeloStr domain, GError **error);
