/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-crypt.c: schemes whose stored form is a string that its library checks whole:
 * crypt(3) of libxcrypt, and Argon2 of libsodium.
 */
#include "config.h"

#include <crypt.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "plugins/passwd-file/passwd-file-hashes.h"

#define ARGON2_MAX_KIB (1u << 20) /* a damaged entry must not take all memory */

/* A zeroed struct crypt_data is 32 KiB: not for a thread's stack. */
static struct crypt_data *
crypt_memory_new(void)
{
    return g_new0(struct crypt_data, 1);
}

static void
crypt_memory_free(struct crypt_data *memory)
{
    explicit_bzero(memory, sizeof *memory);
    g_free(memory);
}

gboolean
password_crypt_verify(const PasswordTask *task, GError **error)
{
    const char *stored = task->stored.s, *result;
    struct crypt_data *memory;
    gboolean is_equal;

    if (!g_str_has_prefix(stored, task->scheme->prefix) || strlen(stored) != task->stored.len ||
        task->stored.len < 13)
        return password_refuse(task, "not a string of crypt(3) with this method", error);
    memory = crypt_memory_new();
    result = crypt_rn(task->password.s, stored, memory, sizeof *memory);
    is_equal = result != NULL && password_equal(result, strlen(result), stored, task->stored.len);
    if (result == NULL && errno == EINVAL)
        password_refuse(task, "a method that crypt(3) does not know", error);
    crypt_memory_free(memory);
    return is_equal;
}

gboolean
password_crypt_make(const PasswordTask *task, GString *out, GError **error)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    struct crypt_data *memory = crypt_memory_new();
    const char *result = NULL;

    if (crypt_gensalt_rn(task->scheme->setting, 0, NULL, 0, setting, sizeof setting) != NULL)
        result = crypt_rn(task->password.s, setting, memory, sizeof *memory);
    if (result != NULL)
        g_string_append(out, result);
    crypt_memory_free(memory);
    return result != NULL || password_refuse(task, "crypt(3) refuses this password", error);
}

/* "m=65536": memory in KiB. */
static gboolean
is_argon2_affordable(const char *stored)
{
    const char *memory = strstr(stored, "$m=");

    return memory != NULL && g_ascii_strtoull(memory + 3, NULL, 10) <= ARGON2_MAX_KIB;
}

gboolean
password_argon2_verify(const PasswordTask *task, GError **error)
{
    if (!g_str_has_prefix(task->stored.s, task->scheme->prefix) ||
        strlen(task->stored.s) != task->stored.len || !is_argon2_affordable(task->stored.s))
        return password_refuse(task, "not an Argon2 string of this kind, or above 1 GiB", error);
    if (sodium_init() < 0)
        return password_refuse(task, "libsodium does not start", error);
    return crypto_pwhash_str_verify(task->stored.s, task->password.s, task->password.len) == 0;
}

gboolean
password_argon2_make(const PasswordTask *task, GString *out, GError **error)
{
    const int algorithm = g_str_equal(task->scheme->prefix, "$argon2i$")
                              ? crypto_pwhash_ALG_ARGON2I13
                              : crypto_pwhash_ALG_ARGON2ID13;
    char stored[crypto_pwhash_STRBYTES];

    /* Four passes over 32 MiB: Argon2i asks for at least three (libsodium). */
    if (sodium_init() < 0 || crypto_pwhash_str_alg(stored, task->password.s, task->password.len, 4,
                                                   32u << 20, algorithm) != 0)
        return password_refuse(task, "not enough memory", error);
    g_string_append(out, stored);
    explicit_bzero(stored, sizeof stored);
    return TRUE;
}
