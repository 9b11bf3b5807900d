/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-digest.c: schemes that keep octets: digests with and without salt, the HMAC-MD5
 * states of CRAM-MD5 and the HA1 of DIGEST-MD5. nettle, on which GnuTLS stands, because GnuTLS
 * gives neither MD4 nor the inner state of MD5.
 */
#include "config.h"

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <sodium.h>
#include <string.h>

#include "plugins/passwd-file/passwd-file-hashes.h"

#define MAX_DIGEST  64 /* SHA-512 */
#define MAX_CONTEXT 256
#define HMAC_BLOCK  64 /* MD5's block, RFC 2104 section 2 */

static const struct nettle_hash *
find_hash(const char *name)
{
    const struct nettle_hash *const *hash = nettle_get_hashes();

    while (*hash != NULL && !g_str_equal((*hash)->name, name))
        hash++;
    g_assert(*hash != NULL && (*hash)->context_size <= MAX_CONTEXT);
    return *hash;
}

/* Of password then salt. */
static void
digest_salted(const PasswordTask *task, SeloStr salt, uint8_t out[MAX_DIGEST])
{
    const struct nettle_hash *hash = find_hash(task->scheme->prefix);
    _Alignas(max_align_t) uint8_t context[MAX_CONTEXT];

    hash->init(context);
    hash->update(context, task->password.len, (const uint8_t *) task->password.s);
    if (salt.len > 0)
        hash->update(context, salt.len, (const uint8_t *) salt.s);
    hash->digest(context, task->scheme->digest_size, out);
    explicit_bzero(context, sizeof context);
}

gboolean
password_digest_verify(const PasswordTask *task, GError **error)
{
    const size_t size = task->scheme->digest_size;
    const SeloStr stored = task->stored;
    uint8_t digest[MAX_DIGEST];
    gboolean is_equal;

    if (task->scheme->salt_size == 0 ? stored.len != size : stored.len < size)
        return password_refuse(task, "not of this digest's length", error);
    digest_salted(task, (SeloStr){ stored.s + size, stored.len - size }, digest);
    is_equal = password_equal(digest, size, stored.s, size);
    explicit_bzero(digest, sizeof digest);
    return is_equal;
}

gboolean
password_digest_make(const PasswordTask *task, GString *out, GError **error)
{
    uint8_t digest[MAX_DIGEST], salt[16];

    g_assert(task->scheme->salt_size <= sizeof salt);
    randombytes_buf(salt, sizeof salt);
    digest_salted(task, (SeloStr){ (const char *) salt, task->scheme->salt_size }, digest);
    g_string_append_len(out, (const char *) digest, (gssize) task->scheme->digest_size);
    g_string_append_len(out, (const char *) salt, (gssize) task->scheme->salt_size);
    explicit_bzero(digest, sizeof digest);
    return TRUE;
}

/* The state of MD5 after one block of key xor @pad, its words little-endian. */
static void
hmac_state(const uint8_t key[HMAC_BLOCK], uint8_t pad, uint8_t out[MD5_DIGEST_SIZE])
{
    uint8_t block[HMAC_BLOCK];
    struct md5_ctx context;

    for (size_t i = 0; i < HMAC_BLOCK; i++)
        block[i] = key[i] ^ pad;
    md5_init(&context);
    md5_update(&context, HMAC_BLOCK, block);
    for (size_t i = 0; i < MD5_DIGEST_SIZE / 4; i++) {
        const uint32_t word = GUINT32_TO_LE(context.state[i]);

        memcpy(out + 4 * i, &word, sizeof word);
    }
    explicit_bzero(&context, sizeof context);
    explicit_bzero(block, sizeof block);
}

/* Outer state, then inner: what CRAM-MD5 needs of the password (RFC 2195 section 2). */
static void
hmac_md5_states(SeloStr password, uint8_t out[2 * MD5_DIGEST_SIZE])
{
    uint8_t key[HMAC_BLOCK] = { 0 };
    struct md5_ctx context;

    if (password.len > HMAC_BLOCK) { /* RFC 2104 section 3 */
        md5_init(&context);
        md5_update(&context, password.len, (const uint8_t *) password.s);
        md5_digest(&context, MD5_DIGEST_SIZE, key);
    } else if (password.len > 0)
        memcpy(key, password.s, password.len);
    hmac_state(key, 0x5c, out);
    hmac_state(key, 0x36, out + MD5_DIGEST_SIZE);
    explicit_bzero(key, sizeof key);
}

gboolean
password_hmac_md5_verify(const PasswordTask *task, GError **error)
{
    uint8_t states[2 * MD5_DIGEST_SIZE];
    gboolean is_equal;

    if (task->stored.len != sizeof states)
        return password_refuse(task, "not 32 octets in hex", error);
    hmac_md5_states(task->password, states);
    is_equal = password_equal(states, sizeof states, task->stored.s, task->stored.len);
    explicit_bzero(states, sizeof states);
    return is_equal;
}

gboolean
password_hmac_md5_make(const PasswordTask *task, GString *out, GError **error)
{
    uint8_t states[2 * MD5_DIGEST_SIZE];

    hmac_md5_states(task->password, states);
    g_string_append_len(out, (const char *) states, sizeof states);
    explicit_bzero(states, sizeof states);
    return TRUE;
}

/* MD5(user:realm:password), the realm being what follows the last "@" (RFC 2831 section 2.1.2.1).
 * */
static void
digest_md5_ha1(const PasswordTask *task, uint8_t out[MD5_DIGEST_SIZE])
{
    const char *at = g_strrstr_len(task->user.s, (gssize) task->user.len, "@");
    const size_t name_size = at != NULL ? (size_t) (at - task->user.s) : task->user.len;
    struct md5_ctx context;

    md5_init(&context);
    md5_update(&context, name_size, (const uint8_t *) task->user.s);
    md5_update(&context, 1, (const uint8_t *) ":");
    if (at != NULL)
        md5_update(&context, task->user.len - name_size - 1, (const uint8_t *) at + 1);
    md5_update(&context, 1, (const uint8_t *) ":");
    md5_update(&context, task->password.len, (const uint8_t *) task->password.s);
    md5_digest(&context, MD5_DIGEST_SIZE, out);
}

gboolean
password_digest_md5_verify(const PasswordTask *task, GError **error)
{
    uint8_t ha1[MD5_DIGEST_SIZE];

    if (task->stored.len != sizeof ha1)
        return password_refuse(task, "not 16 octets in hex", error);
    digest_md5_ha1(task, ha1);
    return password_equal(ha1, sizeof ha1, task->stored.s, task->stored.len);
}

gboolean
password_digest_md5_make(const PasswordTask *task, GString *out, GError **error)
{
    uint8_t ha1[MD5_DIGEST_SIZE];

    digest_md5_ha1(task, ha1);
    g_string_append_len(out, (const char *) ha1, sizeof ha1);
    return TRUE;
}
