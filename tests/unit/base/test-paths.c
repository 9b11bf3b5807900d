/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-paths.c: the site below a root, the installation in a build tree or where configure put it.
 */
#include "config.h"

#include "server/base/selo-paths.h"
#include "tests/lib/selo-test.h"

static void
test_root(void)
{
    g_autoptr(SeloPaths) paths = selo_paths_new("/srv/./site/");

    g_assert_cmpstr(paths->config_dir, ==, "/srv/site/etc/selo");
    g_assert_cmpstr(paths->state_dir, ==, "/srv/site/var/lib/selo");
    g_assert_cmpstr(paths->spool_dir, ==, "/srv/site/var/spool/selo");
    g_assert_cmpstr(paths->run_dir, ==, "/srv/site/run/selo");
    g_assert_cmpstr(paths->log_dir, ==, "/srv/site/var/log/selo");
}

static void
test_relative_root(void)
{
    g_autofree char *here = g_get_current_dir(),
                    *expected = g_build_filename(here, "site/etc/selo", NULL);
    g_autoptr(SeloPaths) paths = selo_paths_new("site");

    g_assert_cmpstr(paths->config_dir, ==, expected);
}

static void
test_build_tree(void)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(NULL);
    g_autofree char *module = selo_paths_module(paths, "stamp"),
                    *manifest = selo_paths_manifest(paths, "stamp");
    g_autofree char *expected =
        g_build_filename(g_getenv("SELO_BUILD_ROOT"), "plugins/stamp/.libs/stamp.so", NULL);

    g_assert_true(paths->is_build_tree);
    g_assert_true(g_str_has_suffix(paths->config_dir, "/selo"));
    g_assert_cmpstr(module, ==, expected);
    g_assert_true(g_file_test(manifest, G_FILE_TEST_IS_REGULAR));
}

/* Only the program's place is left to tell; a test does not lie beside config.status. */
static void
test_installed(void)
{
    g_autofree char *build_root = g_strdup(g_getenv("SELO_BUILD_ROOT"));
    g_autoptr(SeloPaths) paths = NULL;
    g_autofree char *module = NULL;

    g_unsetenv("SELO_BUILD_ROOT");
    paths = selo_paths_new(NULL);
    g_setenv("SELO_BUILD_ROOT", build_root, TRUE);
    module = selo_paths_module(paths, "stamp");
    g_assert_false(paths->is_build_tree);
    g_assert_true(g_str_has_suffix(module, "/selo/plugins/stamp.so"));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/base/paths/root", test_root);
    g_test_add_func("/base/paths/relative-root", test_relative_root);
    g_test_add_func("/base/paths/build-tree", test_build_tree);
    g_test_add_func("/base/paths/installed", test_installed);
    return g_test_run();
}
