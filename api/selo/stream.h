/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/stream.h>: a connection as a protocol plugin sees it. Socket, TLS, PROXY header, buffers
 * and their limits belong to the core; nothing here blocks.
 */
#pragma once

#include <selo/plugin.h>

SELO_BEGIN_DECLS

typedef struct SeloStream SeloStream;
typedef struct SeloBlobWriter SeloBlobWriter; /* a message on its way into memory, then a file */

typedef enum {
    SELO_READ_OK,       /* there it is */
    SELO_READ_AGAIN,    /* not yet: session_input comes again */
    SELO_READ_TOO_LONG, /* a line or a message over its limit; the rest of it is skipped, once told */
    SELO_READ_BARE,     /* the message had a bare CR or LF or a NUL; it was read to its end */
    SELO_READ_END,      /* the peer closed, or the connection failed: nothing more will come */
    SELO_READ_FAILED    /* the blob could not be written (disk full); the input was read to its end */
} SeloRead;

/* What is known of the other end. Texts live as long as the stream; tls_* are unset before TLS.
 * channel_binding: "tls-exporter:" (RFC 9266) or "tls-unique:" (RFC 5929) and the data in base64. */
typedef struct {
    uint32_t struct_size, tls;
    SeloStr remote_ip, local_ip, listener, tls_version, tls_cipher, tls_sni, client_cert,
        channel_binding;
    uint32_t remote_port, local_port;
} SeloPeer;

const SeloPeer *selo_stream_peer(SeloStream *stream);

/* One line without its CRLF (a lone LF ends it too), at most @max octets; valid until the next read.
 * With SELO_READ_TOO_LONG its first @max octets. */
SeloRead selo_stream_read_line(SeloStream *stream, size_t max, SeloStr *out_line);
/* Did the last line read end in LF alone? */
gboolean selo_stream_line_was_bare(SeloStream *stream);
/* What is there, at most @max octets; valid until the next read. @max 0 only looks whether there is any. */
SeloRead selo_stream_read_octets(SeloStream *stream, size_t max, SeloStr *out_octets);
/* A literal or BDAT chunk of exactly @size octets: it never passes through the plugin. Call again
 * with the same arguments after SELO_READ_AGAIN. @into NULL: skip them. */
SeloRead selo_stream_read_blob(SeloStream *stream, uint64_t size, SeloBlobWriter *into);
/* DATA up to CRLF.CRLF, dots removed (RFC 5321 section 4.5.2). A bare CR or LF: SELO_READ_BARE, at
 * the end of the message, never taken as its end. @max octets, 0 = any. */
SeloRead selo_stream_read_dots(SeloStream *stream, uint64_t max, SeloBlobWriter *into);

/* Queued; sent when the callback returns. */
void selo_stream_write(SeloStream *stream, const void *octets, size_t size);
void selo_stream_printf(SeloStream *stream, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Part of a blob, its descriptor duplicated and read as the peer takes it. */
void selo_stream_write_blob(SeloStream *stream, const SeloBlob *blob, uint64_t offset,
                            uint64_t size);
/* Octets queued: above 256 KiB stop producing until session_drained. */
size_t selo_stream_queued(SeloStream *stream);

/* Drops plaintext already received; ends in session_secured. */
void selo_stream_start_tls(SeloStream *stream);
/* Is TLS configured for this listener (so that STARTTLS may be offered)? */
gboolean selo_stream_can_start_tls(SeloStream *stream);
/* Microseconds without input, 0 = off; ends in session_expired. Starts anew now. */
void selo_stream_set_timeout(SeloStream *stream, int64_t usec);
/* No session_input in between. */
void selo_stream_pause(SeloStream *stream);
void selo_stream_resume(SeloStream *stream);

/* Blobs being written. In memory up to a limit, then in an unlinked file of the role's temporary
 * directory. A failed write is remembered and told by selo_blob_writer_end(). */
SeloBlobWriter *selo_blob_writer_new(void);
void selo_blob_writer_add(SeloBlobWriter *writer, const void *octets, size_t size);
uint64_t selo_blob_writer_size(SeloBlobWriter *writer);
/* The finished blob, borrowed from the writer. Errors, domain %G_FILE_ERROR: NOSPC, IO. */
gboolean selo_blob_writer_end(SeloBlobWriter *writer, SeloBlob *out_blob, GError **error);
void selo_blob_writer_free(SeloBlobWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloBlobWriter, selo_blob_writer_free)

SELO_END_DECLS
