/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-stream-begin.c: what comes before a session, or in its midst: addresses, PROXY header, TLS
 * handshake. A peer that fails here never reaches a plugin.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "api/lib/selo-proxy.h"
#include "api/lib/selo-stream-struct.h"

static void
set_peer_text(SeloStr *text, const char *s)
{
    *text = (SeloStr){ s, strlen(s) };
}

void
selo_stream_read_addresses(SeloStream *stream)
{
    for (int i = 0; i < 2; i++) {
        struct sockaddr_storage address = { 0 };
        socklen_t size = sizeof address;
        const struct sockaddr_in *v4 = (const void *) &address;
        const struct sockaddr_in6 *v6 = (const void *) &address;
        char *ip = i == 0 ? stream->remote_ip : stream->local_ip;
        uint32_t *port = i == 0 ? &stream->peer.remote_port : &stream->peer.local_port;

        if (i == 0)
            getpeername(stream->fd, (struct sockaddr *) &address, &size);
        else
            getsockname(stream->fd, (struct sockaddr *) &address, &size);
        if (address.ss_family == AF_INET) {
            inet_ntop(AF_INET, &v4->sin_addr, ip, INET6_ADDRSTRLEN);
            *port = ntohs(v4->sin_port);
        } else if (address.ss_family == AF_INET6) {
            if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
                inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], ip, INET6_ADDRSTRLEN);
            else
                inet_ntop(AF_INET6, &v6->sin6_addr, ip, INET6_ADDRSTRLEN);
            *port = ntohs(v6->sin6_port);
        }
    }
    set_peer_text(&stream->peer.remote_ip, stream->remote_ip);
    set_peer_text(&stream->peer.local_ip, stream->local_ip);
}

static void
take_proxy_header(SeloStream *stream, const SeloProxyHeader *header)
{
    memcpy(stream->remote_ip, header->remote_ip, sizeof stream->remote_ip);
    memcpy(stream->local_ip, header->local_ip, sizeof stream->local_ip);
    set_peer_text(&stream->peer.remote_ip, stream->remote_ip);
    set_peer_text(&stream->peer.local_ip, stream->local_ip);
    stream->peer.remote_port = header->remote_port;
    stream->peer.local_port = header->local_port;
    if (header->is_tls)
        stream->peer.tls = 1;
}

void
selo_stream_begin_session(SeloStream *stream)
{
    stream->phase = SELO_STREAM_OPEN;
    selo_timer_disarm(&stream->clock.timer);
    stream->flags.has_begun = TRUE;
    stream->flags.wants_input = TRUE; /* something may be there already */
    selo_stream_want_work(stream);
    selo_stream_tell(stream, stream->owner.events->ready);
}

void
selo_stream_begin_handshake(SeloStream *stream)
{
    stream->flags.starts_tls = FALSE;
    stream->phase = SELO_STREAM_HANDSHAKE;
    stream->session = selo_tls_session_new(stream);
    selo_stream_shake_hands(stream);
}

void
selo_stream_read_proxy_header(SeloStream *stream)
{
    SeloProxyHeader header;
    SeloProxyResult result = SELO_PROXY_MORE;
    SeloFill fill;

    do {
        fill = selo_stream_fill(stream);
        if (fill == SELO_FILL_MORE)
            result =
                selo_proxy_parse(stream->input.buffer->octets, stream->input.buffer->end, &header);
    } while (fill == SELO_FILL_MORE && result == SELO_PROXY_MORE);
    if (result == SELO_PROXY_MORE && fill == SELO_FILL_AGAIN)
        return;
    if (result == SELO_PROXY_MORE || result == SELO_PROXY_BAD) {
        g_autofree char *fault = g_strconcat(
            "PROXY header: ",
            result == SELO_PROXY_BAD ? header.fault : "the connection ended before it", NULL);

        selo_stream_end(stream, fault);
        selo_stream_close_and_tell(stream);
        return;
    }
    stream->input.buffer->start += header.used;
    if (result == SELO_PROXY_KNOWN)
        take_proxy_header(stream, &header);
    if (stream->flags.is_tls_immediate)
        selo_stream_begin_handshake(stream);
    else
        selo_stream_begin_session(stream);
}

void
selo_stream_shake_hands(SeloStream *stream)
{
    g_autofree char *fault = NULL;
    int result = selo_tls_session_handshake(stream->session, &fault);

    if (result == 0)
        return;
    if (result > 0) {
        selo_tls_session_describe(stream->session, &stream->peer);
        selo_tls_session_rest(stream->session);
    } else {
        selo_stream_end(stream, fault);
    }
    if (!stream->flags.has_begun && result > 0) {
        selo_stream_begin_session(stream);
    } else if (!stream->flags.has_begun) {
        selo_stream_flush(stream); /* the alert */
        selo_stream_close_and_tell(stream);
    } else {
        stream->phase = SELO_STREAM_OPEN;
        stream->flags.wants_input = TRUE;
        selo_stream_want_work(stream);
        if (stream->owner.events->secured != NULL)
            stream->owner.events->secured(stream->owner.data, result > 0 ? SELO_OK : SELO_PERMANENT,
                                          fault);
    }
}

void
selo_stream_begin_timed_out(void *data)
{
    SeloStream *stream = data;

    selo_stream_end(stream, stream->phase == SELO_STREAM_PROXY
                                ? "PROXY header: it did not come in time"
                                : "TLS handshake: it took too long");
    selo_stream_close_and_tell(stream);
}

gboolean
selo_stream_can_start_tls(SeloStream *stream)
{
    return stream->tls != NULL && stream->session == NULL;
}

void
selo_stream_start_tls(SeloStream *stream)
{
    g_return_if_fail(selo_stream_can_start_tls(stream) && stream->phase == SELO_STREAM_OPEN);

    selo_stream_drop_input(
        stream); /* what was sent in clear behind the command is not the peer's */
    stream->input.is_skipping = FALSE;
    stream->flags.starts_tls = TRUE;
    selo_stream_want_work(stream);
}
