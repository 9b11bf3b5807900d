/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-stream-tls.c: GnuTLS between a socket and the stream's buffers. GnuTLS asks for a record's
 * five octets of header and then for its body; reading the socket into a buffer of ours makes one
 * system call of the two, and of several records. Likewise what it sends is queued, and goes out in
 * one.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include <gnutls/x509.h>

#include "api/lib/selo-stream-struct.h"

#define RECORD_MAX ((size_t) 16384)
#define RAW_TURN   ((uint64_t) 128 << 10) /* encrypted ahead of the socket */

G_DEFINE_QUARK(selo - tls - error, selo_tls_error)

/* ---- credentials ---- */

struct SeloTls {
    gatomicrefcount refs;
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priority;
};

static const struct {
    const char *min_version, *priority;
} priorities[] = {
    { "1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE" },
    { "1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3:%SERVER_PRECEDENCE" },
};

static gboolean
load_files(SeloTls *tls, const char *certificate_file, SeloStr key, GError **error)
{
    g_autofree char *pem = NULL;
    gnutls_datum_t certificate_pem, key_pem = { (unsigned char *) key.s, (unsigned) key.len };
    gsize size;
    int result;

    if (!g_file_get_contents(certificate_file, &pem, &size, error))
        return FALSE;
    certificate_pem = (gnutls_datum_t){ (unsigned char *) pem, (unsigned) size };
    result = gnutls_certificate_set_x509_key_mem2(tls->credentials, &certificate_pem, &key_pem,
                                                  GNUTLS_X509_FMT_PEM, NULL, 0);
    if (result < 0)
        g_set_error(error, SELO_TLS_ERROR, SELO_TLS_ERROR_BAD,
                    "certificate %s cannot be used with the key of [tls]: %s", certificate_file,
                    gnutls_strerror(result));
    return result >= 0;
}

static gboolean
set_priority(SeloTls *tls, const char *min_version, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(priorities); i++)
        if (strcmp(priorities[i].min_version, min_version) == 0)
            return gnutls_priority_init(&tls->priority, priorities[i].priority, NULL) ==
                   GNUTLS_E_SUCCESS;
    g_set_error(error, SELO_TLS_ERROR, SELO_TLS_ERROR_BAD, "TLS version %s: expected 1.2 or 1.3",
                min_version);
    return FALSE;
}

SeloTls *
selo_tls_new(const char *certificate_file, SeloStr key, const char *min_version, GError **error)
{
    SeloTls *tls = g_new0(SeloTls, 1);

    g_atomic_ref_count_init(&tls->refs);
    if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0)
        g_error("out of memory");
    if (!set_priority(tls, min_version != NULL ? min_version : "1.2", error) ||
        !load_files(tls, certificate_file, key, error)) {
        selo_tls_unref(tls);
        return NULL;
    }
    return tls;
}

SeloTls *
selo_tls_ref(SeloTls *tls)
{
    if (tls != NULL)
        g_atomic_ref_count_inc(&tls->refs);
    return tls;
}

void
selo_tls_unref(SeloTls *tls)
{
    if (tls == NULL || !g_atomic_ref_count_dec(&tls->refs))
        return;
    if (tls->priority != NULL)
        gnutls_priority_deinit(tls->priority);
    gnutls_certificate_free_credentials(tls->credentials);
    g_free(tls);
}

/* ---- sessions ---- */

struct SeloTlsSession {
    SeloStream *stream;
    gnutls_session_t gnutls;
    SeloBuffer *raw; /* received, not decrypted; NULL when idle */
    SeloOutput output;
    char *sni, *channel_binding;
};

static ssize_t
pull(gnutls_transport_ptr_t data, void *octets, size_t size)
{
    SeloTlsSession *session = data;
    SeloBuffer *raw = session->raw;

    if (raw == NULL || raw->start == raw->end) {
        ssize_t n;

        if (raw == NULL)
            raw = session->raw = selo_buffer_get(
                session->stream->flags.is_bulk ? SELO_BUFFER_LARGE : SELO_BUFFER_USUAL);
        n = selo_stream_receive(session->stream, raw->octets, raw->size);
        if (n <= 0) {
            gnutls_transport_set_errno(session->gnutls, EAGAIN);
            return n;
        }
        raw->start = 0;
        raw->end = (size_t) n;
    }
    size = MIN(size, raw->end - raw->start);
    memcpy(octets, raw->octets + raw->start, size);
    raw->start += size;
    return (ssize_t) size;
}

/* GnuTLS asks in a few places whether pull() would give something; it never may wait. */
static int
pull_is_ready(gnutls_transport_ptr_t data, unsigned ms)
{
    SeloTlsSession *session = data;

    return selo_tls_session_has_input(session) || session->stream->flags.is_readable;
}

static ssize_t
push(gnutls_transport_ptr_t data, const void *octets, size_t size)
{
    SeloTlsSession *session = data;

    selo_output_add(&session->output, octets, size);
    selo_stream_want_work(session->stream);
    return (ssize_t) size;
}

SeloTlsSession *
selo_tls_session_new(SeloStream *stream)
{
    SeloTlsSession *session = g_new0(SeloTlsSession, 1);

    session->stream = stream;
    session->raw = g_steal_pointer(&stream->input.buffer);
    if (gnutls_init(&session->gnutls,
                    GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS) < 0)
        g_error("out of memory");
    gnutls_priority_set(session->gnutls, stream->tls->priority);
    gnutls_credentials_set(session->gnutls, GNUTLS_CRD_CERTIFICATE, stream->tls->credentials);
    gnutls_certificate_server_set_request(session->gnutls, GNUTLS_CERT_IGNORE);
    gnutls_transport_set_ptr(session->gnutls, session);
    gnutls_transport_set_pull_function(session->gnutls, pull);
    gnutls_transport_set_pull_timeout_function(session->gnutls, pull_is_ready);
    gnutls_transport_set_push_function(session->gnutls, push);
    return session;
}

void
selo_tls_session_free(SeloTlsSession *session)
{
    if (session == NULL)
        return;
    gnutls_deinit(session->gnutls);
    selo_buffer_put(session->raw);
    selo_output_clear(&session->output);
    g_free(session->sni);
    g_free(session->channel_binding);
    g_free(session);
}

int
selo_tls_session_handshake(SeloTlsSession *session, char **out_fault)
{
    int result;

    do
        result = gnutls_handshake(session->gnutls);
    while (result < 0 && result != GNUTLS_E_AGAIN && !gnutls_error_is_fatal(result));
    if (result == GNUTLS_E_AGAIN)
        return 0;
    if (result == GNUTLS_E_SUCCESS)
        return 1;
    gnutls_alert_send_appropriate(session->gnutls, result);
    if (result == GNUTLS_E_FATAL_ALERT_RECEIVED)
        *out_fault = g_strdup_printf("TLS handshake: the peer said: %s",
                                     gnutls_alert_get_name(gnutls_alert_get(session->gnutls)));
    else
        *out_fault = g_strdup_printf("TLS handshake: %s", gnutls_strerror(result));
    return -1;
}

static void
set_text(SeloStr *text, const char *s)
{
    *text = (SeloStr){ s, s != NULL ? strlen(s) : 0 };
}

static char *
get_sni(gnutls_session_t gnutls)
{
    char name[256];
    size_t size = sizeof name;
    unsigned type;

    if (gnutls_server_name_get(gnutls, name, &size, &type, 0) < 0 || type != GNUTLS_NAME_DNS)
        return NULL;
    return g_utf8_make_valid(name, (gssize) strnlen(name, size));
}

static char *
get_channel_binding(gnutls_session_t gnutls)
{
    gboolean is_13 = gnutls_protocol_get_version(gnutls) >= GNUTLS_TLS1_3;
    gnutls_datum_t octets = { NULL, 0 };
    g_autofree char *base64 = NULL;
    char *text;

    if (gnutls_session_channel_binding(
            gnutls, is_13 ? GNUTLS_CB_TLS_EXPORTER : GNUTLS_CB_TLS_UNIQUE, &octets) < 0)
        return NULL;
    base64 = g_base64_encode(octets.data, octets.size);
    text = g_strconcat(is_13 ? "tls-exporter:" : "tls-unique:", base64, NULL);
    gnutls_free(octets.data);
    return text;
}

void
selo_tls_session_describe(SeloTlsSession *session, SeloPeer *peer)
{
    session->sni = get_sni(session->gnutls);
    session->channel_binding = get_channel_binding(session->gnutls);
    peer->tls = 1;
    set_text(&peer->tls_version,
             gnutls_protocol_get_name(gnutls_protocol_get_version(session->gnutls)));
    set_text(&peer->tls_cipher, gnutls_ciphersuite_get(session->gnutls));
    set_text(&peer->tls_sni, session->sni);
    set_text(&peer->channel_binding, session->channel_binding);
}

ssize_t
selo_tls_session_receive(SeloTlsSession *session, void *octets, size_t size)
{
    ssize_t n;

    do
        n = gnutls_record_recv(session->gnutls, octets, size);
    while (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_WARNING_ALERT_RECEIVED);
    if (n > 0)
        return n;
    if (n == GNUTLS_E_AGAIN) {
        if (session->stream->flags.is_ended && !selo_tls_session_has_input(session))
            return 0;
        return -1;
    }
    /* Renegotiation (TLS 1.2) is refused as well: a peer could make it cost us without end. */
    if (n == 0 || n == GNUTLS_E_PREMATURE_TERMINATION)
        selo_stream_end(session->stream, NULL);
    else
        selo_stream_end(session->stream, gnutls_strerror((int) n));
    return 0;
}

gboolean
selo_tls_session_has_input(SeloTlsSession *session)
{
    return (session->raw != NULL && session->raw->start < session->raw->end) ||
           gnutls_record_check_pending(session->gnutls) > 0;
}

gboolean
selo_tls_session_encrypt(SeloTlsSession *session, SeloOutput *plain)
{
    while (session->output.size < RAW_TURN) {
        const char *octets;
        size_t size;
        ssize_t n;

        if (!selo_output_peek(plain, &octets, &size))
            return FALSE;
        if (octets == NULL)
            return TRUE;
        n = gnutls_record_send(session->gnutls, octets, MIN(size, RECORD_MAX));
        if (n <= 0) {
            errno = EPROTO;
            return FALSE;
        }
        selo_output_consume(plain, (uint64_t) n);
    }
    return TRUE;
}

void
selo_tls_session_bye(SeloTlsSession *session)
{
    gnutls_bye(session->gnutls, GNUTLS_SHUT_WR);
}

SeloOutput *
selo_tls_session_output(SeloTlsSession *session)
{
    return &session->output;
}

void
selo_tls_session_rest(SeloTlsSession *session)
{
    if (session->raw != NULL && session->raw->start == session->raw->end)
        selo_buffer_put(g_steal_pointer(&session->raw));
}
