/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-admin.c: the table of commands: each has what help, completion and dispatch make from it; global
 * options stand anywhere.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "server/admin/selo-admin.h"
#include "tests/lib/selo-test.h"

static gboolean
is_word(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz-") == strlen(text);
}

static void
test_table(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < selo_admin_n_verbs; i++) {
        const SeloAdminVerb *row = &selo_admin_verbs[i];

        g_assert_true(is_word(row->noun));
        g_assert_true(row->verb == NULL || is_word(row->verb));
        g_assert_true(g_hash_table_add(
            names, g_strdup_printf("%s %s", row->noun, row->verb ? row->verb : "")));
        g_assert_nonnull(row->arguments);
        g_assert_cmpuint(strlen(row->summary), >, 10);
        g_assert_cmpuint(strlen(row->summary), <, 80);
        g_assert_null(strchr(row->summary, '\n'));
        g_assert_true(row->run != NULL);
    }
}

/* A noun has verbs, or it is a command by itself. */
static void
test_nouns(void)
{
    for (size_t i = 0; i < selo_admin_n_verbs; i++)
        for (size_t k = 0; k < selo_admin_n_verbs; k++)
            if (strcmp(selo_admin_verbs[i].noun, selo_admin_verbs[k].noun) == 0)
                g_assert_true((selo_admin_verbs[i].verb == NULL) ==
                              (selo_admin_verbs[k].verb == NULL));
}

typedef struct {
    const char *name, *line; /* words after "selo" */
    int status;
    const char *out, *err; /* part of what is printed; NULL = nothing is expected */
} LineCase;

static const LineCase line_cases[] = {
    { "nothing", "", 2, "site new", NULL },
    { "help", "help", 0, "site new", NULL },
    { "help-noun", "help site", 0, "--base-port", NULL },
    { "help-option", "site --help", 0, "--base-port", NULL },
    { "help-unknown", "help nosuch", 1, NULL, "no such command" },
    { "unknown", "nosuch", 2, NULL, "no such command" },
    { "no-verb", "site", 2, NULL, "usage: selo site new" },
    { "bad-verb", "site old", 2, NULL, "usage: selo site new" },
    { "root-alone", "--root", 2, NULL, "--root" },
    { "version", "--version", 0, PACKAGE_VERSION, NULL },
    { "completion", "completion bash", 0, "complete -F _selo selo", NULL },
    { "completion-zsh", "completion zsh", 2, NULL, "usage" },
    { "root-before", "--root /nonexistent status", 1, NULL, "does not run" },
    { "root-after", "status --root=/nonexistent", 1, NULL, "does not run" },
    { "surplus", "status x", 2, NULL, "usage: selo status" },
    { "site-port", "site new /nonexistent --base-port 70000", 2, NULL, "--base-port 70000" },
    { "site-option", "site new /nonexistent --colour red", 2, NULL, "--colour" },
    { "site-host", "site new /nonexistent --domain example.org", 2, NULL, "--hostname" },
    { "site-user", "site new /n --hostname h --domain d --user ann", 2, NULL, "NAME:PASSWORD" },
    { "log-since", "--root /nonexistent log --since soon", 1, NULL, "10min" },
};

static int
run_line(const LineCase *c)
{
    g_autofree char *line = g_strconcat("selo ", c->line, NULL);
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);

    if (*c->line == '\0')
        g_clear_pointer(&argv[1], g_free);
    return selo_admin_main((int) g_strv_length(argv), argv);
}

static void
test_line(gconstpointer data)
{
    const LineCase *c = data;

    if (g_test_subprocess()) {
        exit(run_line(c));
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_assert_cmpint(g_test_trap_has_passed(), ==, c->status == 0);
    if (c->out != NULL) {
        g_autofree char *pattern = g_strconcat("*", c->out, "*", NULL);

        g_test_trap_assert_stdout(pattern);
    }
    if (c->err != NULL) {
        g_autofree char *pattern = g_strconcat("*", c->err, "*", NULL);

        g_test_trap_assert_stderr(pattern);
    }
}

int
main(int argc, char **argv)
{
    g_unsetenv("SELO_ROOT");
    selo_test_init(&argc, &argv);
    g_test_add_func("/admin/table/rows", test_table);
    g_test_add_func("/admin/table/nouns", test_nouns);
    for (size_t i = 0; i < G_N_ELEMENTS(line_cases); i++) {
        g_autofree char *path = g_strconcat("/admin/line/", line_cases[i].name, NULL);

        g_test_add_data_func(path, &line_cases[i], test_line);
    }
    return g_test_run();
}
