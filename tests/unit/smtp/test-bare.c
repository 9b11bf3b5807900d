/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-bare.c: bare CR and LF in chunks, in memory and in a file, with line ends over the border of what is
 * read at once.
 */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plugins/smtp/smtp-session.h"
#include "tests/lib/selo-test.h"

static const struct {
    const char *octets;
    gboolean want;
} cases[] = {
    { "", FALSE },         { "a", FALSE },          { "\r\n", FALSE },  { "a\r\nb\r\n", FALSE },
    { "\r\n\r\n", FALSE }, { "\n", TRUE },          { "\r", TRUE },     { "a\nb\r\n", TRUE },
    { "a\rb\r\n", TRUE },  { "\r\n\n", TRUE },      { "\r\r\n", TRUE }, { "\r\n\r", TRUE },
    { "a\r\nb\n", TRUE },  { "a\r\nb\r\rc", TRUE }, { "\n\r", TRUE },
};

static gboolean
has_bare_in_file(const char *octets, size_t size)
{
    int fd = memfd_create("message", MFD_CLOEXEC);
    SeloBlob blob = { .size = size, .fd = { .fd = fd } };
    gboolean has_bare;

    g_assert_cmpint(write(fd, octets, size), ==, (ssize_t) size);
    has_bare = selo_smtp_has_bare(&blob);
    close(fd);
    return has_bare;
}

static void
test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SeloBlob blob = { .octets = cases[i].octets,
                          .size = strlen(cases[i].octets),
                          .fd = { -1, 0 } };

        g_assert_cmpint(selo_smtp_has_bare(&blob), ==, cases[i].want);
        g_assert_cmpint(has_bare_in_file(cases[i].octets, blob.size), ==, cases[i].want);
    }
}

/* Each case at each place near the border of two reads. */
static void
test_borders(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t before = 16380; before < 16386; before++) {
            g_autofree char *padding = g_strnfill(before, 'x');
            g_autofree char *octets = g_strconcat(padding, cases[i].octets, NULL);

            g_assert_cmpint(has_bare_in_file(octets, strlen(octets)), ==, cases[i].want);
        }
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/smtp/bare/cases", test_cases);
    g_test_add_func("/smtp/bare/borders", test_borders);
    return g_test_run();
}
