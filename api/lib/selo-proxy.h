/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-proxy.h: the PROXY protocol's header, versions 1 and 2 (haproxy.org, proxy-protocol.txt):
 * who the client of a load balancer really is.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#define SELO_PROXY_MAX ((size_t) 4096) /* a header is never longer; version 2 could claim 64 KiB */

typedef enum {
    SELO_PROXY_MORE,
    SELO_PROXY_KNOWN,
    SELO_PROXY_LOCAL,
    SELO_PROXY_BAD
} SeloProxyResult;
typedef struct {
    char remote_ip[INET6_ADDRSTRLEN], local_ip[INET6_ADDRSTRLEN];
    uint16_t remote_port, local_port;
    gboolean is_tls;   /* the balancer took TLS off (version 2, PP2_TYPE_SSL) */
    size_t used;       /* octets of the header */
    const char *fault; /* BAD: what is wrong */
} SeloProxyHeader;

/* MORE: not complete. LOCAL: the balancer speaks for itself (health checks), the socket's own
 * addresses hold. */
SeloProxyResult selo_proxy_parse(const char *octets, size_t size, SeloProxyHeader *out_header);
