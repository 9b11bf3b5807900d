/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-scheme.c: the table of password schemes, and the outer form of a stored password. One
 * row a scheme; what a row computes is in passwd-file-crypt.c, -digest.c and -derived.c.
 */
#include "config.h"

#include "plugins/passwd-file/passwd-file-scheme.h"

#include <sodium.h>
#include <string.h>

#include "plugins/passwd-file/passwd-file-hashes.h"

gboolean
password_equal(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && sodium_memcmp(a, b, a_size) == 0;
}

gboolean
password_refuse(const PasswordTask *task, const char *what, GError **error)
{
    g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE, "{%s}: %s",
                task->scheme->name, what);
    return FALSE;
}

static gboolean
plain_verify(const PasswordTask *task, GError **error)
{
    return password_equal(task->password.s, task->password.len, task->stored.s, task->stored.len);
}

static gboolean
plain_make(const PasswordTask *task, GString *out, GError **error)
{
    g_string_append_len(out, task->password.s, (gssize) task->password.len);
    return TRUE;
}

/* "8-password": only so many octets of what the client sent count. */
static gboolean
plain_trunc_verify(const PasswordTask *task, GError **error)
{
    char *rest;
    const guint64 kept = g_ascii_strtoull(task->stored.s, &rest, 10);
    const size_t head = (size_t) (rest - task->stored.s) + 1;

    if (!g_ascii_isdigit(*task->stored.s) || *rest != '-')
        return password_refuse(task, "not of the form length-password", error);
    return password_equal(task->password.s, MIN(task->password.len, kept), task->stored.s + head,
                          task->stored.len - head);
}

/* {MD5} is MD5-CRYPT, but sites have plain digests under this name too. */
static gboolean md5_verify(const PasswordTask *task, GError **error);

/* clang-format off */
#define TEXT   ENCODING_TEXT
#define HEX    ENCODING_HEX
#define BASE64 ENCODING_BASE64
#define CRYPT  password_crypt_verify, password_crypt_make
#define ARGON2 password_argon2_verify, password_argon2_make
#define DIGEST password_digest_verify, password_digest_make
#define STATES password_hmac_md5_verify, password_hmac_md5_make
#define HA1    password_digest_md5_verify, password_digest_md5_make
#define PBKDF2 password_pbkdf2_verify, password_pbkdf2_make
#define SCRAM  password_scram_verify, password_scram_make
static const PasswordScheme schemes[] = {
    /* name           form    slow   begins with   setting digest salt  functions */
    { "PLAIN",        TEXT,   FALSE, NULL,         NULL,   0,  0,  plain_verify, plain_make },
    { "CLEAR",        TEXT,   FALSE, NULL,         NULL,   0,  0,  plain_verify, plain_make },
    { "CLEARTEXT",    TEXT,   FALSE, NULL,         NULL,   0,  0,  plain_verify, plain_make },
    { "PLAIN-TRUNC",  TEXT,   FALSE, NULL,         NULL,   0,  0,  plain_trunc_verify, NULL },
    { "CRYPT",        TEXT,   TRUE,  "",           "$6$",  0,  0,  CRYPT },
    { "DES-CRYPT",    TEXT,   TRUE,  "",           "",     0,  0,  CRYPT },
    { "MD5",          TEXT,   TRUE,  "$1$",        "$1$",  0,  0,  md5_verify, password_crypt_make },
    { "MD5-CRYPT",    TEXT,   TRUE,  "$1$",        "$1$",  0,  0,  CRYPT },
    { "SHA256-CRYPT", TEXT,   TRUE,  "$5$",        "$5$",  0,  0,  CRYPT },
    { "SHA512-CRYPT", TEXT,   TRUE,  "$6$",        "$6$",  0,  0,  CRYPT },
    { "BLF-CRYPT",    TEXT,   TRUE,  "$2",         "$2y$", 0,  0,  CRYPT },
    { "ARGON2",       TEXT,   TRUE,  "$argon2",    NULL,   0,  0,  ARGON2 },
    { "ARGON2I",      TEXT,   TRUE,  "$argon2i$",  NULL,   0,  0,  ARGON2 },
    { "ARGON2ID",     TEXT,   TRUE,  "$argon2id$", NULL,   0,  0,  ARGON2 },
    { "SHA",          BASE64, FALSE, "sha1",       NULL,   20, 0,  DIGEST },
    { "SHA1",         BASE64, FALSE, "sha1",       NULL,   20, 0,  DIGEST },
    { "SHA256",       BASE64, FALSE, "sha256",     NULL,   32, 0,  DIGEST },
    { "SHA512",       BASE64, FALSE, "sha512",     NULL,   64, 0,  DIGEST },
    { "SMD5",         BASE64, FALSE, "md5",        NULL,   16, 4,  DIGEST },
    { "SSHA",         BASE64, FALSE, "sha1",       NULL,   20, 4,  DIGEST },
    { "SSHA256",      BASE64, FALSE, "sha256",     NULL,   32, 4,  DIGEST },
    { "SSHA512",      BASE64, FALSE, "sha512",     NULL,   64, 4,  DIGEST },
    { "PLAIN-MD4",    HEX,    FALSE, "md4",        NULL,   16, 0,  DIGEST },
    { "PLAIN-MD5",    HEX,    FALSE, "md5",        NULL,   16, 0,  DIGEST },
    { "LDAP-MD5",     BASE64, FALSE, "md5",        NULL,   16, 0,  DIGEST },
    { "CRAM-MD5",     HEX,    FALSE, NULL,         NULL,   32, 0,  STATES },
    { "HMAC-MD5",     HEX,    FALSE, NULL,         NULL,   32, 0,  STATES },
    { "DIGEST-MD5",   HEX,    FALSE, NULL,         NULL,   16, 0,  HA1 },
    { "PBKDF2",       TEXT,   TRUE,  NULL,         NULL,   0,  0,  PBKDF2 },
    { "SCRAM-SHA-1",  TEXT,   TRUE,  NULL,         NULL,   20, 0,  SCRAM },
    { "SCRAM-SHA-256", TEXT,  TRUE,  NULL,         NULL,   32, 0,  SCRAM },
    { "OTP",          TEXT,   TRUE,  NULL,         NULL,   0,  0,  password_otp_verify, NULL },
};
/* clang-format on */

static const PasswordScheme *
find_scheme(const char *name, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (strlen(schemes[i].name) == size &&
            g_ascii_strncasecmp(schemes[i].name, name, size) == 0)
            return &schemes[i];
    return NULL;
}

/* "SSHA256.HEX" → the scheme and HEX; without suffix the scheme's own form, and *out_is_exact
 * FALSE. */
static const PasswordScheme *
find_named(SeloStr name, PasswordEncoding *out_encoding, gboolean *out_is_exact)
{
    const char *dot = memchr(name.s, '.', name.len);
    const size_t size = dot != NULL ? (size_t) (dot - name.s) : name.len;
    const size_t suffix_size = dot != NULL ? name.len - size - 1 : 0;
    const PasswordScheme *scheme = find_scheme(name.s, size);

    *out_is_exact = dot != NULL;
    if (scheme == NULL || dot == NULL)
        *out_encoding = scheme != NULL ? scheme->encoding : ENCODING_TEXT;
    else if (suffix_size == 3 && g_ascii_strncasecmp(dot + 1, "hex", 3) == 0)
        *out_encoding = ENCODING_HEX;
    else if ((suffix_size == 3 && g_ascii_strncasecmp(dot + 1, "b64", 3) == 0) ||
             (suffix_size == 6 && g_ascii_strncasecmp(dot + 1, "base64", 6) == 0))
        *out_encoding = ENCODING_BASE64;
    else
        scheme = NULL;
    return scheme;
}

typedef struct {
    const PasswordScheme *scheme;
    SeloStr data; /* as it stands */
    PasswordEncoding encoding;
    gboolean is_exact;
} StoredForm;

static gboolean
split_stored(SeloStr stored, const char *default_scheme, StoredForm *out_form, GError **error)
{
    const char *end = stored.len > 0 && *stored.s == '{' ? memchr(stored.s, '}', stored.len) : NULL;
    SeloStr name = { default_scheme, strlen(default_scheme) };

    out_form->data = stored;
    if (end != NULL) {
        name = (SeloStr){ stored.s + 1, (size_t) (end - stored.s) - 1 };
        out_form->data = (SeloStr){ end + 1, stored.len - name.len - 2 };
    } else if (stored.len > 3 && strncmp(stored.s, "$1$", 3) == 0 &&
               memchr(stored.s + 3, '$', stored.len - 3) != NULL)
        name = SELO_STR("MD5-CRYPT");
    out_form->scheme = find_named(name, &out_form->encoding, &out_form->is_exact);
    if (out_form->scheme == NULL)
        g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_NO_CONVERSION,
                    "{%.*s}: unknown password scheme", (int) MIN(name.len, 40), name.s);
    return out_form->scheme != NULL;
}

static gboolean
decode_hex(SeloStr data, uint8_t *out, size_t *out_size)
{
    return sodium_hex2bin(out, SELO_PASSWORD_MAX_STORED, data.s, data.len, NULL, out_size, NULL) ==
               0 &&
           *out_size == data.len / 2 && data.len % 2 == 0;
}

/* With or without padding. */
static gboolean
decode_base64(SeloStr data, uint8_t *out, size_t *out_size)
{
    while (data.len > 0 && data.s[data.len - 1] == '=')
        data.len--;
    return sodium_base642bin(out, SELO_PASSWORD_MAX_STORED, data.s, data.len, NULL, out_size, NULL,
                             sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
}

/* Binary data without a suffix may stand in hex or base64: hex where its length says so. */
static gboolean
decode(const StoredForm *form, uint8_t *out, size_t *out_size)
{
    const size_t hex_size = 2 * form->scheme->digest_size;

    if (form->encoding == ENCODING_TEXT) {
        memcpy(out, form->data.s, form->data.len);
        *out_size = form->data.len;
        return TRUE;
    }
    if (form->is_exact)
        return form->encoding == ENCODING_HEX ? decode_hex(form->data, out, out_size)
                                              : decode_base64(form->data, out, out_size);
    if ((form->scheme->salt_size > 0 ? form->data.len >= hex_size : form->data.len == hex_size) &&
        decode_hex(form->data, out, out_size))
        return TRUE;
    return decode_base64(form->data, out, out_size);
}

static gboolean
md5_verify(const PasswordTask *task, GError **error)
{
    g_autofree char *digest = NULL;
    gboolean is_equal;

    if (g_str_has_prefix(task->stored.s, "$1$"))
        return password_crypt_verify(task, error);
    digest = g_strconcat("{PLAIN-MD5}", task->stored.s, NULL);
    is_equal = selo_password_verify((SeloStr){ digest, strlen(digest) }, "PLAIN", task->user,
                                    task->password, error);
    explicit_bzero(digest, strlen(digest));
    return is_equal;
}

gboolean
selo_password_verify(SeloStr stored, const char *default_scheme, SeloStr user, SeloStr password,
                     GError **error)
{
    StoredForm form;
    PasswordTask task = { .user = user, .password = password.s != NULL ? password : SELO_STR("") };
    uint8_t decoded[SELO_PASSWORD_MAX_STORED + 1];
    size_t size;
    gboolean is_equal = FALSE;

    if (stored.len > SELO_PASSWORD_MAX_STORED) {
        g_set_error_literal(error, G_CONVERT_ERROR, G_CONVERT_ERROR_BAD_URI,
                            "stored password above 4096 octets");
        return FALSE;
    }
    if (!split_stored(stored, default_scheme, &form, error))
        return FALSE;
    task.scheme = form.scheme;
    /* crypt(3) ends a password at NUL: what follows would not count. */
    if (task.password.len > SELO_PASSWORD_MAX_SECRET ||
        memchr(task.password.s, '\0', task.password.len) != NULL)
        return FALSE;
    if (!decode(&form, decoded, &size))
        return password_refuse(&task, "neither hex nor base64", error);
    decoded[size] = '\0';
    task.stored = (SeloStr){ (const char *) decoded, size };
    is_equal = task.scheme->verify(&task, error);
    explicit_bzero(decoded, size);
    return is_equal;
}

gboolean
selo_password_is_slow(SeloStr stored, const char *default_scheme)
{
    StoredForm form;

    return split_stored(stored, default_scheme, &form, NULL) && form.scheme->is_slow;
}

static void
append_encoded(GString *out, GString *raw, PasswordEncoding encoding)
{
    g_autofree char *text = NULL;

    switch (encoding) {
    case ENCODING_TEXT:
        g_string_append_len(out, raw->str, (gssize) raw->len);
        break;
    case ENCODING_BASE64:
        text = g_base64_encode((const guchar *) raw->str, raw->len);
        g_string_append(out, text);
        break;
    case ENCODING_HEX:
        for (size_t i = 0; i < raw->len; i++)
            g_string_append_printf(out, "%02x", (guint8) raw->str[i]);
        break;
    }
}

char *
selo_password_make(const char *scheme, const char *user, const char *password, GError **error)
{
    PasswordEncoding encoding;
    gboolean is_exact;
    PasswordTask task = { .scheme =
                              find_named((SeloStr){ scheme, strlen(scheme) }, &encoding, &is_exact),
                          .user = { user, strlen(user) },
                          .password = { password, strlen(password) } };
    g_autoptr(GString) raw = g_string_sized_new(SELO_PASSWORD_MAX_STORED); /* no copies on growth */
    g_autofree char *name = g_ascii_strup(scheme, -1);
    GString *out;

    if (task.scheme == NULL || task.scheme->make == NULL) {
        g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_NO_CONVERSION,
                    "%s: not a password scheme that can be made; SHA512-CRYPT, BLF-CRYPT, ARGON2ID "
                    "and SCRAM-SHA-256 are good ones",
                    scheme);
        return NULL;
    }
    if (task.password.len > SELO_PASSWORD_MAX_SECRET) {
        g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_BAD_URI, "password above %d octets",
                    SELO_PASSWORD_MAX_SECRET);
        return NULL;
    }
    if (!task.scheme->make(&task, raw, error))
        return NULL;
    out = g_string_sized_new(2 * SELO_PASSWORD_MAX_STORED);
    g_string_printf(out, "{%s}", name);
    append_encoded(out, raw, encoding);
    explicit_bzero(raw->str, raw->len);
    return g_string_free(out, FALSE);
}
