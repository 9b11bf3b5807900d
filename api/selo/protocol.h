/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/protocol.h>: the interface protocol/1, what a listener speaks. Role worker, on the loop, in
 * process only.
 *
 * A session is itself a call: @root is the parent of everything it invokes and carries the settings
 * in force (after login also those of domain and user). selo_call_return(root, ...) ends the session
 * and closes the stream once the output is sent; session_free follows. A stop of @root
 * (selo_call_on_stop) means drain: say goodbye at the next fit moment.
 */
#pragma once

#include <selo/stream.h>

SELO_BEGIN_DECLS

typedef struct {
    SELO_INSTANCE; /* one instance per [listener] */
    /* FALSE: the connection is closed at once */
    gboolean (*session_new)(void *self, SeloCall *root, SeloStream *stream, void **out_session,
                            GError **error);
    void (*session_input)(void *session);   /* read until SELO_READ_AGAIN */
    void (*session_drained)(void *session); /* (opt) output fell below 64 KiB */
    /* (opt) the handshake begun by selo_stream_start_tls() is over */
    void (*session_secured)(void *session, SeloStatus status, const char *operator_text);
    void (*session_expired)(void *session);
    void (*session_notice)(void *session, SeloStr text); /* (opt) message from the admin */
    void (*session_free)(void *session);                 /* must not block; the stream is gone */
    GBytes *(*session_save)(void *session);              /* (opt) feature "handover"; NULL = not now */
    gboolean (*session_restore)(void *self, SeloCall *root, SeloStream *stream, GBytes *saved,
                                void **out_session, GError **error); /* (opt) */
    /* (opt) puts into @buffer what a connection over the limits is told before it is closed; octets */
    size_t (*session_refuse)(void *self, const char *hostname, char *buffer, size_t size);
} SeloProtocolV1;

SELO_END_DECLS
