/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-trace.c: loops are found in the trace fields; networks contain addresses.
 */
#include "config.h"

#include <string.h>

#include "server/mail/selo-routing.h"
#include "server/mail/selo-trace.h"
#include "tests/lib/selo-test.h"

static const struct {
    const char *name, *header;
    uint32_t hops;
    gboolean is_delivered;
} headers[] = {
    { "none", "Subject: Received: x\r\n", 0, FALSE },
    { "three", "Received: a\r\n\tb\r\nreceived: c\r\nX: y\r\nRECEIVED: d\r\n", 3, FALSE },
    { "delivered", "Delivered-To: Ann@Example.org\r\n", 0, TRUE },
    { "delivered-spaced", "Received: a\r\nDelivered-To:   ann@example.org \r\n", 1, TRUE },
    { "delivered-other", "Delivered-To: joann@example.org\r\n", 0, FALSE },
    { "empty", "", 0, FALSE },
};

static void
test_headers(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        const SeloStr header = { headers[i].header, strlen(headers[i].header) };

        g_assert_cmpuint(selo_trace_hops(header), ==, headers[i].hops);
        g_assert_cmpint(selo_trace_was_delivered_to(header, "ann@example.org"), ==,
                        headers[i].is_delivered);
    }
}

static const struct {
    const char *network, *ip;
    gboolean want;
} networks[] = {
    { "10.0.0.0/8", "10.255.0.1", TRUE },   { "10.0.0.0/8", "11.0.0.1", FALSE },
    { "192.0.2.7", "192.0.2.7", TRUE },     { "192.0.2.7", "192.0.2.8", FALSE },
    { "2001:db8::/32", "2001:db8::1", TRUE }, { "2001:db8::/32", "2001:db9::1", FALSE },
    { "10.0.0.0/8", "2001:db8::1", FALSE }, { "10.0.0.0/8", "not an address", FALSE },
    { "10.0.0.0/8", NULL, FALSE },
};

static void
test_networks(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(networks); i++) {
        const SeloStr one = { networks[i].network, strlen(networks[i].network) };

        g_assert_cmpint(selo_routing_networks_contain((SeloStrs){ &one, 1 }, networks[i].ip), ==,
                        networks[i].want);
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/mail/trace/headers", test_headers);
    g_test_add_func("/mail/routing/networks", test_networks);
    return g_test_run();
}
