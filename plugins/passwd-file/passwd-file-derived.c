/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-derived.c: schemes with rounds in a text of several fields: PBKDF2, SCRAM (RFC 5802
 * section 3) and one-time passwords (RFC 2289).
 */
#include "config.h"

#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <sodium.h>
#include <string.h>

#include "plugins/passwd-file/passwd-file-hashes.h"

#define MAX_ROUNDS     10000000u /* a damaged entry must not hold a thread for ever */
#define MAX_KEY        32        /* SHA-256 */
#define MAX_SALT       256
#define PBKDF2_SIZE    20
#define PBKDF2_ROUNDS  5000
#define SCRAM_ROUNDS   4096 /* RFC 7677 section 4 */
#define OTP_SIZE       8
#define OTP_MAX_SECRET 1100

static gboolean
parse_rounds(const char *text, uint32_t *out_rounds)
{
    guint64 rounds;

    if (!g_ascii_string_to_unsigned(text, 10, 1, MAX_ROUNDS, &rounds, NULL))
        return FALSE;
    *out_rounds = (uint32_t) rounds;
    return TRUE;
}

/* ---- PBKDF2: "$1$salt$rounds$hex", the salt taken as it stands ---- */

static void
derive_pbkdf2(SeloStr password, const char *salt, uint32_t rounds,
              char out_hex[2 * PBKDF2_SIZE + 1])
{
    uint8_t key[PBKDF2_SIZE];

    pbkdf2_hmac_sha1(password.len, (const uint8_t *) password.s, rounds, strlen(salt),
                     (const uint8_t *) salt, sizeof key, key);
    sodium_bin2hex(out_hex, 2 * PBKDF2_SIZE + 1, key, sizeof key);
    explicit_bzero(key, sizeof key);
}

gboolean
password_pbkdf2_verify(const PasswordTask *task, GError **error)
{
    g_auto(GStrv) fields = g_strsplit(task->stored.s, "$", 6); /* "", "1", salt, rounds, hex */
    char hex[2 * PBKDF2_SIZE + 1];
    uint32_t rounds;
    gboolean is_equal;

    if (g_strv_length(fields) != 5 || *fields[0] != '\0' || !g_str_equal(fields[1], "1") ||
        !parse_rounds(fields[3], &rounds) || strlen(fields[4]) != 2 * PBKDF2_SIZE)
        return password_refuse(task, "not of the form $1$salt$rounds$hex", error);
    derive_pbkdf2(task->password, fields[2], rounds, hex);
    is_equal = password_equal(hex, 2 * PBKDF2_SIZE, fields[4], strlen(fields[4]));
    explicit_bzero(hex, sizeof hex);
    return is_equal;
}

gboolean
password_pbkdf2_make(const PasswordTask *task, GString *out, GError **error)
{
    uint8_t octets[12]; /* 16 characters */
    char salt[sodium_base64_ENCODED_LEN(sizeof octets, sodium_base64_VARIANT_ORIGINAL)];
    char hex[2 * PBKDF2_SIZE + 1];

    randombytes_buf(octets, sizeof octets);
    sodium_bin2base64(salt, sizeof salt, octets, sizeof octets, sodium_base64_VARIANT_ORIGINAL);
    derive_pbkdf2(task->password, salt, PBKDF2_ROUNDS, hex);
    g_string_append_printf(out, "$1$%s$%d$%s", salt, PBKDF2_ROUNDS, hex);
    explicit_bzero(hex, sizeof hex);
    return TRUE;
}

/* ---- SCRAM: "iterations,salt,StoredKey,ServerKey" ---- */

static void
hmac(const PasswordScheme *scheme, const uint8_t *key, const char *text, uint8_t out[MAX_KEY])
{
    const size_t size = strlen(text);

    if (scheme->digest_size == SHA1_DIGEST_SIZE) {
        struct hmac_sha1_ctx context;

        hmac_sha1_set_key(&context, scheme->digest_size, key);
        hmac_sha1_update(&context, size, (const uint8_t *) text);
        hmac_sha1_digest(&context, scheme->digest_size, out);
        explicit_bzero(&context, sizeof context);
    } else {
        struct hmac_sha256_ctx context;

        hmac_sha256_set_key(&context, scheme->digest_size, key);
        hmac_sha256_update(&context, size, (const uint8_t *) text);
        hmac_sha256_digest(&context, scheme->digest_size, out);
        explicit_bzero(&context, sizeof context);
    }
}

typedef struct {
    uint8_t stored[MAX_KEY], server[MAX_KEY];
} ScramKeys;

static void
derive_scram(const PasswordTask *task, uint32_t rounds, const uint8_t *salt, size_t salt_size,
             ScramKeys *out_keys)
{
    const size_t size = task->scheme->digest_size;
    const uint8_t *password = (const uint8_t *) task->password.s;
    uint8_t salted[MAX_KEY], client[MAX_KEY];

    if (size == SHA1_DIGEST_SIZE)
        pbkdf2_hmac_sha1(task->password.len, password, rounds, salt_size, salt, size, salted);
    else
        pbkdf2_hmac_sha256(task->password.len, password, rounds, salt_size, salt, size, salted);
    hmac(task->scheme, salted, "Client Key", client);
    hmac(task->scheme, salted, "Server Key", out_keys->server);
    if (size == SHA1_DIGEST_SIZE) {
        struct sha1_ctx context;

        sha1_init(&context);
        sha1_update(&context, size, client);
        sha1_digest(&context, size, out_keys->stored);
    } else {
        struct sha256_ctx context;

        sha256_init(&context);
        sha256_update(&context, size, client);
        sha256_digest(&context, size, out_keys->stored);
    }
    explicit_bzero(salted, sizeof salted);
    explicit_bzero(client, sizeof client);
}

static gboolean
decode_base64(const char *text, uint8_t *out, size_t max, size_t *out_size)
{
    return sodium_base642bin(out, max, text, strlen(text), NULL, out_size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0;
}

gboolean
password_scram_verify(const PasswordTask *task, GError **error)
{
    const size_t size = task->scheme->digest_size;
    g_auto(GStrv) fields = g_strsplit(task->stored.s, ",", 5);
    uint8_t salt[MAX_SALT];
    size_t salt_size, stored_size, server_size;
    uint32_t rounds;
    ScramKeys known, derived;
    gboolean is_equal;

    if (g_strv_length(fields) != 4 || !parse_rounds(fields[0], &rounds) ||
        !decode_base64(fields[1], salt, sizeof salt, &salt_size) ||
        !decode_base64(fields[2], known.stored, size, &stored_size) || stored_size != size ||
        !decode_base64(fields[3], known.server, size, &server_size) || server_size != size)
        return password_refuse(task, "not of the form iterations,salt,StoredKey,ServerKey", error);
    derive_scram(task, rounds, salt, salt_size, &derived);
    is_equal = password_equal(known.stored, size, derived.stored, size) &
               password_equal(known.server, size, derived.server, size);
    explicit_bzero(&derived, sizeof derived);
    explicit_bzero(&known, sizeof known);
    return is_equal;
}

gboolean
password_scram_make(const PasswordTask *task, GString *out, GError **error)
{
    const size_t size = task->scheme->digest_size;
    uint8_t salt[16];
    ScramKeys keys;
    g_autofree char *salt_text = NULL, *stored_text = NULL, *server_text = NULL;

    randombytes_buf(salt, sizeof salt);
    derive_scram(task, SCRAM_ROUNDS, salt, sizeof salt, &keys);
    salt_text = g_base64_encode(salt, sizeof salt);
    stored_text = g_base64_encode(keys.stored, size);
    server_text = g_base64_encode(keys.server, size);
    g_string_append_printf(out, "%d,%s,%s,%s", SCRAM_ROUNDS, salt_text, stored_text, server_text);
    explicit_bzero(&keys, sizeof keys);
    return TRUE;
}

/* ---- OTP: "algorithm sequence seed hash" ---- */

/* RFC 2289 appendix A: a digest folded to 64 bits; SHA-1's words come out little-endian. */
static void
otp_fold(const struct nettle_hash *hash, SeloStr input, uint8_t out[OTP_SIZE])
{
    _Alignas(max_align_t) uint8_t context[256];
    uint8_t digest[SHA1_DIGEST_SIZE] = { 0 };

    g_assert(hash->context_size <= sizeof context);
    hash->init(context);
    hash->update(context, input.len, (const uint8_t *) input.s);
    hash->digest(context, hash->digest_size, digest);
    for (size_t i = OTP_SIZE; i < hash->digest_size; i++)
        digest[i % OTP_SIZE] ^= digest[i];
    for (size_t i = 0; i < OTP_SIZE; i++)
        out[i] = hash->digest_size == SHA1_DIGEST_SIZE ? digest[i ^ 3] : digest[i];
    explicit_bzero(context, sizeof context);
}

static const struct nettle_hash *
find_otp_hash(const char *name)
{
    return g_str_equal(name, "sha1")  ? &nettle_sha1
           : g_str_equal(name, "md5") ? &nettle_md5
           : g_str_equal(name, "md4") ? &nettle_md4
                                      : NULL;
}

gboolean
password_otp_verify(const PasswordTask *task, GError **error)
{
    g_auto(GStrv) fields = g_strsplit(task->stored.s, " ", 5);
    const struct nettle_hash *hash = NULL;
    char secret[OTP_MAX_SECRET];
    uint8_t known[OTP_SIZE], derived[OTP_SIZE];
    uint32_t sequence;
    int secret_size;

    if (g_strv_length(fields) != 4 || (hash = find_otp_hash(fields[0])) == NULL ||
        !parse_rounds(fields[1], &sequence) || strlen(fields[2]) > 16 ||
        strlen(fields[3]) != 2 * OTP_SIZE ||
        sodium_hex2bin(known, sizeof known, fields[3], 2 * OTP_SIZE, NULL, NULL, NULL) != 0)
        return password_refuse(task, "not of the form algorithm sequence seed hash", error);
    /* RFC 2289 section 6: the seed in lower case, then the pass phrase. */
    secret_size = g_snprintf(secret, sizeof secret, "%s%s", fields[2], task->password.s);
    for (size_t i = 0; i < strlen(fields[2]); i++)
        secret[i] = g_ascii_tolower(secret[i]);
    otp_fold(hash, (SeloStr){ secret, MIN((size_t) secret_size, sizeof secret - 1) }, derived);
    for (uint32_t i = 0; i < sequence; i++)
        otp_fold(hash, (SeloStr){ (const char *) derived, sizeof derived }, derived);
    explicit_bzero(secret, sizeof secret);
    return password_equal(known, sizeof known, derived, sizeof derived);
}
