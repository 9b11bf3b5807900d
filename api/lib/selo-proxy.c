/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-proxy.c: a pure parser. It believes the header's words only as far as they are addresses:
 * texts are parsed and printed again.
 */
#include "config.h"

#include "api/lib/selo-proxy.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define V1_MAX 107 /* with its CRLF; section 2.1 */

static SeloProxyResult
refuse(SeloProxyHeader *header, const char *fault)
{
    header->fault = fault;
    return SELO_PROXY_BAD;
}

/* ---- version 1: "PROXY TCP4 192.0.2.1 192.0.2.2 40000 25\r\n" ---- */

static gboolean
parse_port(const char *text, uint16_t *out_port)
{
    guint64 port;

    if (!g_ascii_string_to_unsigned(text, 10, 0, 65535, &port, NULL))
        return FALSE;
    *out_port = (uint16_t) port;
    return TRUE;
}

static gboolean
parse_ip(int family, const char *text, char *out_ip)
{
    unsigned char octets[sizeof(struct in6_addr)];

    return inet_pton(family, text, octets) == 1 &&
           inet_ntop(family, octets, out_ip, INET6_ADDRSTRLEN) != NULL;
}

static SeloProxyResult
parse_v1(const char *octets, size_t size, SeloProxyHeader *header)
{
    const char *lf = memchr(octets, '\n', MIN(size, V1_MAX));
    char line[V1_MAX + 1];
    g_auto(GStrv) words = NULL;
    size_t len;
    int family;

    if (lf == NULL)
        return size >= V1_MAX ? refuse(header, "the line does not end") : SELO_PROXY_MORE;
    len = (size_t) (lf - octets);
    header->used = len + 1;
    if (len == 0 || octets[len - 1] != '\r' || memchr(octets, 0, len) != NULL)
        return refuse(header, "the line does not end in CRLF");
    memcpy(line, octets, len - 1);
    line[len - 1] = '\0';
    words = g_strsplit(line, " ", 8);
    if (g_strv_length(words) >= 2 && strcmp(words[1], "UNKNOWN") == 0)
        return SELO_PROXY_LOCAL;
    if (g_strv_length(words) != 6)
        return refuse(header, "the line does not have six words");
    if (strcmp(words[1], "TCP4") != 0 && strcmp(words[1], "TCP6") != 0)
        return refuse(header, "the family is none of TCP4, TCP6, UNKNOWN");
    family = words[1][3] == '4' ? AF_INET : AF_INET6;
    if (!parse_ip(family, words[2], header->remote_ip) ||
        !parse_ip(family, words[3], header->local_ip))
        return refuse(header, "an address is none of its family");
    if (!parse_port(words[4], &header->remote_port) || !parse_port(words[5], &header->local_port))
        return refuse(header, "a port is not a number up to 65535");
    return SELO_PROXY_KNOWN;
}

/* ---- version 2: binary ---- */

static const char v2_signature[] = "\r\n\r\n\0\r\nQUIT\n";
#define V2_SIGNATURE_SIZE (sizeof v2_signature - 1)
#define V2_FIXED_SIZE     ((size_t) 16)
enum {
    V2_LOCAL = 0x20,
    V2_PROXY = 0x21,
    V2_TCP4 = 0x11,
    V2_TCP6 = 0x21,
    V2_TYPE_SSL = 0x20,
    V2_CLIENT_SSL = 1
};

static size_t
read_u16(const char *octets)
{
    return (size_t) (unsigned char) octets[0] << 8 | (unsigned char) octets[1];
}

/* Type, length, value, one after the other. FALSE: they do not fill the header exactly. */
static gboolean
parse_extensions(const char *octets, size_t size, SeloProxyHeader *header)
{
    while (size >= 3) {
        size_t len = read_u16(octets + 1);

        if (len > size - 3)
            return FALSE;
        if (octets[0] == V2_TYPE_SSL && len >= 1 && (octets[3] & V2_CLIENT_SSL) != 0)
            header->is_tls = TRUE;
        octets += 3 + len;
        size -= 3 + len;
    }
    return size == 0;
}

static SeloProxyResult
parse_v2(const char *octets, size_t size, SeloProxyHeader *header)
{
    unsigned char command, family;
    const char *addresses = octets + V2_FIXED_SIZE;
    size_t len, address_size;

    if (size < V2_FIXED_SIZE)
        return SELO_PROXY_MORE;
    command = (unsigned char) octets[12];
    family = (unsigned char) octets[13];
    len = read_u16(octets + 14);
    if (command != V2_LOCAL && command != V2_PROXY)
        return refuse(header, "the version or the command is unknown");
    if (len > SELO_PROXY_MAX - V2_FIXED_SIZE)
        return refuse(header, "the header is longer than 4096 octets");
    if (size < V2_FIXED_SIZE + len)
        return SELO_PROXY_MORE;
    header->used = V2_FIXED_SIZE + len;
    if (command == V2_LOCAL || family == 0)
        return SELO_PROXY_LOCAL;
    if (family != V2_TCP4 && family != V2_TCP6)
        return refuse(header, "the family is none of TCP over IPv4, TCP over IPv6");
    address_size = family == V2_TCP4 ? 4 : 16;
    if (len < 2 * address_size + 4)
        return refuse(header, "the header is too short for its addresses");
    inet_ntop(family == V2_TCP4 ? AF_INET : AF_INET6, addresses, header->remote_ip,
              INET6_ADDRSTRLEN);
    inet_ntop(family == V2_TCP4 ? AF_INET : AF_INET6, addresses + address_size, header->local_ip,
              INET6_ADDRSTRLEN);
    header->remote_port = (uint16_t) read_u16(addresses + 2 * address_size);
    header->local_port = (uint16_t) read_u16(addresses + 2 * address_size + 2);
    if (!parse_extensions(addresses + 2 * address_size + 4, len - 2 * address_size - 4, header))
        return refuse(header, "an extension is longer than the header");
    return SELO_PROXY_KNOWN;
}

SeloProxyResult
selo_proxy_parse(const char *octets, size_t size, SeloProxyHeader *out_header)
{
    static const char v1_signature[] = "PROXY ";
    size_t v1_size = MIN(size, sizeof v1_signature - 1), v2_size = MIN(size, V2_SIGNATURE_SIZE);

    memset(out_header, 0, sizeof *out_header);
    if (memcmp(octets, v1_signature, v1_size) == 0)
        return v1_size < sizeof v1_signature - 1 ? SELO_PROXY_MORE
                                                 : parse_v1(octets, size, out_header);
    if (memcmp(octets, v2_signature, v2_size) == 0)
        return v2_size < V2_SIGNATURE_SIZE ? SELO_PROXY_MORE : parse_v2(octets, size, out_header);
    return refuse(out_header, "there is none");
}
