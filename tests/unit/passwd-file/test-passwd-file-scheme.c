/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-passwd-file-scheme.c: every password scheme against published vectors (those of Dovecot's
 * tests, RFC 2289 appendix C), against a wrong password, against damage, and made anew.
 */
#include "config.h"

#include <string.h>

#include "plugins/passwd-file/passwd-file-scheme.h"
#include "tests/lib/selo-test.h"

typedef struct {
    const char *name, *stored;
} Vector;

static const Vector vectors[] = {
    /* all: password "pass", user "u@dom.org" */
    { "plain", "{PLAIN}pass" },
    { "clear", "{clear}pass" },
    { "cleartext", "{CLEARTEXT}pass" },
    { "plain-base64", "{PLAIN.b64}cGFzcw==" },
    { "plain-hex", "{PLAIN.HEX}70617373" },
    { "plain-trunc", "{PLAIN-TRUNC}8-pass" },
    { "plain-trunc-cut", "{PLAIN-TRUNC}2-pa" },
    { "crypt", "{CRYPT}$2y$05$vYMQNARv3DiJp1FGhKCnDe0EdpWXjJ9cluZf9TTSr71jnUtu9vEuG" },
    { "des-crypt", "{DES-CRYPT}uIRju684pe2Uo" },
    { "md5", "{MD5}$1$cfn7WKr.$cg2ncPBVVHxwioT.2gIsh0" },
    { "md5-digest", "{MD5}1a1dc91c907325c69271ddf0c944bc72" },
    { "md5-crypt", "{MD5-CRYPT}$1$cfn7WKr.$cg2ncPBVVHxwioT.2gIsh0" },
    { "md5-bare", "$1$cfn7WKr.$cg2ncPBVVHxwioT.2gIsh0" },
    { "crypt-bare", "uIRju684pe2Uo" },
    { "sha256-crypt",
      "{SHA256-CRYPT}$5$3SEsqolKQjh30mwG$dthUQtbEBxWA1cguvRaBV5X.Y7YaNFG6FKiknpZrl/9" },
    { "sha512-crypt",
      "{SHA512-CRYPT}$6$ygT7ncWRFgydAHc9$4XNgKMSg2LrjhH3ETCmlToBfDIxcjWRvNBSLpC5fqUo"
      "4sQklNDLsbJx0AVfbzODgzvlXGixE1iqqNhExqRho/." },
    { "blf-crypt", "{BLF-CRYPT}$2y$05$vYMQNARv3DiJp1FGhKCnDe0EdpWXjJ9cluZf9TTSr71jnUtu9vEuG" },
    { "argon2i", "{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$L+X4nECRhiHv/Y9Tu7aVUA$nLRV7YtbDGxoZBrTxoO"
                 "OTS/oe6ssHqwukPVLfYiWsp4" },
    { "argon2id", "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$47MqYp7azeLfDiHkWG2FTg$dGpuRulLo3yh1o4J"
                  "+okFSxJUd6isJVQiSwwpF/xH1Hg" },
    { "argon2", "{ARGON2}$argon2id$v=19$m=65536,t=3,p=1$47MqYp7azeLfDiHkWG2FTg$dGpuRulLo3yh1o4J"
                "+okFSxJUd6isJVQiSwwpF/xH1Hg" },
    { "sha", "{SHA}nU4eI71bcnBGqeO0t9tXvY1u5oQ=" },
    { "sha1", "{SHA1}nU4eI71bcnBGqeO0t9tXvY1u5oQ=" },
    { "sha1-unpadded", "{SHA1}nU4eI71bcnBGqeO0t9tXvY1u5oQ" },
    { "sha256", "{SHA256}10/w7o2juYBrGMh32/KbveULW9jk2tejpyUAD+uC6PE=" },
    { "sha512", "{SHA512}W3IrMH/ObJRJBdEyaR1eSiIUt/6StziSDrP846kEIKGVEcMBCg53ErBU2u9bV7rVnsvZOzKA8h"
                "BXj1R/Su1NJQ==" },
    { "smd5", "{SMD5}hjohV1vCkU0OaPpe8cE7phHxhHk=" },
    { "ssha", "{SSHA}3q5+KZkMSisVd366umT11KfEAU56d17l" },
    { "ssha256", "{SSHA256}feQmCS0uTA1epu70ulE4fweJ8nAxEB5z07N2EpJnHcjKVlGh" },
    { "ssha512", "{SSHA512}SL+rmC3rdfmGRrjTXBUvGLxVv9z+pGZNzNFFflxUXdHlrZ34leiHBDC5Csqj9YhPxG/F2KiC"
                 "xgt3Rm8R7x3jBxZJT+A=" },
    { "ssha256-hex",
      "{SSHA256.HEX}52c45b2d13418ea024160465cf1a2dd4ef46cfd6393bef6ba1fdbc4b2c360f1280a82e61" },
    { "ssha256-hex-guessed",
      "{SSHA256}52c45b2d13418ea024160465cf1a2dd4ef46cfd6393bef6ba1fdbc4b2c360f1280a82e61" },
    { "pbkdf2", "{PBKDF2}$1$fU1NghY/hnY2Jqxv$5000$34cbae02908709209a4fcb7f2d6157c59e5508e6" },
    { "scram-sha-1", "{SCRAM-SHA-1}4096,g9jMq4Ni1LypqNeTl07fqQ==,6ig/S1KERefyNmvWx1dyhQRPNBA=,p+80S"
                     "v4z4cIc7FZ2ssGob/ZT42I=" },
    { "scram-sha-256",
      "{SCRAM-SHA-256}4096,I+2s0EZ0hBpqc6R0mLeZtQ==,V//sA4WGrI5phA6rtamupVhp4UrCJeE"
      "QEakpMs5PllY=,pWsVutWcmbXPD3bkL33EEkR0iKzbeZE01CNT86MCFQg=" },
    { "cram-md5", "{CRAM-MD5}ff5d74b19e3cb9b2b9f4fcb548fe023aeb44f67f231a5a89714d08b5fec22b78" },
    { "hmac-md5", "{HMAC-MD5}ff5d74b19e3cb9b2b9f4fcb548fe023aeb44f67f231a5a89714d08b5fec22b78" },
    { "digest-md5", "{DIGEST-MD5}c1077d9e3ab3172488619df3db5bdffc" },
    { "plain-md4", "{PLAIN-MD4}52e9e9e4f1cd6d1abc78aa866d2a5509" },
    { "plain-md5", "{PLAIN-MD5}1a1dc91c907325c69271ddf0c944bc72" },
    { "ldap-md5", "{LDAP-MD5}Gh3JHJBzJcaScd3wyUS8cg==" },
};

static gboolean
verify(const char *stored, const char *password, GError **error)
{
    return selo_password_verify((SeloStr){ stored, strlen(stored) }, "CRYPT", SELO_STR("u@dom.org"),
                                (SeloStr){ password, strlen(password) }, error);
}

static void
test_vector(gconstpointer data)
{
    const Vector *vector = data;
    g_autoptr(GError) error = NULL;

    g_assert_true(verify(vector->stored, "pass", &error));
    g_assert_no_error(error);
    g_assert_false(verify(vector->stored, "Pass", &error));
    g_assert_false(verify(vector->stored, "", &error));
    g_assert_false(verify(vector->stored, "p", &error));
    g_assert_no_error(error);
}

/* RFC 2289 appendix C, "This is a test." */
static void
test_one_time(void)
{
    static const char *const stored[] = { "{OTP}sha1 99 TeSt 87fec7768b73ccf9",
                                          "{OTP}md5 99 TeSt 50fe1962c4965880",
                                          "{OTP}md4 99 test 4b5a4a5e6a0a0000", NULL };
    g_autoptr(GError) error = NULL;

    g_assert_true(verify(stored[0], "This is a test.", &error));
    g_assert_true(verify(stored[1], "This is a test.", &error));
    g_assert_false(verify(stored[2], "This is a test.", &error));
    g_assert_no_error(error);
}

/* Damage is told, never taken for a wrong password, and never matches. */
static const Vector damaged[] = {
    { "unknown-scheme", "{NTLM}00" },
    { "unknown-encoding", "{PLAIN.rot13}cnff" },
    { "no-name", "{}pass" },
    { "empty-crypt", "" },
    { "star", "*" },
    { "crypt-short", "{CRYPT}x" },
    { "crypt-method", "{SHA512-CRYPT}$5$3SEsqolKQjh30mwG$dthUQtbEBxWA1cguvRaBV5X" },
    { "argon2-cut", "{ARGON2ID}$argon2id$v=19" },
    { "argon2-huge", "{ARGON2ID}$argon2id$v=19$m=4000000000,t=3,p=1$47MqYp7azeLfDiHkWG2FTg$dGpu" },
    { "sha-short", "{SHA}nU4eI71bcnBG" },
    { "sha-not-base64", "{SHA}!!!!" },
    { "ssha-short", "{SSHA}nU4e" },
    { "hex-odd", "{PLAIN.HEX}7" },
    { "cram-short", "{CRAM-MD5}ff5d" },
    { "pbkdf2-rounds", "{PBKDF2}$1$salt$0$34cbae02908709209a4fcb7f2d6157c59e5508e6" },
    { "pbkdf2-many-rounds", "{PBKDF2}$1$salt$4000000000$34cbae02908709209a4fcb7f2d6157c59e5508e6" },
    { "pbkdf2-fields", "{PBKDF2}$1$salt" },
    { "scram-fields", "{SCRAM-SHA-1}4096,g9jMq4Ni1LypqNeTl07fqQ==" },
    { "scram-key", "{SCRAM-SHA-1}4096,g9jMq4Ni1LypqNeTl07fqQ==,6ig/,p+80" },
    { "trunc", "{PLAIN-TRUNC}pass" },
    { "otp", "{OTP}sha1 99" },
};

static void
test_damaged(gconstpointer data)
{
    const Vector *vector = data;
    g_autoptr(GError) error = NULL;

    g_assert_false(verify(vector->stored, "pass", &error));
    g_assert_nonnull(error);
    g_assert_null(strstr(error->message, "nU4e"));
}

static void
test_octets_after_nul(void)
{
    g_autoptr(GError) error = NULL;
    static const char password[] = "pass\0more";

    g_assert_false(selo_password_verify(SELO_STR("{DES-CRYPT}uIRju684pe2Uo"), "CRYPT",
                                        SELO_STR("u"), (SeloStr){ password, sizeof password - 1 },
                                        &error));
    g_assert_no_error(error);
}

static void
test_make(gconstpointer data)
{
    const char *scheme = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *one = selo_password_make(scheme, "u@dom.org", "s\xc3\xa9 cret", &error);
    g_autofree char *other = selo_password_make(scheme, "u@dom.org", "s\xc3\xa9 cret", &error);

    g_assert_no_error(error);
    g_assert_true(verify(one, "s\xc3\xa9 cret", &error));
    g_assert_false(verify(one, "secret", &error));
    g_assert_true(verify(other, "s\xc3\xa9 cret", &error));
    g_assert_no_error(error);
}

static void
test_make_refused(void)
{
    static const char *const names[] = { "OTP", "PLAIN-TRUNC", "NTLM", "", "SHA.zip", "{SHA}" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(selo_password_make(names[i], "u", "pass", &error));
        g_assert_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_NO_CONVERSION);
    }
}

static void
test_slow(void)
{
    g_assert_true(selo_password_is_slow(SELO_STR("{SHA512-CRYPT}$6$x"), "PLAIN"));
    g_assert_true(selo_password_is_slow(SELO_STR("uIRju684pe2Uo"), "CRYPT"));
    g_assert_false(selo_password_is_slow(SELO_STR("secret"), "PLAIN"));
    g_assert_false(selo_password_is_slow(SELO_STR("{SSHA512}x"), "CRYPT"));
}

int
main(int argc, char **argv)
{
    static const char *const made[] = {
        "PLAIN",     "CRYPT",    "DES-CRYPT",   "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT",
        "BLF-CRYPT", "ARGON2I",  "ARGON2ID",    "SHA",       "SHA256",       "SHA512.HEX",
        "SMD5",      "SSHA",     "ssha256.hex", "SSHA512",   "PLAIN-MD4",    "PLAIN-MD5",
        "LDAP-MD5",  "CRAM-MD5", "DIGEST-MD5",  "PBKDF2",    "SCRAM-SHA-1",  "SCRAM-SHA-256"
    };

    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_autofree char *path = g_strconcat("/passwd-file/scheme/", vectors[i].name, NULL);

        g_test_add_data_func(path, &vectors[i], test_vector);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(damaged); i++) {
        g_autofree char *path = g_strconcat("/passwd-file/damaged/", damaged[i].name, NULL);

        g_test_add_data_func(path, &damaged[i], test_damaged);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
        g_autofree char *path = g_strconcat("/passwd-file/make/", made[i], NULL);

        g_test_add_data_func(path, made[i], test_make);
    }
    g_test_add_func("/passwd-file/scheme/one-time", test_one_time);
    g_test_add_func("/passwd-file/scheme/octets-after-nul", test_octets_after_nul);
    g_test_add_func("/passwd-file/make/refused", test_make_refused);
    g_test_add_func("/passwd-file/scheme/slow", test_slow);
    return g_test_run();
}
