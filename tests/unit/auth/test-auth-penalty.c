/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-auth-penalty.c: how failed logins are slowed, with a clock of the test's own.
 */
#include "config.h"

#include "server/auth/selo-auth-penalty.h"
#include "tests/lib/selo-test.h"

#define SECOND  G_USEC_PER_SEC
#define OUTSIDE "192.0.2.7"

static gint64
fail(SeloAuthPenalties *penalties, const char *ip, const char *user, gint64 now)
{
    const gint64 delay = selo_auth_penalties_fail(penalties, ip, user, now);

    selo_auth_penalties_answered(penalties, ip, user);
    return delay / SECOND;
}

static void
test_growing(void)
{
    SeloAuthPenalties *penalties = selo_auth_penalties_new();

    g_assert_cmpint(fail(penalties, OUTSIDE, "ann", SECOND), ==, 2);
    g_assert_cmpint(fail(penalties, OUTSIDE, "bob", SECOND), ==, 4);        /* the address counts */
    g_assert_cmpint(fail(penalties, "198.51.100.1", "ann", SECOND), ==, 4); /* and the user */
    g_assert_cmpint(fail(penalties, OUTSIDE, "cid", SECOND), ==, 8);
    g_assert_cmpint(fail(penalties, OUTSIDE, "dan", SECOND), ==, 15);
    g_assert_cmpint(fail(penalties, OUTSIDE, "eve", SECOND), ==, 15);
    selo_auth_penalties_free(penalties);
}

static void
test_forgotten(void)
{
    SeloAuthPenalties *penalties = selo_auth_penalties_new();

    fail(penalties, OUTSIDE, "ann", SECOND);
    g_assert_cmpint(fail(penalties, OUTSIDE, "ann", 16 * 60 * SECOND), ==, 2);
    selo_auth_penalties_forgive(penalties, "ann");
    g_assert_cmpint(fail(penalties, "198.51.100.1", "ann", 16 * 60 * SECOND), ==, 2);
    selo_auth_penalties_free(penalties);
}

static void
test_networks(void)
{
    SeloAuthPenalties *penalties = selo_auth_penalties_new();

    fail(penalties, "2001:db8:0:1::1", "ann", SECOND); /* a /64 is one customer */
    g_assert_cmpint(fail(penalties, "2001:db8:0:1:ffff::2", "bob", SECOND), ==, 4);
    g_assert_cmpint(fail(penalties, "2001:db8:0:2::1", "cid", SECOND), ==, 2);
    fail(penalties, "127.0.0.1", "dan", SECOND); /* loopback has no penalty of its own */
    g_assert_cmpint(fail(penalties, "127.0.0.1", "eve", SECOND), ==, 2);
    g_assert_cmpint(fail(penalties, "::1", "fay", SECOND), ==, 2);
    g_assert_cmpint(fail(penalties, "::ffff:127.0.0.1", "gus", SECOND), ==, 2);
    g_assert_cmpint(fail(penalties, "::1", "fay", SECOND), ==, 4);
    g_assert_cmpint(fail(penalties, "not an address", "x", SECOND), ==, 2);
    g_assert_cmpint(fail(penalties, "", "y", SECOND), ==, 2);
    selo_auth_penalties_free(penalties);
}

static void
test_flood(void)
{
    SeloAuthPenalties *penalties = selo_auth_penalties_new();

    for (int i = 0; i < 16; i++) {
        g_assert_true(selo_auth_penalties_admit(penalties, OUTSIDE, "ann", SECOND));
        selo_auth_penalties_fail(penalties, OUTSIDE, "ann", SECOND);
    }
    g_assert_false(selo_auth_penalties_admit(penalties, OUTSIDE, "bob", SECOND));
    /* Ann herself, from elsewhere, is let through. */
    g_assert_true(selo_auth_penalties_admit(penalties, "198.51.100.1", "ann", SECOND));
    selo_auth_penalties_answered(penalties, OUTSIDE, "ann");
    g_assert_true(selo_auth_penalties_admit(penalties, OUTSIDE, "bob", SECOND));
    selo_auth_penalties_free(penalties);
}

/* The tables do not grow without end. */
static void
test_bounded(void)
{
    SeloAuthPenalties *penalties = selo_auth_penalties_new();

    for (int i = 0; i < 120000; i++) {
        char ip[16], user[16];

        g_snprintf(ip, sizeof ip, "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
        g_snprintf(user, sizeof user, "u%d", i);
        fail(penalties, ip, user, SECOND);
    }
    g_assert_cmpint(fail(penalties, "10.0.0.0", "u0", SECOND), ==, 2); /* the oldest went */
    g_assert_cmpint(fail(penalties, "10.1.212.191", "new", SECOND), ==, 4);
    selo_auth_penalties_free(penalties);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/auth/penalty/growing", test_growing);
    g_test_add_func("/auth/penalty/forgotten", test_forgotten);
    g_test_add_func("/auth/penalty/networks", test_networks);
    g_test_add_func("/auth/penalty/flood", test_flood);
    g_test_add_func("/auth/penalty/bounded", test_bounded);
    return g_test_run();
}
