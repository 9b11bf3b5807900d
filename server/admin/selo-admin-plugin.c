/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin-plugin.c: selo plugin list, inspect, check, enable, disable. All from manifests, notes
 * and links: no plugin code runs, no server and no root is needed.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "server/admin/selo-admin.h"
#include "server/config/selo-site.h"
#include "server/plugin/selo-loader.h"
#include "server/plugin/selo-plugin-sample.h"

static void
print_faults(const GPtrArray *faults)
{
    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *text = selo_fault_format(faults->pdata[i]);

        g_printerr("%s\n", text);
    }
}

static char *
describe_places(guint places)
{
    static const char *const names[] = { "worker", "auth", "courier" };
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if ((places & selo_place_from_name(names[i])) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", names[i]);
    return g_string_free(text, FALSE);
}

/* ---- list ---- */

typedef struct {
    const char *name, *version, *state, *reason;
    guint places;
} Row;

static void
print_row(const Row *row, GVariantBuilder *rows)
{
    g_autofree char *places = describe_places(row->places);
    g_auto(GVariantBuilder) json = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

    if (rows == NULL) {
        g_print("%-20s %-10s %-10s %-20s %s\n", row->name, row->version, row->state, places,
                row->reason);
        return;
    }
    g_variant_builder_add(&json, "{sv}", "name", g_variant_new_string(row->name));
    g_variant_builder_add(&json, "{sv}", "version", g_variant_new_string(row->version));
    g_variant_builder_add(&json, "{sv}", "state", g_variant_new_string(row->state));
    g_variant_builder_add(&json, "{sv}", "reason", g_variant_new_string(row->reason));
    g_variant_builder_add(&json, "{sv}", "roles", g_variant_new_string(places));
    g_variant_builder_add_value(rows, g_variant_builder_end(&json));
}

static void
list_enabled(const SeloPluginSet *set, GVariantBuilder *rows)
{
    for (guint i = 0; i < set->entries->len; i++) {
        const SeloPluginEntry *entry = set->entries->pdata[i];
        Row row = { entry->name, "-", entry->declined != NULL ? "declined" : "enabled",
                    entry->declined != NULL ? entry->declined : "", 0 };

        if (entry->manifest != NULL) {
            row.version = entry->manifest->version;
            row.places = entry->manifest->runtime.places;
        }
        print_row(&row, rows);
    }
}

static void
list_others(const SeloPaths *paths, SeloManifestReader *reader, const SeloPluginSet *set,
            GVariantBuilder *rows)
{
    g_autoptr(GPtrArray) names = selo_plugin_list_installed(paths);

    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *file = selo_paths_manifest(paths, name);
        g_autoptr(GPtrArray) faults = selo_faults_new();
        g_autoptr(SeloManifest) manifest = NULL;
        Row row = { name, "-", selo_plugin_is_masked(paths, name) ? "masked" : "available", "", 0 };

        if (selo_plugin_set_find(set, name) != NULL)
            continue;
        if ((manifest = selo_manifest_read(reader, file, faults)) != NULL) {
            row.version = manifest->version;
            row.places = manifest->runtime.places;
        }
        print_row(&row, rows);
    }
}

int
selo_admin_plugin_list(const SeloAdminCommand *command)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(command->root);
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autoptr(SeloManifestReader) reader = NULL;
    g_autoptr(SeloPluginSet) set = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariantBuilder) rows =
        command->is_json ? g_variant_builder_new(G_VARIANT_TYPE("aa{sv}")) : NULL;
    gboolean is_all = command->argc == 1 && strcmp(command->argv[0], "--all") == 0;

    if (command->argc > 0 && !is_all)
        return selo_admin_usage("plugin", "list");
    if ((reader = selo_manifest_reader_new(paths, &error)) == NULL)
        return selo_admin_fail("%s", error->message);
    set = selo_plugin_set_read(paths, reader, faults);
    selo_plugin_set_resolve(set, faults);
    list_enabled(set, rows);
    if (is_all)
        list_others(paths, reader, set, rows);
    if (rows != NULL)
        selo_admin_print_json(g_variant_builder_end(rows));
    return 0;
}

/* ---- one manifest, by name or by file ---- */

static char *
find_manifest(const SeloPaths *paths, const char *name)
{
    return strchr(name, '/') != NULL || g_str_has_suffix(name, ".xml")
               ? g_strdup(name)
               : selo_paths_manifest(paths, name);
}

static SeloManifest *
read_manifest(const SeloPaths *paths, SeloManifestReader *reader, const char *name)
{
    g_autofree char *file = find_manifest(paths, name);
    g_autoptr(GPtrArray) faults = selo_faults_new();
    SeloManifest *manifest = selo_manifest_read(reader, file, faults);

    print_faults(faults);
    return manifest;
}

static gboolean
check_module(const SeloManifest *manifest, const char *file)
{
    SeloModule module = { manifest->name, file, manifest->abi_major, manifest->abi_minor };
    g_autoptr(SeloElf) elf = NULL;
    g_autoptr(GError) error = NULL;
    int fd = selo_module_check(&module, &elf, &error);

    if (fd < 0) {
        g_printerr("%s\n", error->message);
        return FALSE;
    }
    close(fd);
    for (guint i = 0; i < elf->exports->len; i++)
        if (strcmp(elf->exports->pdata[i], "selo_plugin_entry") != 0) {
            g_printerr(
                "%s: exports \"%s\", may export selo_plugin_entry alone (-fvisibility=hidden)\n",
                file, (char *) elf->exports->pdata[i]);
            return FALSE;
        }
    return TRUE;
}

/* ---- inspect ---- */

static void
print_relations(const char *word, const GPtrArray *relations)
{
    for (guint i = 0; i < relations->len; i++) {
        const SeloRelation *relation = relations->pdata[i];

        g_print("%-10s %s %s%s%s\n", word,
                relation->kind == SELO_RELATION_INTERFACE ? "interface"
                : relation->kind == SELO_RELATION_PLUGIN  ? "plugin"
                                                          : "library",
                relation->name, relation->as != NULL ? " as " : "",
                relation->as != NULL ? relation->as : "");
    }
}

static void
print_provided(const SeloManifest *manifest)
{
    for (guint i = 0; i < manifest->provides->len; i++) {
        const SeloProvided *provided = manifest->provides->pdata[i];
        const SeloThreading *threading = selo_manifest_threading(manifest, provided->interface);

        g_print("provides   %s %u.%u as %s (%s)\n", provided->interface, provided->major,
                provided->minor, provided->as, threading->model);
        for (guint j = 0; j < provided->features->len; j++)
            g_print("           feature %s\n", ((SeloNamed *) provided->features->pdata[j])->name);
        for (guint j = 0; j < provided->stages->len; j++) {
            const SeloStageInfo *stage = provided->stages->pdata[j];

            g_print("           stage %s, on failure %s\n", stage->name, stage->on_failure);
        }
    }
}

static void
print_needs(const SeloManifest *manifest)
{
    for (guint i = 0; i < manifest->needs->len; i++) {
        const SeloNeed *need = manifest->needs->pdata[i];

        g_print("needs      %s%s%s%s%s%s%s\n", need->kind,
                need->from != NULL ? " from option " : "", need->from != NULL ? need->from : "",
                need->port != NULL ? " port " : "", need->port != NULL ? need->port : "",
                need->well_known != NULL ? " " : "",
                need->well_known != NULL ? need->well_known : "");
    }
}

static void
print_options(const SeloManifest *manifest)
{
    for (guint i = 0; i < manifest->options->len; i++) {
        const SeloOption *option = manifest->options->pdata[i];
        GString *sections = g_string_new(NULL);

        for (size_t j = 0; j < selo_n_section_kinds; j++)
            if ((option->sections & selo_section_kinds[j].section) != 0)
                g_string_append_printf(sections, " %s", selo_section_kinds[j].name);
        g_print("option     %s: %s%s%s, in%s%s%s\n           %s\n", option->name,
                selo_type_name(option->type), option->type == SELO_TYPE_LIST ? " of " : "",
                option->type == SELO_TYPE_LIST ? selo_type_name(option->of) : "", sections->str,
                option->default_text != NULL ? ", default "
                : option->is_required        ? ", required"
                                             : "",
                option->default_text != NULL ? option->default_text : "", option->summary);
        g_string_free(sections, TRUE);
    }
}

static void
print_manifest(const SeloManifest *manifest)
{
    g_autofree char *places = describe_places(manifest->runtime.places);

    g_print("%s %s: %s\n%s\n", manifest->name, manifest->version, manifest->about.title,
            manifest->about.summary);
    if (manifest->about.description != NULL)
        g_print("\n%s\n\n", manifest->about.description);
    g_print("license    %s\nstability  %s\n", manifest->about.license, manifest->about.stability);
    for (guint i = 0; i < manifest->about.maintainers->len; i++)
        g_print("maintainer %s\n", (char *) manifest->about.maintainers->pdata[i]);
    g_print("manifest   %s\nABI        %u.%u\nroles      %s\nisolated   %s\n", manifest->file,
            manifest->abi_major, manifest->abi_minor, places,
            manifest->runtime.is_isolated ? "yes" : "no");
    print_provided(manifest);
    print_relations("requires", manifest->requires);
    print_relations("wants", manifest->wants);
    print_relations("conflicts", manifest->conflicts);
    print_needs(manifest);
    print_options(manifest);
}

static GVariant *
make_option_row(const SeloOption *option)
{
    g_auto(GVariantBuilder) row = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

    g_variant_builder_add(&row, "{sv}", "name", g_variant_new_string(option->name));
    g_variant_builder_add(&row, "{sv}", "type", g_variant_new_string(selo_type_name(option->type)));
    g_variant_builder_add(&row, "{sv}", "required", g_variant_new_boolean(option->is_required));
    g_variant_builder_add(&row, "{sv}", "summary", g_variant_new_string(option->summary));
    if (option->default_text != NULL)
        g_variant_builder_add(&row, "{sv}", "default", g_variant_new_string(option->default_text));
    return g_variant_builder_end(&row);
}

static void
print_manifest_json(const SeloManifest *manifest)
{
    g_auto(GVariantBuilder) row = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    g_auto(GVariantBuilder) provides = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_STRING_ARRAY);
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
    g_autofree char *places = describe_places(manifest->runtime.places);

    for (guint i = 0; i < manifest->provides->len; i++) {
        const SeloProvided *provided = manifest->provides->pdata[i];

        g_variant_builder_add_value(
            &provides, g_variant_new_take_string(g_strdup_printf("%s/%u.%u:%s", provided->interface,
                                                                 provided->major, provided->minor,
                                                                 provided->as)));
    }
    for (guint i = 0; i < manifest->options->len; i++)
        g_variant_builder_add_value(&options, make_option_row(manifest->options->pdata[i]));
    g_variant_builder_add(&row, "{sv}", "name", g_variant_new_string(manifest->name));
    g_variant_builder_add(&row, "{sv}", "version", g_variant_new_string(manifest->version));
    g_variant_builder_add(&row, "{sv}", "title", g_variant_new_string(manifest->about.title));
    g_variant_builder_add(&row, "{sv}", "summary", g_variant_new_string(manifest->about.summary));
    g_variant_builder_add(&row, "{sv}", "license", g_variant_new_string(manifest->about.license));
    g_variant_builder_add(&row, "{sv}", "roles", g_variant_new_string(places));
    g_variant_builder_add(&row, "{sv}", "provides", g_variant_builder_end(&provides));
    g_variant_builder_add(&row, "{sv}", "options", g_variant_builder_end(&options));
    selo_admin_print_json(g_variant_builder_end(&row));
}

int
selo_admin_plugin_inspect(const SeloAdminCommand *command)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(command->root);
    g_autoptr(SeloManifestReader) reader = NULL;
    g_autoptr(SeloManifest) manifest = NULL;
    g_autoptr(GError) error = NULL;

    if (command->argc != 1)
        return selo_admin_usage("plugin", "inspect");
    if ((reader = selo_manifest_reader_new(paths, &error)) == NULL)
        return selo_admin_fail("%s", error->message);
    if ((manifest = read_manifest(paths, reader, command->argv[0])) == NULL)
        return 1;
    if (command->is_json)
        print_manifest_json(manifest);
    else
        print_manifest(manifest);
    return 0;
}

/* ---- check ---- */

static gboolean
check_one(const SeloPaths *paths, SeloManifestReader *reader, const char *name, const char *module)
{
    g_autoptr(SeloManifest) manifest = read_manifest(paths, reader, name);
    g_autofree char *file = NULL;

    if (manifest == NULL)
        return FALSE;
    file = module != NULL ? g_canonicalize_filename(module, NULL)
                          : selo_paths_module(paths, manifest->module);
    if (!check_module(manifest, file))
        return FALSE;
    g_print("%s %s: good\n", manifest->name, manifest->version);
    return TRUE;
}

int
selo_admin_plugin_check(const SeloAdminCommand *command)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(command->root);
    g_autoptr(SeloManifestReader) reader = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autoptr(SeloPluginSet) set = NULL;
    gboolean is_good = TRUE;

    if (command->argc > 2)
        return selo_admin_usage("plugin", "check");
    if ((reader = selo_manifest_reader_new(paths, &error)) == NULL)
        return selo_admin_fail("%s", error->message);
    if (command->argc > 0)
        return !check_one(paths, reader, command->argv[0], command->argv[1]);
    set = selo_plugin_set_read(paths, reader, faults);
    selo_plugin_set_resolve(set, faults);
    print_faults(faults);
    for (guint i = 0; i < set->entries->len; i++) {
        const SeloPluginEntry *entry = set->entries->pdata[i];

        if (entry->declined != NULL && entry->manifest != NULL)
            g_printerr("%s: declined: %s\n", entry->name, entry->declined);
        is_good &= entry->declined == NULL && check_one(paths, reader, entry->name, NULL);
    }
    return !is_good || faults->len > 0;
}

/* ---- enable, disable ---- */

/* With the plugin added, would it be declined or conflict? */
static gboolean
check_relations(const SeloPaths *paths, SeloManifestReader *reader, const char *name)
{
    g_autoptr(GPtrArray) others = selo_faults_new(), faults = selo_faults_new();
    g_autoptr(SeloPluginSet) set = selo_plugin_set_read(paths, reader, others);
    g_autofree char *file = selo_paths_manifest(paths, name);
    SeloManifest *manifest =
        selo_plugin_set_find(set, name) == NULL ? selo_manifest_read(reader, file, faults) : NULL;
    const SeloPluginEntry *entry;

    if (manifest != NULL)
        selo_plugin_set_add(set, manifest);
    selo_plugin_set_resolve(set, faults);
    print_faults(faults);
    entry = selo_plugin_set_find(set, name);
    if (entry != NULL && entry->declined != NULL)
        g_printerr("%s is enabled, and stays off until then: %s\n", name, entry->declined);
    return faults->len == 0;
}

/* A link beside it is renamed over it: there is no moment without one or with half of one. */
static gboolean
link_manifest(const SeloPaths *paths, const char *name, GError **error)
{
    g_autofree char *target = selo_paths_manifest(paths, name),
                    *link = selo_plugin_link(paths, name);
    g_autofree char *directory = g_path_get_dirname(link);
    g_autofree char *beside = g_strdup_printf("%s/.%s.%d", directory, name, (int) getpid());

    if (g_mkdir_with_parents(directory, 0755) == 0 && symlink(target, beside) == 0 &&
        rename(beside, link) == 0)
        return TRUE;
    g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s", link,
                g_strerror(errno));
    unlink(beside);
    return FALSE;
}

static void
install_sample(const SeloPaths *paths, const SeloManifest *manifest)
{
    g_autofree char *directory = g_build_filename(paths->config_dir, "conf.d", NULL);
    g_autofree char *name = g_strdup_printf("50-%s.conf", manifest->name);
    g_autofree char *file = g_build_filename(directory, name, NULL);
    g_autofree char *sample = NULL;
    g_autoptr(GError) error = NULL;

    if (g_file_test(file, G_FILE_TEST_EXISTS))
        return;
    sample = selo_plugin_sample(manifest);
    if (g_mkdir_with_parents(directory, 0755) != 0 ||
        !g_file_set_contents_full(file, sample, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
        g_printerr("%s: no sample written: %s\n", file,
                   error != NULL ? error->message : g_strerror(errno));
    else
        g_print("wrote the sample %s\n", file);
}

static gboolean
enable_one(const SeloPaths *paths, SeloManifestReader *reader, const char *name)
{
    g_autoptr(SeloManifest) manifest = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *module = NULL;

    if (!selo_plugin_is_installed(paths, name)) {
        selo_admin_fail(
            "plugin \"%s\" is not installed; it is probably in the package selo-plugin-%s", name,
            name);
        return FALSE;
    }
    if ((manifest = read_manifest(paths, reader, name)) == NULL)
        return FALSE;
    module = selo_paths_module(paths, manifest->module);
    if (!check_module(manifest, module) || !check_relations(paths, reader, name))
        return FALSE;
    if (!link_manifest(paths, name, &error)) {
        selo_admin_fail("%s", error->message);
        return FALSE;
    }
    install_sample(paths, manifest);
    g_print("enabled %s; in force after: selo reload\n", name);
    return TRUE;
}

int
selo_admin_plugin_enable(const SeloAdminCommand *command)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(command->root);
    g_autoptr(SeloManifestReader) reader = NULL;
    g_autoptr(GError) error = NULL;

    if (command->argc == 0)
        return selo_admin_usage("plugin", "enable");
    if ((reader = selo_manifest_reader_new(paths, &error)) == NULL)
        return selo_admin_fail("%s", error->message);
    for (char **name = command->argv; *name != NULL; name++)
        if (!enable_one(paths, reader, *name))
            return 1;
    return 0;
}

int
selo_admin_plugin_disable(const SeloAdminCommand *command)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(command->root);

    if (command->argc == 0)
        return selo_admin_usage("plugin", "disable");
    for (char **name = command->argv; *name != NULL; name++) {
        g_autofree char *link = selo_plugin_link(paths, *name);

        if (strchr(*name, '/') != NULL || selo_plugin_is_masked(paths, *name))
            return selo_admin_fail("plugin \"%s\" is not enabled", *name);
        if (unlink(link) != 0)
            return errno == ENOENT ? selo_admin_fail("plugin \"%s\" is not enabled", *name)
                                   : selo_admin_fail("%s: %s", link, g_strerror(errno));
        g_print("disabled %s; in force after: selo reload\n", *name);
    }
    return 0;
}
