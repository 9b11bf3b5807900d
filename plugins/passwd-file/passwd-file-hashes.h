/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-hashes.h: what the table of schemes is made of. A scheme computes from the password
 * and what it keeps beside the digest (salt, rounds); comparing and the outer form are the table's
 * work.
 */
#pragma once

#include <selo/plugin.h>

typedef struct PasswordScheme PasswordScheme;

typedef enum { ENCODING_TEXT, ENCODING_HEX, ENCODING_BASE64 } PasswordEncoding;

/* One check or one making. */
typedef struct {
    const PasswordScheme *scheme;
    SeloStr stored; /* decoded; unset while making */
    SeloStr user, password;
} PasswordTask;

struct PasswordScheme {
    const char *name;
    PasswordEncoding encoding; /* of a new one, and whether old ones are decoded at all */
    gboolean is_slow;
    const char *prefix;  /* what a stored string begins with; of digests: nettle's name */
    const char *setting; /* crypt(3): the method of a new one */
    size_t digest_size;  /* binary schemes */
    size_t salt_size;    /* of a new one; 0: the digest alone */
    /* FALSE without error: differs. */
    gboolean (*verify)(const PasswordTask *task, GError **error);
    /* What is stored, decoded, to be appended to @out; NULL: only read. */
    gboolean (*make)(const PasswordTask *task, GString *out, GError **error);
};

/* passwd-file-crypt.c */
gboolean password_crypt_verify(const PasswordTask *task, GError **error);
gboolean password_crypt_make(const PasswordTask *task, GString *out, GError **error);
gboolean password_argon2_verify(const PasswordTask *task, GError **error);
gboolean password_argon2_make(const PasswordTask *task, GString *out, GError **error);

/* passwd-file-digest.c */
gboolean password_digest_verify(const PasswordTask *task, GError **error);
gboolean password_digest_make(const PasswordTask *task, GString *out, GError **error);
gboolean password_hmac_md5_verify(const PasswordTask *task, GError **error);
gboolean password_hmac_md5_make(const PasswordTask *task, GString *out, GError **error);
gboolean password_digest_md5_verify(const PasswordTask *task, GError **error);
gboolean password_digest_md5_make(const PasswordTask *task, GString *out, GError **error);

/* passwd-file-derived.c */
gboolean password_pbkdf2_verify(const PasswordTask *task, GError **error);
gboolean password_pbkdf2_make(const PasswordTask *task, GString *out, GError **error);
gboolean password_scram_verify(const PasswordTask *task, GError **error);
gboolean password_scram_make(const PasswordTask *task, GString *out, GError **error);
gboolean password_otp_verify(const PasswordTask *task, GError **error);

/* passwd-file-scheme.c */
/* Same length and octets; time depends on lengths only. */
gboolean password_equal(const void *a, size_t a_size, const void *b, size_t b_size);
/* "SCHEME: @what"; FALSE always. */
gboolean password_refuse(const PasswordTask *task, const char *what, GError **error);
