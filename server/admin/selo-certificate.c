/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-certificate.c: made with GnuTLS, for the openssl command may not be there. It is its own issuer:
 * clients ask once, and a site on the internet replaces it.
 */
#include "config.h"

#include "server/admin/selo-certificate.h"

#include <string.h>
#include <time.h>

#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#define YEARS(n)    ((time_t) (n) *365 * 24 * 3600)
#define SERIAL_SIZE 16

static gboolean
fail(GError **error, int code)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot make a certificate: %s",
                gnutls_strerror(code));
    return FALSE;
}

static int
make_key(gnutls_x509_privkey_t *out_key)
{
    int code = gnutls_x509_privkey_init(out_key);

    if (code < 0)
        return code;
    return gnutls_x509_privkey_generate(*out_key, GNUTLS_PK_ECDSA,
                                        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
}

static int
set_names(gnutls_x509_crt_t crt, const char *hostname)
{
    static const char *const extra = "localhost";
    const unsigned char loopback[4] = { 127, 0, 0, 1 };
    int code = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, hostname,
                                             (unsigned) strlen(hostname));

    if (code >= 0)
        code = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, hostname,
                                                    (unsigned) strlen(hostname), GNUTLS_FSAN_SET);
    if (code >= 0)
        code = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, extra,
                                                    (unsigned) strlen(extra), GNUTLS_FSAN_APPEND);
    if (code >= 0)
        code = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback,
                                                    sizeof loopback, GNUTLS_FSAN_APPEND);
    return code;
}

static int
set_validity(gnutls_x509_crt_t crt)
{
    unsigned char serial[SERIAL_SIZE];
    time_t now = time(NULL);
    int code = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);

    serial[0] &= 0x7f; /* RFC 5280 section 4.1.2.2: positive */
    if (code >= 0)
        code = gnutls_x509_crt_set_serial(crt, serial, sizeof serial);
    if (code >= 0)
        code = gnutls_x509_crt_set_activation_time(crt, now - 3600);
    if (code >= 0)
        code = gnutls_x509_crt_set_expiration_time(crt, now + YEARS(10));
    return code;
}

static int
make_certificate(gnutls_x509_crt_t *out_crt, gnutls_x509_privkey_t key, const char *hostname)
{
    int code = gnutls_x509_crt_init(out_crt);

    if (code >= 0)
        code = gnutls_x509_crt_set_version(*out_crt, 3);
    if (code >= 0)
        code = set_names(*out_crt, hostname);
    if (code >= 0)
        code = set_validity(*out_crt);
    if (code >= 0)
        code = gnutls_x509_crt_set_basic_constraints(*out_crt, 0, -1);
    if (code >= 0)
        code = gnutls_x509_crt_set_key_usage(*out_crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (code >= 0)
        code = gnutls_x509_crt_set_key(*out_crt, key);
    if (code >= 0)
        code = gnutls_x509_crt_sign2(*out_crt, *out_crt, key, GNUTLS_DIG_SHA256, 0);
    return code;
}

static gboolean
write_pem(const char *path, const gnutls_datum_t *pem, int mode, GError **error)
{
    return g_file_set_contents_full(path, (const char *) pem->data, pem->size,
                                    G_FILE_SET_CONTENTS_CONSISTENT, mode, error);
}

static gboolean
write_both(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *certificate_file,
           const char *key_file, GError **error)
{
    gnutls_datum_t crt_pem = { NULL, 0 }, key_pem = { NULL, 0 };
    int code = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &crt_pem);
    gboolean is_written;

    if (code >= 0)
        code = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                                 &key_pem);
    if (code < 0)
        is_written = fail(error, code);
    else
        is_written = write_pem(certificate_file, &crt_pem, 0644, error) &&
                     write_pem(key_file, &key_pem, 0600, error);
    if (key_pem.data != NULL)
        gnutls_memset(key_pem.data, 0, key_pem.size);
    gnutls_free(crt_pem.data);
    gnutls_free(key_pem.data);
    return is_written;
}

gboolean
selo_certificate_write(const char *hostname, const char *certificate_file, const char *key_file,
                       GError **error)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    int code = make_key(&key);
    gboolean is_done;

    if (code >= 0)
        code = make_certificate(&crt, key, hostname);
    is_done =
        code < 0 ? fail(error, code) : write_both(crt, key, certificate_file, key_file, error);
    if (crt != NULL)
        gnutls_x509_crt_deinit(crt);
    if (key != NULL)
        gnutls_x509_privkey_deinit(key);
    return is_done;
}
