/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-mutf7.c: both ways, and every form that must be refused.
 */
#include "config.h"

#include "plugins/common/mutf7.h"

#include <string.h>

#include "tests/lib/selo-test.h"

static const struct {
    const char *name, *stored;
} pairs[] = {
    { "Plain", "Plain" },
    { "", "" },
    { "A & B", "A &- B" },
    { "Entw\303\274rfe", "Entw&APw-rfe" },
    { "Tést", "T&AOk-st" },
    { "日本語", "&ZeVnLIqe-" },
    { "~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-" }, /* RFC 3501 section 5.1.3 */
    { "\360\237\223\247", "&2D3c5w-" },                               /* a surrogate pair */
    { "a\tb", "a&AAk-b" },
};

static const char *const refused[] = {
    "&",          /* no end */
    "&AOk",       /* no end */
    "&AGE-",      /* "a" needs no base64 */
    "&AAA-",      /* NUL */
    "&2D0-",      /* half a pair */
    "&3Oc-",      /* the other half */
    "&2D0A6Q-",   /* half a pair, then something else */
    "&AOkA6g&AOs-", /* not a digit */
    "&AOk-&AOo-", /* could be one run */
    "&AOl-",      /* padding bits are not zero */
    "&AOkA-",     /* a digit too many */
    "&A-",
    "&AO=-",
    "caf\303\251", /* eight bits */
    "a\nb",
};

static void
test_pairs(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *stored = mutf7_encode(SELO_STR(pairs[i].name));
        g_autofree char *name = mutf7_decode(SELO_STR(pairs[i].stored));

        g_assert_cmpstr(stored, ==, pairs[i].stored);
        g_assert_cmpstr(name, ==, pairs[i].name);
    }
}

static void
test_refused(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *name = mutf7_decode(SELO_STR(refused[i]));

        g_assert_null(name);
    }
    g_assert_null(mutf7_encode(SELO_STR("\377")));
}

/* Every beginning of a stored name is a name by itself or is refused, and never reads on. */
static void
test_cut_short(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        for (size_t len = 0; len < strlen(pairs[i].stored); len++) {
            g_autofree char *exact = g_memdup2(pairs[i].stored, MAX(len, 1));
            g_autofree char *name = mutf7_decode((SeloStr){ exact, len });
            g_autofree char *again = name != NULL ? mutf7_encode(SELO_STR(name)) : NULL;

            if (name != NULL)
                g_assert_cmpmem(again, strlen(again), pairs[i].stored, len);
        }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/common/mutf7/pairs", test_pairs);
    g_test_add_func("/common/mutf7/refused", test_refused);
    g_test_add_func("/common/mutf7/cut-short", test_cut_short);
    return g_test_run();
}
