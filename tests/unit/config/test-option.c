/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-option.c: each type with what it takes, what it refuses and how it prints.
 */
#include "config.h"

#include <string.h>

#include "server/config/selo-fault.h"
#include "server/config/selo-option.h"
#include "tests/lib/selo-test.h"

typedef struct {
    SeloType type;
    const char *text;
    const char *printed; /* NULL: refused */
} TypeCase;

/* clang-format off */
static const TypeCase type_cases[] = {
    { SELO_TYPE_BOOL, "yes", "yes" },
    { SELO_TYPE_BOOL, "no", "no" },
    { SELO_TYPE_BOOL, "true", NULL },
    { SELO_TYPE_BOOL, "Yes", NULL },
    { SELO_TYPE_BOOL, "", NULL },
    { SELO_TYPE_INT, "-5", "-5" },
    { SELO_TYPE_INT, "9223372036854775807", "9223372036854775807" },
    { SELO_TYPE_INT, "9223372036854775808", NULL },
    { SELO_TYPE_INT, "5x", NULL },
    { SELO_TYPE_INT, "", NULL },
    { SELO_TYPE_UINT, "0", "0" },
    { SELO_TYPE_UINT, "-1", NULL },
    { SELO_TYPE_UINT, "1.5", NULL },
    { SELO_TYPE_SIZE, "0", "0" },
    { SELO_TYPE_SIZE, "25M", "25M" },
    { SELO_TYPE_SIZE, "1024K", "1M" },
    { SELO_TYPE_SIZE, "1023", "1023" },
    { SELO_TYPE_SIZE, "2T", "2T" },
    { SELO_TYPE_SIZE, "25 MB", NULL },
    { SELO_TYPE_SIZE, "25m", NULL },
    { SELO_TYPE_SIZE, "M", NULL },
    { SELO_TYPE_SIZE, "9999999999T", NULL },
    { SELO_TYPE_DURATION, "30s", "30s" },
    { SELO_TYPE_DURATION, "90s", "90s" },
    { SELO_TYPE_DURATION, "60s", "1min" },
    { SELO_TYPE_DURATION, "48h", "2d" },
    { SELO_TYPE_DURATION, "100ms", "100ms" },
    { SELO_TYPE_DURATION, "0s", "0ms" },
    { SELO_TYPE_DURATION, "30", NULL },
    { SELO_TYPE_DURATION, "1m", NULL },
    { SELO_TYPE_DURATION, "999999999999d", NULL },
    { SELO_TYPE_STRING, "", "" },
    { SELO_TYPE_STRING, "a \\d+ b", "a \\d+ b" },
    { SELO_TYPE_STRING, "\xff", NULL },
    { SELO_TYPE_TOKEN, "a-b", "a-b" },
    { SELO_TYPE_TOKEN, "a b", NULL },
    { SELO_TYPE_TOKEN, "", NULL },
    { SELO_TYPE_PATH, "/var/mail/%d/%n", "/var/mail/%d/%n" },
    { SELO_TYPE_PATH, "var/mail", NULL },
    { SELO_TYPE_PATH, "~/x", NULL },
    { SELO_TYPE_HOST, "Mail.Example.ORG", "mail.example.org" },
    { SELO_TYPE_HOST, "192.0.2.1", "192.0.2.1" },
    { SELO_TYPE_HOST, "2001:db8::1", "2001:db8::1" },
    { SELO_TYPE_HOST, "a..b", NULL },
    { SELO_TYPE_HOST, "-a", NULL },
    { SELO_TYPE_HOST, "a-", NULL },
    { SELO_TYPE_HOST, "a b", NULL },
    { SELO_TYPE_HOST, "a.", NULL },
    { SELO_TYPE_PORT, "25", "25" },
    { SELO_TYPE_PORT, "0", NULL },
    { SELO_TYPE_PORT, "65536", NULL },
    { SELO_TYPE_ADDRESS, "*:25", "*:25" },
    { SELO_TYPE_ADDRESS, "127.0.0.1:25", "127.0.0.1:25" },
    { SELO_TYPE_ADDRESS, "[::1]:25", "[::1]:25" },
    { SELO_TYPE_ADDRESS, "::1:25", NULL },
    { SELO_TYPE_ADDRESS, "*", NULL },
    { SELO_TYPE_ADDRESS, "mail:25", NULL },
    { SELO_TYPE_ADDRESS, "[127.0.0.1]:25", NULL },
    { SELO_TYPE_ADDRESS, "*:0", NULL },
    { SELO_TYPE_CIDR, "192.0.2.0/24", "192.0.2.0/24" },
    { SELO_TYPE_CIDR, "2001:db8::/32", "2001:db8::/32" },
    { SELO_TYPE_CIDR, "192.0.2.1", "192.0.2.1" },
    { SELO_TYPE_CIDR, "192.0.2.1/24", NULL },
    { SELO_TYPE_CIDR, "192.0.2.0/33", NULL },
    { SELO_TYPE_ENDPOINT, "unix:/run/x", "unix:/run/x" },
    { SELO_TYPE_ENDPOINT, "localhost:5432", "localhost:5432" },
    { SELO_TYPE_ENDPOINT, "[2001:db8::1]:53", "[2001:db8::1]:53" },
    { SELO_TYPE_ENDPOINT, "unix:run/x", NULL },
    { SELO_TYPE_ENDPOINT, "localhost", NULL },
    { SELO_TYPE_ENDPOINT, "*:25", NULL },
    { SELO_TYPE_DOMAIN, "Example.ORG", "example.org" },
    { SELO_TYPE_DOMAIN, "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
    { SELO_TYPE_DOMAIN, "192.0.2.1", NULL },
    { SELO_TYPE_DOMAIN, "a@b", NULL },
    { SELO_TYPE_DOMAIN, "", NULL },
    { SELO_TYPE_MAILBOX, "Ann@Example.ORG", "Ann@example.org" },
    { SELO_TYPE_MAILBOX, "ann", NULL },
    { SELO_TYPE_MAILBOX, "@example.org", NULL },
    { SELO_TYPE_MAILBOX, "a b@example.org", NULL },
    { SELO_TYPE_MAILBOX, "\"a b\"@example.org", "\"a b\"@example.org" },
    { SELO_TYPE_URL, "https://example.org/x", "https://example.org/x" },
    { SELO_TYPE_URL, "example", NULL },
    { SELO_TYPE_REGEX, "\\d+", "\\d+" },
    { SELO_TYPE_REGEX, "[a", NULL },
    { SELO_TYPE_SECRET, "file:/etc/x", "file:/etc/x" },
    { SELO_TYPE_SECRET, "credential:x", "credential:x" },
    { SELO_TYPE_SECRET, "hunter2", NULL },
    { SELO_TYPE_SECRET, "file:x", NULL },
    { SELO_TYPE_SECRET, "credential:../x", NULL },
    { SELO_TYPE_TABLE, "aliases", "aliases" },
    { SELO_TYPE_STORE, "a b", NULL },
    { SELO_TYPE_AUTH, "", NULL },
};
/* clang-format on */

static void
test_type(gconstpointer data)
{
    const TypeCase *c = data;
    g_autoptr(GVariant) value = selo_type_parse(c->type, c->text);
    g_autofree char *printed = NULL, *again = NULL;
    g_autoptr(GVariant) reparsed = NULL;

    if (c->printed == NULL) {
        g_assert_null(value);
        return;
    }
    g_assert_nonnull(value);
    g_variant_ref_sink(value);
    printed = selo_type_print(c->type, value);
    g_assert_cmpstr(printed, ==, c->printed);
    reparsed = selo_type_parse(c->type, printed); /* what is printed can be written into the file */
    g_assert_nonnull(reparsed);
    again = selo_type_print(c->type, g_variant_ref_sink(reparsed));
    g_assert_cmpstr(again, ==, printed);
}

/* No type name without its row, none twice. */
static void
test_names(void)
{
    for (guint type = 0; type < SELO_N_TYPES; type++) {
        SeloType found = SELO_N_TYPES;

        g_assert_true(selo_type_from_name(selo_type_name((SeloType) type), &found));
        g_assert_cmpuint(found, ==, type);
    }
}

typedef struct {
    const char *name;
    SeloType type, of;
    const char *min, *max, *pattern, *values, *text;
    const char *want; /* printed, or why not */
    gboolean is_refused;
} OptionCase;

/* clang-format off */
static const OptionCase option_cases[] = {
    { "in-range", SELO_TYPE_SIZE, SELO_N_TYPES, "1M", "1G", NULL, "", "25M", "25M", FALSE },
    { "too-small", SELO_TYPE_SIZE, SELO_N_TYPES, "1M", "1G", NULL, "", "1K",
      "expected a size such as 25M, at least 1M, at most 1G", TRUE },
    { "too-large", SELO_TYPE_SIZE, SELO_N_TYPES, NULL, "1G", NULL, "", "2G",
      "expected a size such as 25M, at most 1G", TRUE },
    { "at-limit", SELO_TYPE_DURATION, SELO_N_TYPES, "1s", "1min", NULL, "", "60s", "1min", FALSE },
    { "pattern", SELO_TYPE_TOKEN, SELO_N_TYPES, NULL, NULL, "a|b", "", "b", "b", FALSE },
    { "pattern-whole", SELO_TYPE_TOKEN, SELO_N_TYPES, NULL, NULL, "a|b", "", "ab",
      "expected one word without blanks that matches a|b", TRUE },
    { "enum", SELO_TYPE_ENUM, SELO_N_TYPES, NULL, NULL, NULL, "mx lmtp", "mx", "mx", FALSE },
    { "enum-unknown", SELO_TYPE_ENUM, SELO_N_TYPES, NULL, NULL, NULL, "a b c", "d",
      "expected a, b or c", TRUE },
    { "list", SELO_TYPE_LIST, SELO_TYPE_ADDRESS, NULL, NULL, NULL, "", " *:25 ,[::1]:25",
      "*:25, [::1]:25", FALSE },
    { "list-empty", SELO_TYPE_LIST, SELO_TYPE_TOKEN, NULL, NULL, NULL, "", "", "", FALSE },
    { "list-comma", SELO_TYPE_LIST, SELO_TYPE_STRING, NULL, NULL, NULL, "", "a\\,b,c",
      "a\\,b, c", FALSE },
    { "list-hole", SELO_TYPE_LIST, SELO_TYPE_TOKEN, NULL, NULL, NULL, "", "a,,b",
      "empty item in the list", TRUE },
    { "list-end", SELO_TYPE_LIST, SELO_TYPE_TOKEN, NULL, NULL, NULL, "", "a,",
      "empty item in the list", TRUE },
    { "list-item", SELO_TYPE_LIST, SELO_TYPE_PORT, NULL, NULL, NULL, "", "25,x",
      "item \"x\": expected a port from 1 to 65535", TRUE },
};
/* clang-format on */

static void
test_option(gconstpointer data)
{
    const OptionCase *c = data;
    g_autoptr(SeloOption) option = selo_option_new();
    g_auto(GStrv) values = g_strsplit(c->values, " ", -1);
    g_autoptr(GVariant) value = NULL;
    g_autofree char *why = NULL, *printed = NULL;

    option->name = g_strdup(c->name);
    option->type = c->type;
    option->of = c->of;
    option->min = g_strdup(c->min);
    option->max = g_strdup(c->max);
    option->pattern = g_strdup(c->pattern);
    for (char **word = values; *word != NULL; word++)
        g_ptr_array_add(option->values, selo_named_new(*word, NULL));
    g_assert_true(selo_option_compile(option));
    value = selo_option_parse(option, c->text, &why);
    g_assert_cmpint(value == NULL, ==, c->is_refused);
    if (value != NULL)
        printed = selo_option_print(option, value);
    g_assert_cmpstr(value != NULL ? printed : why, ==, c->want);
}

static void
test_nearest(void)
{
    static const char *const known[] = { "action", "server", "max-size", "on-failure" };

    g_assert_cmpstr(selo_nearest("acton", known, 4), ==, "action");
    g_assert_cmpstr(selo_nearest("sever", known, 4), ==, "server");
    g_assert_cmpstr(selo_nearest("maxsize", known, 4), ==, "max-size");
    g_assert_null(selo_nearest("filter", known, 4));
    g_assert_null(selo_nearest("", known, 4));
    g_assert_null(selo_nearest("xy", known, 4)); /* a third of two is none */
    g_assert_null(selo_nearest(
        "a-word-that-is-far-longer-than-sixty-four-octets-and-nobody-would-name-so", known, 4));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(type_cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/config/type/%s/%zu", selo_type_name(type_cases[i].type), i);

        g_test_add_data_func(path, &type_cases[i], test_type);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(option_cases); i++) {
        g_autofree char *path = g_strconcat("/config/option/", option_cases[i].name, NULL);

        g_test_add_data_func(path, &option_cases[i], test_option);
    }
    g_test_add_func("/config/type/names", test_names);
    g_test_add_func("/config/nearest", test_nearest);
    return g_test_run();
}
