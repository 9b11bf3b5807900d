/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-password-hash.h: making the stored form of a password, for the selo command. No role of the
 * daemon calls it.
 */
#pragma once

#include <glib.h>

/* Of "selo user add": read by every crypt(3) and by Dovecot, so a site can be handed back. */
#define SELO_PASSWORD_SCHEME "SHA512-CRYPT"
/* Of "selo site new", whose passwords stand on a command line: salted, and checked in microseconds,
 * so that a trial or a benchmark measures the server and not crypt(3). */
#define SELO_PASSWORD_SCHEME_TRIAL "SSHA512"

/**
 * selo_password_hash:
 * @scheme: one of Dovecot's, any case, may end in ".HEX" or ".B64"
 * @user: as it will stand in the file: DIGEST-MD5 takes it in
 *
 * Errors, domain %G_CONVERT_ERROR: no such scheme, or one that is only read; %G_FILE_ERROR: this build
 * has no password schemes.
 *
 * Returns: (transfer full): "{SCHEME}data" with a new salt. The caller wipes it.
 */
char *selo_password_hash(const char *scheme, const char *user, const char *password,
                         GError **error);
