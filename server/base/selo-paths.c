/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-paths.c: where everything is. Two questions, kept apart: which site (the configure
 * directories, or all of them below one root), and which installation (the configure directories,
 * or a build tree). There is no search path: a file that is looked for in several places is a file
 * nobody can name.
 */
#include "config.h"

#include "server/base/selo-paths.h"

#include <string.h>

/* A program in a build tree lies beside config.status, libtool's real one in .libs below it. */
static char *
find_build_root(void)
{
    const char *build_root = g_getenv("SELO_BUILD_ROOT");
    g_autofree char *program = NULL, *directory = NULL, *status = NULL;

    if (build_root != NULL && *build_root != '\0')
        return g_strdup(build_root);
    if ((program = g_file_read_link("/proc/self/exe", NULL)) == NULL)
        return NULL;
    directory = g_path_get_dirname(program);
    if (g_str_has_suffix(directory, "/.libs"))
        directory[strlen(directory) - strlen("/.libs")] = '\0';
    status = g_build_filename(directory, "config.status", NULL);
    return g_file_test(status, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&directory) : NULL;
}

/* configure notes the source directory in config.status, as srcdir='DIR'. */
static char *
find_source_root(const char *build_root)
{
    const char *source_root = g_getenv("SELO_SOURCE_ROOT"), *start, *end;
    g_autofree char *status = g_build_filename(build_root, "config.status", NULL), *text = NULL;
    g_autofree char *found = NULL;

    if (source_root != NULL && *source_root != '\0')
        return g_strdup(source_root);
    if (!g_file_get_contents(status, &text, NULL, NULL) ||
        (start = strstr(text, "\nsrcdir='")) == NULL)
        return g_strdup(build_root);
    start += strlen("\nsrcdir='");
    if ((end = strchr(start, '\'')) == NULL)
        return g_strdup(build_root);
    found = g_strndup(start, (gsize) (end - start));
    return g_canonicalize_filename(found, build_root);
}

static void
set_site(SeloPaths *paths, const char *root)
{
    if (root == NULL) {
        paths->config_dir = g_strdup(SELO_SYSCONFDIR "/selo");
        paths->state_dir = g_strdup(SELO_LOCALSTATEDIR "/lib/selo");
        paths->spool_dir = g_strdup(SELO_LOCALSTATEDIR "/spool/selo");
        paths->run_dir = g_strdup(SELO_RUNSTATEDIR "/selo");
        paths->log_dir = g_strdup(SELO_LOCALSTATEDIR "/log/selo");
        return;
    }
    g_autofree char *absolute = g_canonicalize_filename(root, NULL);

    paths->config_dir = g_build_filename(absolute, "etc/selo", NULL);
    paths->state_dir = g_build_filename(absolute, "var/lib/selo", NULL);
    paths->spool_dir = g_build_filename(absolute, "var/spool/selo", NULL);
    paths->run_dir = g_build_filename(absolute, "run/selo", NULL);
    paths->log_dir = g_build_filename(absolute, "var/log/selo", NULL);
}

static void
set_installation(SeloPaths *paths)
{
    g_autofree char *build_root = find_build_root(), *source_root = NULL;

    if (build_root == NULL) {
        paths->vendor_dir = g_strdup(SELO_DATADIR "/selo/conf.d");
        paths->plugin_dir = g_strdup(SELO_LIBDIR "/selo/plugins");
        paths->manifest_dir = g_strdup(SELO_DATADIR "/selo/plugins");
        paths->schema_dir = g_strdup(SELO_DATADIR "/selo/schemas");
        paths->private_dir = g_strdup(SELO_LIBDIR "/selo/private");
        return;
    }
    source_root = find_source_root(build_root);
    paths->is_build_tree = TRUE;
    paths->vendor_dir = g_build_filename(source_root, "packaging/conf.d", NULL);
    paths->plugin_dir = g_build_filename(build_root, "plugins", NULL);
    paths->manifest_dir = g_build_filename(source_root, "plugins", NULL);
    paths->schema_dir = g_build_filename(source_root, "schemas", NULL);
    paths->private_dir = g_build_filename(build_root, "server/plugin/.libs", NULL);
}

SeloPaths *
selo_paths_new(const char *root)
{
    SeloPaths *paths = g_new0(SeloPaths, 1);

    set_site(paths, root);
    set_installation(paths);
    return paths;
}

void
selo_paths_free(SeloPaths *paths)
{
    if (paths == NULL)
        return;
    g_free(paths->config_dir);
    g_free(paths->vendor_dir);
    g_free(paths->state_dir);
    g_free(paths->spool_dir);
    g_free(paths->run_dir);
    g_free(paths->log_dir);
    g_free(paths->plugin_dir);
    g_free(paths->manifest_dir);
    g_free(paths->schema_dir);
    g_free(paths->private_dir);
    g_free(paths);
}

char *
selo_paths_module(const SeloPaths *paths, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".so", NULL);

    if (paths->is_build_tree)
        return g_build_filename(paths->plugin_dir, name, ".libs", file, NULL);
    return g_build_filename(paths->plugin_dir, file, NULL);
}

char *
selo_paths_manifest(const SeloPaths *paths, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".xml", NULL);

    if (paths->is_build_tree)
        return g_build_filename(paths->manifest_dir, name, file, NULL);
    return g_build_filename(paths->manifest_dir, file, NULL);
}
