/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-event.c: the form of a log line, and that no value can forge one.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "server/base/selo-event.h"
#include "tests/lib/selo-test.h"

static int log_ends[2];

/* The one line that @write_it made, without its time. */
static char *
read_line(void)
{
    char octets[8192];
    ssize_t n = read(log_ends[0], octets, sizeof octets);
    const char *after_time;

    g_assert_cmpint(n, >, 25);
    g_assert_cmpint(octets[n - 1], ==, '\n');
    g_assert_null(memchr(octets, '\n', (size_t) n - 1));
    g_assert_cmpint(octets[10], ==, 'T');
    g_assert_cmpint(octets[23], ==, 'Z');
    after_time = octets + 25;
    return g_strndup(after_time, (gsize) (octets + n - 1 - after_time));
}

typedef struct {
    const char *name, *value, *want;
} ValueCase;

static const ValueCase value_cases[] = {
    { "plain", "ann@example.org", "user=ann@example.org" },
    { "empty", "", "user=\"\"" },
    { "blank", "a b", "user=\"a b\"" },
    { "equals", "a=b", "user=\"a=b\"" },
    { "quote", "a\"b\\", "user=\"a\\\"b\\\\\"" },
    { "newline", "x\n2026 info forged", "user=\"x\\n2026 info forged\"" },
    { "control", "\x1b[31m\r", "user=\"\\x1b[31m\\r\"" },
    { "control-of-8-bits", "\xc2\x9b" "31m", "user=\"\\xc2\\x9b31m\"" },
    { "utf-8", "j\xc3\xbcrgen", "user=j\xc3\xbcrgen" },
};

static void
test_value(gconstpointer data)
{
    const ValueCase *c = data;
    g_autofree char *want =
        g_strdup_printf("info worker[%d] login-failed id=3fQk2a.1 %s", (int) getpid(), c->want);
    g_autofree char *got = NULL;

    selo_event(G_LOG_LEVEL_INFO, "login-failed", "3fQk2a.1", "user", c->value, "absent", NULL,
               NULL);
    got = read_line();
    g_assert_cmpstr(got, ==, want);
}

static void
test_cut(void)
{
    g_autofree char *value = g_strnfill(100000, 'x');
    g_autofree char *got = NULL;

    selo_event(G_LOG_LEVEL_INFO, "e", NULL, "a", value, "b", value, NULL);
    got = read_line();
    g_assert_cmpuint(strlen(got), <, 1200);
    g_assert_true(g_str_has_suffix(got, "xxx...\""));
}

static void
test_level(void)
{
    g_autofree char *got = NULL;

    g_assert_false(selo_event_is_wanted(G_LOG_LEVEL_DEBUG));
    g_assert_true(selo_event_is_wanted(G_LOG_LEVEL_WARNING));
    selo_event(G_LOG_LEVEL_DEBUG, "unwanted", NULL, NULL);
    selo_event(G_LOG_LEVEL_WARNING, "wanted", NULL, NULL);
    got = read_line();
    g_assert_true(g_str_has_prefix(got, "warning worker["));
}

static void
test_glib_message(void)
{
    g_autofree char *got = NULL;

    g_log_structured("GLib", G_LOG_LEVEL_MESSAGE, "MESSAGE", "%s", "two words");
    got = read_line();
    g_assert_true(g_str_has_suffix(got, "] message domain=GLib text=\"two words\"") ||
                  g_str_has_suffix(got, "] message text=\"two words\" domain=GLib"));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_assert_no_errno(pipe(log_ends));
    selo_event_start("worker", log_ends[1], G_LOG_LEVEL_INFO);
    for (size_t i = 0; i < G_N_ELEMENTS(value_cases); i++) {
        g_autofree char *path = g_strconcat("/base/event/value/", value_cases[i].name, NULL);

        g_test_add_data_func(path, &value_cases[i], test_value);
    }
    g_test_add_func("/base/event/cut", test_cut);
    g_test_add_func("/base/event/level", test_level);
    g_test_add_func("/base/event/glib-message", test_glib_message);
    return g_test_run();
}
