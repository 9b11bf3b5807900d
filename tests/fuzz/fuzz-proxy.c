/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-proxy.c: PROXY headers. An answer, once given, stands whatever follows; addresses are
 * addresses.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "api/lib/selo-proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static gboolean
is_address(const char *text)
{
    unsigned char octets[sizeof(struct in6_addr)];

    return inet_pton(strchr(text, ':') != NULL ? AF_INET6 : AF_INET, text, octets) == 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    SeloProxyHeader header, whole;
    SeloProxyResult result = SELO_PROXY_MORE;

    for (size_t n = 1; n <= size && n <= SELO_PROXY_MAX && result == SELO_PROXY_MORE; n++)
        result = selo_proxy_parse((const char *) octets, n, &header);
    if (result == SELO_PROXY_MORE) {
        g_assert_true(size < SELO_PROXY_MAX);
        return 0;
    }
    g_assert_cmpint(selo_proxy_parse((const char *) octets, size, &whole), ==, result);
    g_assert_true((result == SELO_PROXY_BAD) == (header.fault != NULL));
    if (result != SELO_PROXY_BAD) {
        g_assert_cmpint(header.used, ==, whole.used);
        g_assert_true(header.used <= size);
    }
    if (result == SELO_PROXY_KNOWN)
        g_assert_true(is_address(header.remote_ip) && is_address(header.local_ip));
    return 0;
}
