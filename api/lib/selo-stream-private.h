/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-stream-private.h: the core's side of SeloStream: making one over an accepted socket.
 */
#pragma once

#include <selo/stream.h>

#include <gnutls/gnutls.h>

#include "api/lib/selo-loop.h"

/* Server credentials of a listener, shared by its streams. */
typedef struct SeloTls SeloTls;
#define SELO_TLS_ERROR (selo_tls_error_quark())
GQuark selo_tls_error_quark(void);
enum { SELO_TLS_ERROR_BAD }; /* what was read is of no use */
/* @certificate_file: PEM chain. @key: PEM octets, for it is a secret ([tls] key), read by
 * selo_conf_secret(). @min_version "1.2" or "1.3". Errors, domain %G_FILE_ERROR /
 * %SELO_TLS_ERROR: say which file. */
SeloTls *selo_tls_new(const char *certificate_file, SeloStr key, const char *min_version,
                      GError **error);
SeloTls *selo_tls_ref(SeloTls *tls);
void selo_tls_unref(SeloTls *tls);

typedef struct { /* what happens on a stream; none is called after selo_stream_close() */
    void (*ready)(void *data); /* PROXY header read and immediate TLS done: the session may begin */
    void (*input)(void *data); /* something to read, or the end */
    void (*drained)(void *data);
    void (*secured)(void *data, SeloStatus status, const char *operator_text);
    void (*expired)(void *data);
    void (*closed)(
        void *data); /* the last: after selo_stream_finish(), output sent (or lost), socket
                                    closed; also when the handshake or PROXY header failed before
                                    ready. The stream goes when this returns */
} SeloStreamEvents;

typedef struct {
    const char *listener;      /* its name */
    SeloTls *tls;              /* NULL = none */
    gboolean is_tls_immediate; /* implicit TLS */
    gboolean has_proxy_header; /* PROXY v1 or v2 comes first, from a trusted neighbour */
    int64_t handshake_timeout; /* microseconds, PROXY header and TLS */
} SeloStreamOptions;

/* Takes @fd (connected, non-blocking; TCP_NODELAY comes from the listening socket, for the
 * stream joins what it sends itself). Events come from the loop, never from inside; @events is
 * not copied. */
SeloStream *selo_stream_new(SeloLoop *loop, int fd, const SeloStreamOptions *options,
                            const SeloStreamEvents *events, void *data);
/* Expires in @usec even if something comes, and from then on again and again until the session has
 * ended or this is called anew; 0 = not at all. Before a client is known: a slow drip of octets would
 * hold the connection forever. */
void selo_stream_set_limit(SeloStream *stream, int64_t usec);
/* No more input; sends what is queued, then closes and calls closed. */
void selo_stream_finish(SeloStream *stream);
/* At once, without a word. The caller's pointer is gone. */
void selo_stream_close(SeloStream *stream);
/* Why it ended, for the log; NULL: in order, or not yet. */
const char *selo_stream_fault(SeloStream *stream);
