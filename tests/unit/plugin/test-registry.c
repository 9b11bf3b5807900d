/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-registry.c: from a module on disk to instances in a role, and everything for which a module
 * is not mapped.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config/selo-compiler.h"
#include "server/config/selo-snapshot.h"
#include "server/plugin/selo-loader.h"
#include "server/plugin/selo-registry.h"
#include "tests/lib/selo-test.h"

typedef struct {
    SeloTestDir *root;
    SeloPaths *paths;
    SeloRole role;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    g_autofree char *links = NULL, *link = NULL;
    g_autofree char *manifest =
        g_build_filename(g_getenv("SELO_SOURCE_ROOT"), "tests/unit/plugin/sample/sample.xml", NULL);

    fixture->root = selo_test_dir_new();
    fixture->paths = selo_paths_new(fixture->root);
    g_free(fixture->paths->plugin_dir);
    fixture->paths->plugin_dir =
        g_build_filename(g_getenv("SELO_BUILD_ROOT"), "tests/unit/plugin", NULL);
    links = g_build_filename(fixture->paths->config_dir, "plugins-enabled", NULL);
    link = g_build_filename(links, "sample.xml", NULL);
    g_assert_cmpint(g_mkdir_with_parents(links, 0700), ==, 0);
    g_assert_cmpint(symlink(manifest, link), ==, 0);
    fixture->role.loop = selo_loop_get();
    fixture->role.kind = SELO_ROLE_WORKER;
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    selo_registry_free(fixture->role.registry);
    selo_snapshot_unref(fixture->role.snapshot);
    selo_paths_free(fixture->paths);
    selo_test_dir_free(fixture->root);
}

static void
open_registry(Fixture *fixture, const char *configuration, GError **error)
{
    g_autofree char *file = g_build_filename(fixture->paths->config_dir, "selo.conf", NULL);
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) own = NULL;
    int fd;

    g_assert_true(g_file_set_contents(file, configuration, -1, NULL));
    fd = selo_compile(fixture->paths, &faults, &own);
    g_assert_no_error(own);
    fixture->role.snapshot = selo_snapshot_open(fd, &own);
    g_assert_no_error(own);
    close(fd);
    fixture->role.registry = selo_registry_new(&fixture->role, error);
}

static void
test_instances(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    SeloInstance *first, *const *all;
    SeloStageDeclaration stage;
    size_t n;

    open_registry(
        fixture,
        "[filter a]\nplugin = sample\n[filter b]\nplugin = sample:sample\non-failure = reject\n",
        &error);
    g_assert_no_error(error);
    first = selo_registry_find(fixture->role.registry, "filter", "a");
    g_assert_nonnull(first);
    g_assert_cmpstr(selo_instance_name(first), ==, "a");
    g_assert_cmpint(*(int *) selo_instance_self(first), ==, 2);
    g_assert_null(selo_registry_find(fixture->role.registry, "filter", "c"));
    g_assert_null(selo_registry_find(fixture->role.registry, "store", "a"));
    all = selo_registry_all(fixture->role.registry, "filter", &n);
    g_assert_cmpuint(n, ==, 2);
    g_assert_true(all[0] == first);
    selo_registry_all(fixture->role.registry, "store", &n);
    g_assert_cmpuint(n, ==, 0);

    g_assert_true(selo_registry_stage(fixture->role.registry, first, "rcpt", &stage));
    g_assert_cmpuint(stage.may, ==, SELO_MAY_REJECT | SELO_MAY_DEFER);
    g_assert_cmpstr(stage.on_failure, ==, "accept");
    g_assert_false(stage.reads_body);
    g_assert_true(selo_registry_stage(fixture->role.registry, all[1], "message", &stage));
    g_assert_cmpstr(stage.on_failure, ==, "reject"); /* the administrator's word */
    g_assert_true(stage.reads_body);
    g_assert_false(selo_registry_stage(fixture->role.registry, first, "connect", &stage));
}

static void
test_implicit(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    open_registry(fixture, "[server]\n", &error);
    g_assert_no_error(error);
    g_assert_nonnull(selo_registry_find(fixture->role.registry, "filter", "sample"));
}

/* In a role where nothing of it works a plugin is not even mapped. */
static void
test_elsewhere(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    size_t n;

    fixture->role.kind = SELO_ROLE_AUTH;
    open_registry(fixture, "[server]\n", &error);
    g_assert_no_error(error);
    selo_registry_all(fixture->role.registry, "filter", &n);
    g_assert_cmpuint(n, ==, 0);
}

static void
test_declined(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    SeloStageDeclaration stage;
    SeloInstance *a;

    open_registry(fixture, "[filter a]\nplugin = sample\n[filter broken]\nplugin = sample\n",
                  &error);
    g_assert_no_error(error);
    a = selo_registry_find(fixture->role.registry, "filter", "a"); /* the plugin as a whole */
    g_assert_null(selo_instance_self(a));
    g_assert_false(selo_instance_can(a, "message"));
    g_assert_true(selo_registry_stage(fixture->role.registry, a, "message", &stage));
    g_assert_cmpstr(stage.on_failure, ==, "defer"); /* no mail passes it */
}

static void
test_critical(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    open_registry(fixture, "[filter broken]\nplugin = sample\n[plugin sample]\ncritical = yes\n",
                  &error);
    g_assert_null(fixture->role.registry);
    g_assert_cmpstr(error->message, ==, "plugin \"sample\": [filter broken]: it is broken");
}

static void
set_flag(void *data)
{
    *(gboolean *) data = TRUE;
}

static void
test_drain(Fixture *fixture, gconstpointer data)
{
    gboolean is_drained = FALSE;

    open_registry(fixture, "[server]\n", NULL);
    selo_registry_start(fixture->role.registry);
    selo_registry_drain(fixture->role.registry, set_flag, &is_drained);
    g_assert_false(is_drained); /* never before it returns */
    selo_test_wait(&is_drained);
}

/* ---- what is not mapped ---- */

static char *
copy_module(const Fixture *fixture, mode_t mode)
{
    g_autofree char *from = g_build_filename(fixture->paths->plugin_dir, "sample/.libs/sample.so",
                                             NULL),
                    *octets = NULL;
    char *to = g_build_filename(fixture->root, "sample.so", NULL);
    gsize size;

    g_assert_true(g_file_get_contents(from, &octets, &size, NULL));
    g_assert_true(g_file_set_contents(to, octets, (gssize) size, NULL));
    g_assert_cmpint(chmod(to, mode), ==, 0);
    return to;
}

static void
check_refused(const SeloModule *module, const char *why)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(selo_module_check(module, NULL, &error), ==, -1);
    if (strstr(error->message, why) == NULL)
        g_error("expected \"%s\", got \"%s\"", why, error->message);
}

static void
test_module(Fixture *fixture, gconstpointer data)
{
    g_autofree char *file = copy_module(fixture, 0644),
                    *link = g_build_filename(fixture->root, "link.so", NULL);
    g_autoptr(SeloElf) elf = NULL;
    SeloModule module = { "sample", file, 1, 0 };
    int fd = selo_module_check(&module, &elf, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_cmpuint(elf->exports->len, ==, 1);
    g_assert_cmpstr(elf->exports->pdata[0], ==, "selo_plugin_entry");
    check_refused(&(SeloModule){ "other", file, 1, 0 }, "install both from one package");
    check_refused(&(SeloModule){ "sample", file, 1, 1 }, "install both from one package");
    g_assert_cmpint(symlink(file, link), ==, 0);
    check_refused(&(SeloModule){ "sample", link, 1, 0 }, "link.so: ");
    check_refused(&(SeloModule){ "sample", "/nowhere/sample.so", 1, 0 }, "/nowhere: ");
    check_refused(&(SeloModule){ "sample", fixture->root, 1, 0 }, "");
    g_assert_cmpint(chmod(file, 0664), ==, 0);
    check_refused(&module, "writable by others");
    g_assert_cmpint(chmod(file, 04755), ==, 0);
    check_refused(&module, "set-user-id");
    g_assert_cmpint(chmod(file, 0644), ==, 0);
    g_assert_cmpint(chmod(fixture->root, 0777), ==, 0);
    check_refused(&module, "writable by others");
    g_assert_cmpint(chmod(fixture->root, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, "text", -1, NULL));
    g_assert_cmpint(chmod(file, 0644), ==, 0);
    check_refused(&module, "not an ELF file");
}

/* A shared object that is no plugin. */
static void
test_no_note(Fixture *fixture, gconstpointer data)
{
    g_autofree char *file =
        g_build_filename(g_getenv("SELO_BUILD_ROOT"), "server/plugin/.libs/selo-xml.so", NULL);

    check_refused(&(SeloModule){ "selo-xml", file, 1, 0 }, "no Selo note");
}

#define ADD(name) \
    g_test_add("/plugin/registry/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    ADD(instances);
    ADD(implicit);
    ADD(elsewhere);
    ADD(declined);
    ADD(critical);
    ADD(drain);
    ADD(module);
    ADD(no_note);
    return g_test_run();
}
