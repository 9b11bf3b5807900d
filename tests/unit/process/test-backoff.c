/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-backoff.c: the waits between restarts.
 */
#include "config.h"

#include "server/process/selo-backoff.h"
#include "tests/lib/selo-test.h"

static void
test_doubles(void)
{
    static const gint64 want_ms[] = { 100,  200,   400,   800,   1600,  3200,
                                      6400, 12800, 25600, 51200, 60000, 60000 };
    SeloBackoff backoff = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(want_ms); i++)
        g_assert_cmpint(selo_backoff_next(&backoff, 1000), ==, want_ms[i] * 1000);
}

static void
test_healthy(void)
{
    SeloBackoff backoff = { 0 };

    for (int i = 0; i < 5; i++)
        selo_backoff_next(&backoff, 59 * G_USEC_PER_SEC);
    g_assert_cmpint(backoff.delay_usec, ==, 1600 * 1000);
    g_assert_cmpint(selo_backoff_next(&backoff, 60 * G_USEC_PER_SEC), ==, 100 * 1000);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/process/backoff/doubles", test_doubles);
    g_test_add_func("/process/backoff/healthy", test_healthy);
    return g_test_run();
}
