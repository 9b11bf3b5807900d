/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-config-file.c: the line reader: what it takes, with lines; what it refuses, all at once;
 * every truncation; and that GKeyFile takes whatever it takes.
 */
#include "config.h"

#include <string.h>

#include "server/config/selo-config-file.h"
#include "server/config/selo-fault.h"
#include "tests/lib/selo-test.h"

static const char good[] = "# a site\n"
                           "\n"
                           "[server]\n"
                           "hostname = mail.example.org  \n"
                           "[listener mx]\r\n"
                           "plugin=smtp\r\n"
                           "address = *:25, [::1]:25\n"
                           "filters =\n"
                           "  [filter   clamav domain=Example.ORG]\n"
                           "action = quarantine\n"
                           "[filter r]\n"
                           "pattern = ^\\d+ = \"x\";$\n"
                           "[server]\n"
                           "postmaster = p\xc3\xb6@example.org";

static const SeloConfigSection *
get(const GPtrArray *sections, guint index)
{
    return sections->pdata[index];
}

static const SeloConfigLine *
get_line(const GPtrArray *sections, guint section, guint index)
{
    return get(sections, section)->lines->pdata[index];
}

static void
test_good(void)
{
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autoptr(GPtrArray) sections = selo_config_file_parse(good, strlen(good), "selo.conf", faults);

    g_assert_cmpuint(faults->len, ==, 0);
    g_assert_cmpuint(sections->len, ==, 4);
    g_assert_cmpstr(get(sections, 0)->head, ==, "server");
    g_assert_cmpuint(get(sections, 0)->lines->len, ==, 2); /* goes on below */
    g_assert_cmpuint(get_line(sections, 0, 1)->line, ==, 14);
    g_assert_cmpstr(get_line(sections, 0, 0)->value, ==, "mail.example.org");
    g_assert_cmpstr(get_line(sections, 1, 0)->value, ==, "smtp");
    g_assert_cmpstr(get_line(sections, 1, 2)->value, ==, "");
    g_assert_cmpstr(get(sections, 2)->head, ==, "filter clamav domain=Example.ORG");
    g_assert_cmpstr(get(sections, 2)->name, ==, "clamav");
    g_assert_cmpuint(get(sections, 2)->selector, ==, SELO_SELECTOR_DOMAIN);
    g_assert_cmpstr(get(sections, 2)->selector_value, ==, "example.org");
    g_assert_cmpstr(get_line(sections, 3, 0)->value, ==, "^\\d+ = \"x\";$");
}

static const char bad[] = "early = yes\n"            /* 1 */
                          "[sever]\n"                /* 2 */
                          "skipped = yes\n"          /* 3: no fault of its own */
                          "[listener]\n"             /* 4 */
                          "[filter x speed=fast]\n"  /* 5 */
                          "[filter x domain=]\n"     /* 6 */
                          "[server\n"                /* 7 */
                          "[server]\n"               /* 8 */
                          "hostname\n"               /* 9 */
                          "Hostname = a\n"           /* 10 */
                          "hostname = a\n"           /* 11 */
                          "hostname = b\n"           /* 12 */
                          "[tls] trailing ]\n"       /* 13 */
                          "[server x]\n"             /* 14 */
                          "[route]\n"                /* 15 */
                          "default = out # really\n" /* 16: a warning */
                          "x = \xff\n";              /* 17 */

static const char *const bad_faults[] = {
    "f:1: early: key before the first [section]",
    "f:2: [sever] unknown section \"sever\"; did you mean \"server\"?",
    "f:4: [listener] section needs a name: [listener NAME]",
    "f:5: [filter x speed=fast] unknown selector \"speed\"; expected listener, domain or user",
    "f:6: [filter x domain=] selector \"domain\" names nothing",
    "f:7: section head without \"]\"",
    "f:9: expected \"key = value\", a [section] or a # comment",
    "f:10: [server] Hostname: a key has lower case letters, digits and hyphens only",
    "f:12: [server] hostname: already set in line 11",
    "f:13: brackets or tabs inside a section head",
    "f:14: [server x] \"x\" does not belong into a section head",
    "f:16: warning: [route] default: \"#\" is part of the value; a comment needs its own line",
    "f:17: not UTF-8 text",
};

static void
test_bad(void)
{
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autoptr(GPtrArray) sections = selo_config_file_parse(bad, strlen(bad), "f", faults);

    for (guint i = 0; i < MIN(faults->len, G_N_ELEMENTS(bad_faults)); i++) {
        g_autofree char *text = selo_fault_format(faults->pdata[i]);

        g_assert_cmpstr(text, ==, bad_faults[i]);
    }
    g_assert_cmpuint(faults->len, ==, G_N_ELEMENTS(bad_faults));
    g_assert_cmpuint(selo_faults_count(faults), ==, G_N_ELEMENTS(bad_faults) - 1);
}

static void
test_truncated(void)
{
    for (gsize cut = 0; cut < strlen(good); cut++) {
        g_autoptr(GPtrArray) faults = selo_faults_new();
        g_autofree char *copy = g_memdup2(good, cut); /* no octet more: reading on would show */
        g_autoptr(GPtrArray) sections = selo_config_file_parse(copy, cut, "f", faults);

        g_assert_cmpuint(sections->len, <=, 4);
        g_assert_cmpuint(faults->len, <=, 1);
    }
}

static void
test_limits(void)
{
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autofree char *line = g_strnfill(SELO_CONFIG_MAX_LINE + 1, 'a');
    g_autofree char *file = g_strnfill(SELO_CONFIG_MAX_FILE + 1, '\n');
    g_autoptr(GString) many = g_string_new("[server]\n");
    g_autoptr(GPtrArray) first = selo_config_file_parse(line, strlen(line), "f", faults);
    g_autoptr(GPtrArray) second = selo_config_file_parse(file, strlen(file), "f", faults);
    g_autoptr(GPtrArray) third = NULL;
    g_autoptr(GPtrArray) zero = selo_config_file_parse("a\0b", 3, "f", faults);

    g_assert_cmpuint(faults->len, ==, 3);
    for (guint i = 0; i < 100000; i++)
        g_string_append(many, "b\n");
    third = selo_config_file_parse(many->str, many->len, "f", faults);
    g_assert_cmpuint(faults->len, ==, 1001); /* and the last says that there are more */
}

/* Whatever is accepted here GKeyFile accepts too, with the same values. */
static void
test_key_file(void)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *value = NULL;
    g_autoptr(GError) error = NULL;

    g_key_file_load_from_data(file, good, strlen(good), G_KEY_FILE_NONE, &error);
    g_assert_no_error(error);
    value = g_key_file_get_value(file, "listener mx", "address", NULL);
    g_assert_cmpstr(value, ==, "*:25, [::1]:25");
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/config/file/good", test_good);
    g_test_add_func("/config/file/bad", test_bad);
    g_test_add_func("/config/file/truncated", test_truncated);
    g_test_add_func("/config/file/limits", test_limits);
    g_test_add_func("/config/file/key-file", test_key_file);
    return g_test_run();
}
