/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-rate.c: counting clients by the minute.
 */
#include "config.h"

#include "plugins/smtp/smtp-rate.h"
#include "tests/lib/selo-test.h"

#define MINUTE (60 * G_USEC_PER_SEC)

static void
test_window(void)
{
    g_autoptr(SeloSmtpRate) rate = selo_smtp_rate_new();

    g_assert_true(selo_smtp_rate_take(rate, "192.0.2.1", 2, 1));
    g_assert_true(selo_smtp_rate_take(rate, "192.0.2.1", 2, 2));
    g_assert_false(selo_smtp_rate_take(rate, "192.0.2.1", 2, 3));
    g_assert_true(selo_smtp_rate_take(rate, "192.0.2.2", 2, 3));
    g_assert_false(selo_smtp_rate_take(rate, "192.0.2.1", 2, MINUTE));
    g_assert_true(selo_smtp_rate_take(rate, "192.0.2.1", 2, MINUTE + 1));
}

static void
test_networks(void)
{
    g_autoptr(SeloSmtpRate) rate = selo_smtp_rate_new();

    g_assert_true(selo_smtp_rate_take(rate, "2001:db8:1:2::1", 1, 1));
    g_assert_false(selo_smtp_rate_take(rate, "2001:db8:1:2:3::9", 1, 1));
    g_assert_true(selo_smtp_rate_take(rate, "2001:db8:1:3::1", 1, 1));
}

static void
test_uncounted(void)
{
    g_autoptr(SeloSmtpRate) rate = selo_smtp_rate_new();

    for (int i = 0; i < 3; i++) {
        g_assert_true(selo_smtp_rate_take(rate, "192.0.2.1", 0, 1));
        g_assert_true(selo_smtp_rate_take(rate, "", 1, 1));
        g_assert_true(selo_smtp_rate_take(rate, NULL, 1, 1));
    }
}

/* More clients than there is room for: the first are still counted, and room comes with time. */
static void
test_bound(void)
{
    g_autoptr(SeloSmtpRate) rate = selo_smtp_rate_new();
    char address[32];

    for (unsigned i = 0; i < 70000; i++) {
        g_snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        g_assert_true(selo_smtp_rate_take(rate, address, 1, 1));
    }
    g_assert_false(selo_smtp_rate_take(rate, "10.0.0.1", 1, 1));
    g_assert_true(selo_smtp_rate_take(rate, "10.1.16.1", 1, MINUTE + 2));
    g_assert_false(selo_smtp_rate_take(rate, "10.1.16.1", 1, MINUTE + 2));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/smtp/rate/window", test_window);
    g_test_add_func("/smtp/rate/networks", test_networks);
    g_test_add_func("/smtp/rate/uncounted", test_uncounted);
    g_test_add_func("/smtp/rate/bound", test_bound);
    return g_test_run();
}
