/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-private.c: the private module selo-password: the schemes for the selo command, which
 * makes passwords (server/auth/selo-password-hash.c). A module, and not a part of libselo, so that
 * the daemon's processes carry neither libcrypt nor libsodium; not the plugin's own module, because
 * what that exports is the plugin ABI and nothing else.
 */
#include "config.h"

#include "plugins/passwd-file/passwd-file-scheme.h"

__attribute__((visibility("default"))) char *selo_private_password_make(const char *scheme,
                                                                        const char *user,
                                                                        const char *password,
                                                                        GError **error);

char *
selo_private_password_make(const char *scheme, const char *user, const char *password,
                           GError **error)
{
    return selo_password_make(scheme, user, password, error);
}
