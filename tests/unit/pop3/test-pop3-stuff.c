/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-pop3-stuff.c: messages on their way out, in pieces of every size.
 */
#include "config.h"

#include <string.h>

#include "plugins/pop3/pop3-stuff.h"
#include "tests/lib/selo-test.h"

#define ALL G_MAXUINT64

typedef struct {
    const char *name, *message;
    guint64 lines;
    const char *want;
} StuffCase;

static const StuffCase cases[] = {
    { "plain", "A: b\r\n\r\nx\r\n", ALL, "A: b\r\n\r\nx\r\n.\r\n" },
    { "no-end-of-line", "A: b\r\n\r\nx", ALL, "A: b\r\n\r\nx\r\n.\r\n" },
    { "dots", ".a\r\n..\r\n.\r\nx.\r\n", ALL, "..a\r\n...\r\n..\r\nx.\r\n.\r\n" },
    { "dot-only", ".", ALL, "..\r\n.\r\n" },
    { "empty", "", ALL, ".\r\n" },
    { "empty-line", "\r\n", ALL, "\r\n.\r\n" },
    { "top-0", "A: b\r\nC: d\r\n\r\nx\r\ny\r\n", 0, "A: b\r\nC: d\r\n\r\n.\r\n" },
    { "top-1", "A: b\r\n\r\nx\r\ny\r\n", 1, "A: b\r\n\r\nx\r\n.\r\n" },
    { "top-dot", "A: b\r\n\r\n.x\r\ny\r\n", 1, "A: b\r\n\r\n..x\r\n.\r\n" },
    { "top-more-than-there-is", "A: b\r\n\r\nx\r\n", 9, "A: b\r\n\r\nx\r\n.\r\n" },
    { "top-empty-lines", "A: b\r\n\r\n\r\n\r\nx\r\n", 2, "A: b\r\n\r\n\r\n\r\n.\r\n" },
    { "top-no-body", "A: b\r\nC: d", 3, "A: b\r\nC: d\r\n.\r\n" },
    { "top-two-crs", "A: b\n\r\r\nx\r\n\r\ny\r\nz\r\n", 1, "A: b\n\r\r\nx\r\n\r\ny\r\n.\r\n" },
    { "top-cr-in-header", "A: b\r\n\rx\r\n\r\ny\r\nz\r\n", 1, "A: b\r\n\rx\r\n\r\ny\r\n.\r\n" },
};

static void
test_stuff(gconstpointer data)
{
    const StuffCase *c = data;
    const gsize size = strlen(c->message);

    for (gsize step = 1; step <= size + 1; step++) {
        g_autoptr(GString) out = g_string_new(NULL);
        gboolean goes_on = TRUE;
        Pop3Stuffer stuffer;

        pop3_stuffer_init(&stuffer, c->lines);
        for (gsize at = 0; at < size && goes_on; at += step)
            goes_on = pop3_stuffer_add(&stuffer, c->message + at, MIN(step, size - at), out);
        pop3_stuffer_end(&stuffer, out);
        g_assert_cmpstr(out->str, ==, c->want);
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/pop3/stuff/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_stuff);
    }
    return g_test_run();
}
