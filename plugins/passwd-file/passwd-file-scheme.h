/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-scheme.h: stored passwords, "{SCHEME.ENCODING}data" as Dovecot writes them: checking
 * a password against one, making one. Pure: no file, no settings. README.md lists the schemes.
 */
#pragma once

#include <selo/plugin.h>

#define SELO_PASSWORD_MAX_STORED 4096 /* octets of a stored password */
#define SELO_PASSWORD_MAX_SECRET 1024 /* octets of what a client sends */

/**
 * selo_password_verify:
 * @stored: with or without "{SCHEME}"
 * @default_scheme: of a stored password without one
 * @user: as stored, for schemes that take the name in (DIGEST-MD5)
 *
 * Compares in constant time.
 *
 * Errors, domain %G_CONVERT_ERROR: the scheme is unknown or what is stored does not fit it; the text
 * holds no secret.
 *
 * Returns: %TRUE: it is the password. %FALSE without @error: it is not.
 */
gboolean selo_password_verify(SeloStr stored, const char *default_scheme, SeloStr user,
                              SeloStr password, GError **error);
/* Milliseconds of work or more: not for a loop. */
gboolean selo_password_is_slow(SeloStr stored, const char *default_scheme);
/**
 * selo_password_make:
 * @scheme: "SHA512-CRYPT", "SSHA256.HEX" ..., any case
 *
 * Errors, domain %G_CONVERT_ERROR: no such scheme, or one that is only read.
 *
 * Returns: "{SCHEME}data" with a new salt; the caller wipes and frees it.
 */
char *selo_password_make(const char *scheme, const char *user, const char *password,
                         GError **error);
