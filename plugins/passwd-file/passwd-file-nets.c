/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-nets.c: allow_nets: from which addresses a user may log in.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "plugins/passwd-file/passwd-file-users.h"

#define MAX_NET 64 /* an IPv6 address with its prefix length */

/* Both families as 16 octets, IPv4 mapped (RFC 4291 section 2.5.5.2). */
static gboolean
parse_address(const char *text, uint8_t out[16], unsigned *out_offset_bits)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

    *out_offset_bits = 0;
    if (inet_pton(AF_INET6, text, out) == 1)
        return TRUE;
    memcpy(out, mapped, sizeof mapped);
    *out_offset_bits = 96;
    return inet_pton(AF_INET, text, out + sizeof mapped) == 1;
}

static gboolean
has_prefix(const uint8_t a[16], const uint8_t b[16], unsigned bits)
{
    const unsigned whole = bits / 8, rest = bits % 8;

    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static gboolean
net_holds(const char *net, const uint8_t address[16])
{
    g_autofree char *text = g_strdup(net);
    char *slash = strchr(text, '/');
    uint8_t base[16];
    unsigned offset;
    guint64 bits;

    if (slash != NULL)
        *slash = '\0';
    if (!parse_address(text, base, &offset))
        return FALSE;
    bits = 128 - offset;
    if (slash != NULL && !g_ascii_string_to_unsigned(slash + 1, 10, 0, 128 - offset, &bits, NULL))
        return FALSE;
    return has_prefix(base, address, offset + (unsigned) bits);
}

gboolean
passwd_nets_hold(SeloStr nets, SeloStr ip)
{
    const char *at = nets.s, *end = nets.s + nets.len;
    uint8_t address[16];
    unsigned offset;

    if (ip.s == NULL || !parse_address(ip.s, address, &offset))
        return FALSE;
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t) (end - at));
        const size_t size = (size_t) ((comma != NULL ? comma : end) - at);
        char net[MAX_NET];

        if (size > 0 && size < sizeof net) {
            memcpy(net, at, size);
            net[size] = '\0';
            if (net_holds(net, address))
                return TRUE;
        }
        at += size + 1;
    }
    return FALSE;
}
