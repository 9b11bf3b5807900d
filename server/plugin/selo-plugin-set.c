/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-plugin-set.c: which plugins are enabled and installed. The links are the whole truth: there
 * is no registry file that could disagree with them.
 */
#include "config.h"

#include "server/plugin/selo-plugin-set.h"

#include <string.h>

#include "server/config/selo-fault.h"

static void
entry_free(SeloPluginEntry *entry)
{
    g_free(entry->name);
    selo_manifest_free(entry->manifest);
    g_free(entry->declined);
    g_free(entry);
}

SeloPluginSet *
selo_plugin_set_new(void)
{
    SeloPluginSet *set = g_new0(SeloPluginSet, 1);

    set->entries = g_ptr_array_new_with_free_func((GDestroyNotify) entry_free);
    return set;
}

void
selo_plugin_set_free(SeloPluginSet *set)
{
    if (set == NULL)
        return;
    g_ptr_array_unref(set->entries);
    g_free(set);
}

static SeloPluginEntry *
add_entry(SeloPluginSet *set, const char *name)
{
    SeloPluginEntry *entry = g_new0(SeloPluginEntry, 1);

    entry->name = g_strdup(name);
    g_ptr_array_add(set->entries, entry);
    return entry;
}

void
selo_plugin_set_add(SeloPluginSet *set, SeloManifest *manifest)
{
    add_entry(set, manifest->name)->manifest = manifest;
}

SeloPluginEntry *
selo_plugin_set_find(const SeloPluginSet *set, const char *name)
{
    for (guint i = 0; i < set->entries->len; i++) {
        SeloPluginEntry *entry = set->entries->pdata[i];

        if (strcmp(entry->name, name) == 0)
            return entry;
    }
    return NULL;
}

char *
selo_plugin_link(const SeloPaths *paths, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".xml", NULL);

    return g_build_filename(paths->config_dir, "plugins-enabled", file, NULL);
}

gboolean
selo_plugin_is_masked(const SeloPaths *paths, const char *name)
{
    g_autofree char *link = selo_plugin_link(paths, name);
    g_autofree char *target = g_file_read_link(link, NULL);

    return g_strcmp0(target, "/dev/null") == 0;
}

gboolean
selo_plugin_is_installed(const SeloPaths *paths, const char *name)
{
    g_autofree char *file = selo_paths_manifest(paths, name);

    return *name != '\0' && strchr(name, '/') == NULL && g_file_test(file, G_FILE_TEST_IS_REGULAR);
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

GPtrArray *
selo_plugin_list_installed(const SeloPaths *paths)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *directory = g_dir_open(paths->manifest_dir, 0, NULL);
    const char *file;

    while (directory != NULL && (file = g_dir_read_name(directory)) != NULL) {
        g_autofree char *name = g_strdup(file);

        if (!paths->is_build_tree && g_str_has_suffix(name, ".xml"))
            name[strlen(name) - strlen(".xml")] = '\0';
        if (selo_plugin_is_installed(paths, name))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    if (directory != NULL)
        g_dir_close(directory);
    g_ptr_array_sort(names, compare_names);
    return names;
}

static void
read_enabled(SeloPluginSet *set, SeloManifestReader *reader, const char *name, const char *file,
             GPtrArray *faults)
{
    SeloPluginEntry *entry = add_entry(set, name);
    g_autoptr(GPtrArray) own = selo_faults_new();

    entry->manifest = selo_manifest_read(reader, file, own);
    for (guint i = 0; i < own->len; i++) {
        const SeloFault *fault = own->pdata[i];

        selo_fault_warn(faults, fault->file, fault->line, "%s", fault->text);
        if (entry->declined == NULL)
            entry->declined = g_strdup_printf("its manifest is refused: %s", fault->text);
    }
}

SeloPluginSet *
selo_plugin_set_read(const SeloPaths *paths, SeloManifestReader *reader, GPtrArray *faults)
{
    SeloPluginSet *set = selo_plugin_set_new();
    g_autofree char *path = g_build_filename(paths->config_dir, "plugins-enabled", NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GDir *directory = g_dir_open(path, 0, NULL);
    const char *file;

    while (directory != NULL && (file = g_dir_read_name(directory)) != NULL)
        if (g_str_has_suffix(file, ".xml"))
            g_ptr_array_add(names, g_strndup(file, strlen(file) - strlen(".xml")));
    if (directory != NULL)
        g_dir_close(directory);
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *link = selo_plugin_link(paths, name);

        if (!selo_plugin_is_masked(paths, name))
            read_enabled(set, reader, name, link, faults);
    }
    return set;
}
