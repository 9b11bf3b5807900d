/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-pop3-uidl.c: unique-ids as Dovecot prints them, and formats that make none.
 */
#include "config.h"

#include "plugins/pop3/pop3-reply.h"
#include "plugins/pop3/pop3-uidl.h"
#include "tests/lib/selo-test.h"

#define LONG_GUID "0123456789012345678901234567890123456789012345678901234567890123456789x"

static void
test_formats(void)
{
    static const struct {
        const char *format, *guid, *want;
    } cases[] = {
        { "%08Xu%08Xv", "g", "000000026b03eee5" },
        { "%v.%u", "g", "1795419877.2" },
        { "%g", "1700000001.M1P1.host", "1700000001.M1P1.host" },
        { "%f", "1700000001.M1P1.host", "1700000001.M1P1.host" },
        { "UID%u-%v", "g", "UID2-1795419877" },
        { "%Xu", "g", "2" },
        { "%5u", "g", "000000026b03eee5" }, /* blanks are not graphic */
        { "%g", NULL, "000000026b03eee5" },
        { "%g", "a b", "000000026b03eee5" },
        { "%g", LONG_GUID, "000000026b03eee5" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Pop3UidlFormat) format = pop3_uidl_format_new(cases[i].format, &error);
        char id[POP3_UIDL_MAX + 1];

        g_assert_no_error(error);
        pop3_uidl_print(format, 2, 1795419877, cases[i].guid, id);
        g_assert_cmpstr(id, ==, cases[i].want);
    }
}

static void
test_refused(void)
{
    static const char *const bad[] = { "",   "%",       "%v",  "constant", "%08X",
                                       "%q", "%99999u", "%u%", "%m" };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(pop3_uidl_format_new(bad[i], &error));
        g_assert_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE);
    }
}

/* Every reply has a text that begins as RFC 1939 section 3 wants. */
static void
test_replies(void)
{
    for (guint i = 0; i < POP3_N_REPLIES; i++) {
        const char *line = pop3_reply_row((Pop3Reply) i)->line;

        g_assert_true(g_str_has_prefix(line, "+OK") || g_str_has_prefix(line, "-ERR "));
        g_assert_true(g_str_is_ascii(line));
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/pop3/uidl/formats", test_formats);
    g_test_add_func("/pop3/uidl/refused", test_refused);
    g_test_add_func("/pop3/replies", test_replies);
    return g_test_run();
}
