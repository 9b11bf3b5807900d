/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-commands.c: selo plugin and selo config on a site of their own: exit status and what is left
 * on disk. What they print is for people, and ignored here.
 */
#include "config.h"

#include <unistd.h>

#include "server/admin/selo-admin.h"
#include "server/base/selo-paths.h"
#include "tests/lib/selo-test.h"

typedef struct {
    SeloTestDir *root;
    SeloPaths *paths;
    char *link, *sample;
} Site;

static void
set_up(Site *site, gconstpointer data)
{
    g_autofree char *conf = NULL;

    site->root = selo_test_dir_new();
    site->paths = selo_paths_new(site->root);
    site->link = g_build_filename(site->paths->config_dir, "plugins-enabled/stamp.xml", NULL);
    site->sample = g_build_filename(site->paths->config_dir, "conf.d/50-stamp.conf", NULL);
    conf = g_build_filename(site->paths->config_dir, "selo.conf", NULL);
    g_assert_cmpint(g_mkdir_with_parents(site->paths->config_dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(conf, "[server]\n[filter stamp]\nvalue = x\n", -1, NULL));
}

static void
tear_down(Site *site, gconstpointer data)
{
    g_free(site->link);
    g_free(site->sample);
    selo_paths_free(site->paths);
    selo_test_dir_free(site->root);
}

static int
run(const Site *site, int (*command)(const SeloAdminCommand *command), const char *first,
    const char *second)
{
    char *words[] = { (char *) first, (char *) second, NULL };
    SeloAdminCommand arguments = { .root = site->root, .argv = words };

    arguments.argc = (int) g_strv_length(words);
    return command(&arguments);
}

static void
test_enable(Site *site, gconstpointer data)
{
    g_autofree char *target = NULL, *manifest = selo_paths_manifest(site->paths, "stamp");

    g_assert_cmpint(run(site, selo_admin_config_check, NULL, NULL), ==, 1); /* not enabled */
    g_assert_cmpint(run(site, selo_admin_plugin_enable, "stamp", NULL), ==, 0);
    target = g_file_read_link(site->link, NULL);
    g_assert_cmpstr(target, ==, manifest);
    g_assert_true(g_file_test(site->sample, G_FILE_TEST_IS_REGULAR));
    g_assert_cmpint(run(site, selo_admin_config_check, NULL, NULL), ==, 0);
    g_assert_cmpint(run(site, selo_admin_plugin_enable, "stamp", NULL), ==, 0); /* again */
    g_assert_cmpint(run(site, selo_admin_plugin_disable, "stamp", NULL), ==, 0);
    g_assert_false(g_file_test(site->link, G_FILE_TEST_IS_SYMLINK));
    g_assert_cmpint(run(site, selo_admin_plugin_disable, "stamp", NULL), ==, 1);
    g_assert_true(g_file_test(site->sample, G_FILE_TEST_EXISTS)); /* it is the admin's now */
}

static void
test_own_sample(Site *site, gconstpointer data)
{
    g_autofree char *directory = g_path_get_dirname(site->sample), *text = NULL;

    g_assert_cmpint(g_mkdir_with_parents(directory, 0700), ==, 0);
    g_assert_true(g_file_set_contents(site->sample, "# mine\n", -1, NULL));
    g_assert_cmpint(run(site, selo_admin_plugin_enable, "stamp", NULL), ==, 0);
    g_assert_true(g_file_get_contents(site->sample, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "# mine\n");
}

static void
test_refused(Site *site, gconstpointer data)
{
    g_assert_cmpint(run(site, selo_admin_plugin_enable, "nobody", NULL), ==, 1);
    g_assert_cmpint(run(site, selo_admin_plugin_enable, "../stamp", NULL), ==, 1);
    g_assert_cmpint(run(site, selo_admin_plugin_enable, NULL, NULL), ==, 2);
    g_assert_cmpint(run(site, selo_admin_plugin_check, "stamp", "/dev/null"), ==, 1);
    g_assert_cmpint(run(site, selo_admin_plugin_inspect, "nobody", NULL), ==, 1);
    g_assert_cmpint(run(site, selo_admin_config_explain, "server", "nothing"), ==, 1);
    g_assert_cmpint(run(site, selo_admin_config_explain, "sever", "hostname"), ==, 1);
    g_assert_cmpint(run(site, selo_admin_config_show, "listener nobody", NULL), ==, 1);
    g_assert_false(g_file_test(site->sample, G_FILE_TEST_EXISTS));
}

/* A masked plugin is enabled by name only, never by a package; enabling takes the mask off. */
static void
test_mask(Site *site, gconstpointer data)
{
    g_autofree char *directory = g_path_get_dirname(site->link), *target = NULL;

    g_assert_cmpint(g_mkdir_with_parents(directory, 0700), ==, 0);
    g_assert_cmpint(symlink("/dev/null", site->link), ==, 0);
    g_assert_cmpint(run(site, selo_admin_plugin_disable, "stamp", NULL), ==, 1);
    g_assert_cmpint(run(site, selo_admin_plugin_enable, "stamp", NULL), ==, 0);
    target = g_file_read_link(site->link, NULL);
    g_assert_cmpstr(target, !=, "/dev/null");
}

static void
test_read(Site *site, gconstpointer data)
{
    g_assert_cmpint(run(site, selo_admin_plugin_enable, "stamp", NULL), ==, 0);
    g_assert_cmpint(run(site, selo_admin_plugin_list, "--all", NULL), ==, 0);
    g_assert_cmpint(run(site, selo_admin_plugin_inspect, "stamp", NULL), ==, 0);
    g_assert_cmpint(run(site, selo_admin_plugin_check, NULL, NULL), ==, 0);
    g_assert_cmpint(run(site, selo_admin_config_show, NULL, NULL), ==, 0);
    g_assert_cmpint(run(site, selo_admin_config_explain, "filter stamp", "value"), ==, 0);
}

#define ADD(name) g_test_add("/config/commands/" #name, Site, NULL, set_up, test_##name, tear_down)

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    ADD(enable);
    ADD(own_sample);
    ADD(refused);
    ADD(mask);
    ADD(read);
    return g_test_run();
}
