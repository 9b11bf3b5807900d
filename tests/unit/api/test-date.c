/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-date.c: dates as RFC 5322 section 3.3 and senders write them.
 */
#include "config.h"

#include <selo/message.h>
#include <string.h>

#include "tests/lib/selo-test.h"

typedef struct {
    const char *name, *value;
    int64_t seconds; /* 0 = not a date */
    int zone;
} DateCase;

/* clang-format off */
static const DateCase cases[] = {
    { "plain",       "Tue, 24 Nov 2026 21:32:58 +0000", 1795555978, 0 },
    { "zone",        "Tue, 24 Nov 2026 22:32:58 +0100", 1795555978, 60 },
    { "west",        "24 Nov 2026 16:02:58 -0530", 1795555978, -330 },
    { "no-seconds",  "Tue, 24 Nov 2026 21:32 +0000", 1795555920, 0 },
    { "comment",     "Tue, 24 Nov 2026 21:32:58 +0000 (UTC)", 1795555978, 0 },
    { "comments",    "(a(b)) Tue (c), 24 (d) Nov 2026 (e) 21 : 32 : 58 (f) +0000", 1795555978, 0 },
    { "folded",      "Tue,\r\n 24 Nov\r\n\t2026 21:32:58 +0000", 1795555978, 0 },
    { "gmt",         "Tue, 24 Nov 2026 21:32:58 GMT", 1795555978, 0 },
    { "est",         "Tue, 24 Nov 2026 16:32:58 EST", 1795555978, -300 },
    { "military",    "Tue, 24 Nov 2026 21:32:58 Z", 1795555978, 0 },
    { "no-zone",     "24 Nov 2026 21:32:58", 1795555978, 0 },
    { "two-digits",  "24 Nov 26 21:32:58 +0000", 1795555978, 0 },
    { "last-century", "24 Nov 97 00:00:00 +0000", 880329600, 0 },
    { "three-digits", "24 Nov 126 21:32:58 +0000", 1795555978, 0 },
    { "asctime",     "Tue Nov 24 21:32:58 2026", 1795555978, 0 },
    { "ctime-zone",  "Tue Nov 24 16:32:58 EST 2026", 1795555978, -300 },
    { "dashes",      "24-Nov-2026 21:32:58 +0000", 1795555978, 0 },
    { "iso",         "2026-11-24T21:32:58Z", 1795555978, 0 },
    { "colon-zone",  "Tue, 24 Nov 2026 22:32:58 +01:00", 1795555978, 60 },
    { "leap-second", "31 Dec 2016 23:59:60 +0000", 1483228800, 0 },
    { "leap-day",    "29 Feb 2024 00:00:00 +0000", 1709164800, 0 },
    { "no-leap-day", "29 Feb 2023 00:00:00 +0000", 0, 0 },
    { "before-1970", "31 Dec 1969 23:59:59 +0000", -1, 0 },
    { "bad-month",   "24 Foo 2026 21:32:58 +0000", 0, 0 },
    { "bad-hour",    "24 Nov 2026 24:32:58 +0000", 0, 0 },
    { "empty",       "", 0, 0 },
    { "word",        "yesterday", 0, 0 },
    { "digits",      "99999999999999999999", 0, 0 },
};
/* clang-format on */

static void
test_parse(gconstpointer data)
{
    const DateCase *c = data;
    int zone = 0;
    SeloTime time = selo_date_parse((SeloStr){ c->value, strlen(c->value) }, &zone);

    g_assert_cmpint(time.usec, ==, c->seconds * G_USEC_PER_SEC);
    g_assert_cmpint(zone, ==, c->zone);
}

/* Any beginning of a date is read or refused, never read past its end. */
static void
test_cut(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        size_t size = strlen(cases[i].value);

        for (size_t cut = 0; cut < size; cut++) {
            g_autofree char *copy = g_memdup2(cases[i].value, MAX(cut, 1));

            selo_date_parse((SeloStr){ copy, cut }, NULL);
        }
    }
}

static void
test_print(void)
{
    char text[32];

    selo_date_print((SeloTime){ INT64_C(1795555978) * G_USEC_PER_SEC }, text, sizeof text);
    g_assert_cmpstr(text, ==, "Tue, 24 Nov 2026 21:32:58 +0000");
    selo_date_print((SeloTime){ -1 }, text, sizeof text);
    g_assert_cmpstr(text, ==, "Wed, 31 Dec 1969 23:59:59 +0000");
    for (int64_t day = -25000; day < 60000; day += 13) {
        SeloTime time = { (day * 86400 + 3723) * G_USEC_PER_SEC };

        selo_date_print(time, text, sizeof text);
        g_assert_cmpint(selo_date_parse((SeloStr){ text, strlen(text) }, NULL).usec, ==, time.usec);
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/message/date/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_parse);
    }
    g_test_add_func("/message/date/cut", test_cut);
    g_test_add_func("/message/date/print", test_print);
    return g_test_run();
}
