/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-manifest.c: a manifest through parser, schema, reader and rules. What is accepted can be
 * resolved and gives a sample that is a configuration file.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "server/config/selo-config-file.h"
#include "server/config/selo-fault.h"
#include "server/plugin/selo-manifest-reader.h"
#include "server/plugin/selo-plugin-sample.h"
#include "server/plugin/selo-plugin-set.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

/* Programs of a build tree find the XML module beside config.status; this one lies two levels
 * below. */
static SeloManifestReader *
open_reader(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL), *root = NULL;
    g_autoptr(SeloPaths) paths = NULL;
    g_autoptr(GError) error = NULL;
    SeloManifestReader *reader;

    root = g_path_get_dirname(program);
    for (guint i = 0; i < 2; i++) {
        char *above = g_path_get_dirname(root);

        g_free(root);
        root = above;
    }
    g_setenv("SELO_BUILD_ROOT", root, FALSE);
    paths = selo_paths_new(NULL);
    reader = selo_manifest_reader_new(paths, &error);
    g_assert_no_error(error);
    return reader;
}

static void
use_manifest(SeloManifest *manifest)
{
    g_autoptr(SeloPluginSet) set = selo_plugin_set_new();
    g_autoptr(GPtrArray) faults = selo_faults_new(), sections = NULL;
    g_autofree char *sample = selo_plugin_sample(manifest);

    sections = selo_config_file_parse(sample, strlen(sample), "sample", faults);
    selo_plugin_set_add(set, manifest);
    selo_plugin_set_resolve(set, faults);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    static SeloManifestReader *reader;
    g_autoptr(GPtrArray) faults = selo_faults_new();
    SeloManifest *manifest;

    if (reader == NULL)
        reader = open_reader();
    manifest = selo_manifest_read_text(reader, (const char *) octets, size, "fuzz.xml", faults);
    g_assert_true((manifest == NULL) == (faults->len > 0));
    if (manifest != NULL)
        use_manifest(manifest);
    return 0;
}
