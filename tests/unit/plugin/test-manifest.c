/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-manifest.c: the corpus of manifests, good and bad, and what is shipped. The first line of a
 * bad one is a comment with the line and the beginning of the fault it has to give.
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "server/config/selo-config-file.h"
#include "server/config/selo-fault.h"
#include "server/plugin/selo-manifest-reader.h"
#include "server/plugin/selo-plugin-sample.h"
#include "server/plugin/selo-plugin-set.h"
#include "tests/lib/selo-test.h"

static SeloPaths *paths;
static SeloManifestReader *reader;

static char *
corpus(const char *kind, const char *name)
{
    return g_build_filename(g_getenv("SELO_SOURCE_ROOT"), "tests/unit/plugin/manifests", kind, name,
                            NULL);
}

static SeloManifest *
read_good(const char *name)
{
    g_autofree char *file = corpus("good", name);
    g_autoptr(GPtrArray) faults = selo_faults_new();
    SeloManifest *manifest = selo_manifest_read(reader, file, faults);

    for (guint i = 0; i < faults->len; i++)
        g_test_message("%s", ((SeloFault *) faults->pdata[i])->text);
    g_assert_nonnull(manifest);
    return manifest;
}

static void
test_imap(void)
{
    g_autoptr(SeloManifest) manifest = read_good("imap.xml");
    const SeloProvided *provided = selo_manifest_provided(manifest, "protocol", NULL);
    const SeloOption *option = selo_manifest_option(manifest, "max-connections-per-user");

    g_assert_cmpstr(manifest->name, ==, "imap");
    g_assert_cmpstr(manifest->about.title, ==, "IMAP server");
    g_assert_true(selo_provided_has_feature(provided, "handover"));
    g_assert_cmpuint(manifest->requires->len, ==, 2);
    g_assert_cmpuint(manifest->runtime.places, ==, SELO_PLACE_WORKER);
    g_assert_cmpuint(option->overrides, ==, SELO_SELECTOR_DOMAIN | SELO_SELECTOR_USER);
    g_assert_cmpuint(option->sections, ==, SELO_SECTION_PLUGIN | SELO_SECTION_LISTENER);
    g_assert_cmpstr(selo_manifest_deprecated(manifest, "max-line")->replaced_by, ==, "max-literal");
    g_assert_cmpuint(manifest->metrics->len, ==, 1);
    g_assert_null(selo_manifest_option(manifest, "max-line"));
}

static void
test_pgsql(void)
{
    g_autoptr(SeloManifest) manifest = read_good("pgsql.xml");

    g_assert_cmpuint(manifest->provides->len, ==, 3);
    g_assert_cmpuint(manifest->needs->len, ==, 2);
    g_assert_cmpstr(selo_manifest_threading(manifest, "store")->threads_from, ==, "pool-size");
    g_assert_cmpint(manifest->runtime.call_timeout, ==, 30 * G_USEC_PER_SEC);
    g_assert_cmpuint(manifest->commands->len, ==, 1);
}

static void
test_clamav(void)
{
    g_autoptr(SeloManifest) manifest = read_good("clamav.xml");
    const SeloStageInfo *stage =
        selo_manifest_provided(manifest, "filter", "clamav")->stages->pdata[0];

    g_assert_true(manifest->runtime.is_isolated);
    g_assert_cmpstr(stage->on_failure, ==, "defer");
    g_assert_true(stage->reads_body);
    g_assert_cmpuint(manifest->orders->len, ==, 2);
    g_assert_null(selo_manifest_provided(manifest, "filter", "other"));
}

static void
test_bad(gconstpointer name)
{
    g_autofree char *file = corpus("bad", name), *text = NULL, *expected = NULL, *got = NULL;
    g_autoptr(GPtrArray) faults = selo_faults_new();
    const SeloFault *fault;

    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_true(g_str_has_prefix(text, "<!-- "));
    expected =
        g_strndup(text + strlen("<!-- "), (gsize) (strstr(text, " -->") - text) - strlen("<!-- "));
    g_assert_null(selo_manifest_read(reader, file, faults));
    g_assert_cmpuint(faults->len, >, 0);
    fault = faults->pdata[0];
    got = g_strdup_printf("%u: %s", fault->line, fault->text);
    if (!g_str_has_prefix(got, expected))
        g_error("expected \"%s\", got \"%s\"", expected, got);
}

/* Cut off after each octet: refused, never read wrongly; and nothing is left behind. */
static void
test_truncated(void)
{
    g_autofree char *file = corpus("good", "clamav.xml"), *text = NULL;
    gsize size;

    g_assert_true(g_file_get_contents(file, &text, &size, NULL));
    while (text[size - 1] == '\n')
        size--;
    for (gsize cut = 0; cut < size; cut++) {
        g_autoptr(GPtrArray) faults = selo_faults_new();
        g_autofree char *copy = g_memdup2(text, cut);

        g_assert_null(selo_manifest_read_text(reader, copy, cut, "clamav.xml", faults));
        g_assert_cmpuint(faults->len, >, 0);
    }
}

static void
test_limits(void)
{
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autofree char *large = g_strnfill(300 * 1024, ' ');
    g_autoptr(GString) deep = g_string_new(NULL);

    g_assert_null(selo_manifest_read_text(reader, large, 300 * 1024, "large.xml", faults));
    g_assert_cmpstr(((SeloFault *) faults->pdata[0])->text, ==, "larger than 256 KiB");
    for (guint i = 0; i < 5000; i++)
        g_string_append(deep, "<plugin>");
    g_assert_null(selo_manifest_read_text(reader, deep->str, deep->len, "deep.xml", faults));
    g_assert_null(selo_manifest_read_text(reader, "\x1f\x8b\x08", 3, "packed.xml", faults));
    g_assert_null(selo_manifest_read(reader, "/dev/zero", faults));
    g_assert_null(selo_manifest_read(reader, "/nowhere.xml", faults));
    g_assert_cmpuint(faults->len, >=, 5);
}

/* All the manifests of this tree, and their generated samples, which change nothing. */
static void
test_shipped(void)
{
    g_autoptr(GPtrArray) names = selo_plugin_list_installed(paths);

    g_assert_cmpuint(names->len, >, 0);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *file = selo_paths_manifest(paths, names->pdata[i]), *sample = NULL;
        g_autoptr(GPtrArray) faults = selo_faults_new(), sections = NULL;
        g_autoptr(SeloManifest) manifest = selo_manifest_read(reader, file, faults);

        for (guint j = 0; j < faults->len; j++) {
            g_autofree char *text = selo_fault_format(faults->pdata[j]);

            g_test_message("%s", text);
        }
        g_assert_nonnull(manifest);
        sample = selo_plugin_sample(manifest);
        sections = selo_config_file_parse(sample, strlen(sample), "sample", faults);
        g_assert_cmpuint(sections->len + faults->len, ==, 0);
    }
}

/* docs/plugins.md: no registry cache, because 300 manifests are read in no time. */
static void
test_speed(void)
{
    g_autofree char *file = corpus("good", "pgsql.xml");
    clock_t start = clock(); /* processor time: a shared machine is busy */
    double elapsed;

    for (guint i = 0; i < 300; i++) {
        g_autoptr(GPtrArray) faults = selo_faults_new();
        g_autoptr(SeloManifest) manifest = selo_manifest_read(reader, file, faults);

        g_assert_nonnull(manifest);
    }
    elapsed = (double) (clock() - start) / CLOCKS_PER_SEC;
    g_test_message("300 manifests in %.0f ms", elapsed * 1000);
#ifndef SELO_SANITIZED
    g_assert_cmpfloat(elapsed, <, 0.15);
#endif
}

static void
test_release(void)
{
    static const char *const rising[] = { "1.0~rc1", "1.0", "1.0.1", "1.2", "1.10", "2" };

    for (size_t i = 0; i < G_N_ELEMENTS(rising); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(rising); j++) {
            int order = selo_release_compare(rising[i], rising[j]);

            g_assert_cmpint((order > 0) - (order < 0), ==, (i > j) - (i < j));
        }
}

static void
add_bad(void)
{
    g_autofree char *directory = corpus("bad", "");
    g_autoptr(GDir) files = g_dir_open(directory, 0, NULL);
    const char *name;

    while (files != NULL && (name = g_dir_read_name(files)) != NULL) {
        g_autofree char *path = g_strconcat("/plugin/manifest/bad/", name, NULL);

        g_test_add_data_func_full(path, g_strdup(name), test_bad, g_free);
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    int status;

    selo_test_init(&argc, &argv);
    paths = selo_paths_new(NULL);
    reader = selo_manifest_reader_new(paths, &error);
    g_assert_no_error(error);
    g_test_add_func("/plugin/manifest/good/imap", test_imap);
    g_test_add_func("/plugin/manifest/good/pgsql", test_pgsql);
    g_test_add_func("/plugin/manifest/good/clamav", test_clamav);
    add_bad();
    g_test_add_func("/plugin/manifest/truncated", test_truncated);
    g_test_add_func("/plugin/manifest/limits", test_limits);
    g_test_add_func("/plugin/manifest/shipped", test_shipped);
    g_test_add_func("/plugin/manifest/speed", test_speed);
    g_test_add_func("/plugin/manifest/release", test_release);
    status = g_test_run();
    selo_manifest_reader_free(reader);
    selo_paths_free(paths);
    return status;
}
