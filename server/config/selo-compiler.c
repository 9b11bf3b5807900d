/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-compiler.c: writes a checked site as a snapshot. What is at fault never gets this far, so
 * nothing here decides anything but the order of precedence.
 */
#include "config.h"

#include "server/config/selo-compiler.h"

#include <string.h>
#include <unistd.h>

#include "server/config/selo-memory-file.h"
#include "server/config/selo-snapshot-format.h"

G_DEFINE_QUARK(selo - config - error - quark, selo_config_error)

static GVariant *
make_unset(void)
{
    return g_variant_new_tuple(NULL, 0);
}

static void
add_value(GVariantBuilder *values, const SeloOption *option, GVariant *value)
{
    g_variant_builder_add(values, "(syyv)", option->name, (guchar) option->type,
                          (guchar) option->reload, value != NULL ? value : make_unset());
}

/* gethostname() when the administrator named none: every role has to agree on one name. */
static GVariant *
get_host_name(void)
{
    char name[256] = "";

    if (gethostname(name, sizeof name - 1) != 0 || *name == '\0')
        return NULL;
    return g_variant_ref_sink(g_variant_new_string(name));
}

static GVariant *
make_values(const SeloSite *site, const SeloSiteSection *section)
{
    g_auto(GVariantBuilder) values = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE(SELO_SNAPSHOT_VALUES));
    g_autoptr(GPtrArray) options = selo_site_options(site, section);

    for (guint i = 0; i < options->len; i++) {
        const SeloOption *option = options->pdata[i];
        g_autoptr(GVariant) value = selo_site_value(site, section, option);

        if (value == NULL && section->kind->section == SELO_SECTION_SERVER &&
            strcmp(option->name, "hostname") == 0)
            value = get_host_name();
        add_value(&values, option, value);
    }
    return g_variant_builder_end(&values);
}

/* One override section; only the options that may stand in @section too. */
static void
add_override(GVariantBuilder *overrides, const SeloSiteSection *from,
             const SeloSiteSection *section)
{
    g_auto(GVariantBuilder) values = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE(SELO_SNAPSHOT_VALUES));

    for (guint i = 0; i < from->settings->len; i++) {
        const SeloSetting *setting = from->settings->pdata[i];

        if (setting->value != NULL && (setting->option->sections & section->kind->section) != 0)
            add_value(&values, setting->option, setting->value);
    }
    g_variant_builder_add(overrides, "(ys@" SELO_SNAPSHOT_VALUES ")", (guchar) from->selector,
                          from->selector_value, g_variant_builder_end(&values));
}

/* Those of [plugin NAME] come first, so that an instance's own win. */
static GVariant *
make_overrides(const SeloSite *site, const SeloSiteSection *section)
{
    g_auto(GVariantBuilder) overrides =
        G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(ys" SELO_SNAPSHOT_VALUES ")"));
    gboolean is_instance = section->kind->interface != NULL;

    for (guint i = 0; is_instance && i < site->overrides->len; i++) {
        const SeloSiteSection *from = site->overrides->pdata[i];

        if (from->kind->section == SELO_SECTION_PLUGIN && from->plugin == section->plugin)
            add_override(&overrides, from, section);
    }
    for (guint i = 0; i < site->overrides->len; i++) {
        const SeloSiteSection *from = site->overrides->pdata[i];

        if (from->kind == section->kind && strcmp(from->name, section->name) == 0)
            add_override(&overrides, from, section);
    }
    return g_variant_builder_end(&overrides);
}

static gboolean
is_in_use(const SeloSiteSection *section)
{
    gboolean needs_plugin =
        section->kind->interface != NULL || section->kind->section == SELO_SECTION_PLUGIN;

    return section->selector == 0 &&
           (!needs_plugin || (section->plugin != NULL && section->plugin->declined == NULL));
}

static GVariant *
make_sections(const SeloSite *site)
{
    g_auto(GVariantBuilder) sections =
        G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a" SELO_SNAPSHOT_SECTION));

    for (guint i = 0; i < site->sections->len; i++) {
        const SeloSiteSection *section = site->sections->pdata[i];

        if (is_in_use(section))
            g_variant_builder_add(&sections,
                                  "(ssss@" SELO_SNAPSHOT_VALUES "@a(ys" SELO_SNAPSHOT_VALUES "))",
                                  section->kind->name, section->name,
                                  section->plugin != NULL ? section->plugin->name : "",
                                  section->provided != NULL ? section->provided->as : "",
                                  make_values(site, section), make_overrides(site, section));
    }
    return g_variant_builder_end(&sections);
}

static GVariant *
make_provided(const SeloManifest *manifest, const SeloProvided *provided)
{
    g_auto(GVariantBuilder) features = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_STRING_ARRAY);
    g_auto(GVariantBuilder) stages =
        G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a" SELO_SNAPSHOT_STAGE));
    const SeloThreading *threading = selo_manifest_threading(manifest, provided->interface);

    for (guint i = 0; i < provided->features->len; i++)
        g_variant_builder_add(&features, "s", ((SeloNamed *) provided->features->pdata[i])->name);
    for (guint i = 0; i < provided->stages->len; i++) {
        const SeloStageInfo *stage = provided->stages->pdata[i];

        g_variant_builder_add(&stages, SELO_SNAPSHOT_STAGE, stage->name, stage->may,
                              stage->on_failure, stage->reads_body);
    }
    return g_variant_new("(ssuusus@as@a" SELO_SNAPSHOT_STAGE ")", provided->interface, provided->as,
                         provided->major, provided->minor, threading->model, threading->threads,
                         threading->threads_from != NULL ? threading->threads_from : "",
                         g_variant_builder_end(&features), g_variant_builder_end(&stages));
}

static gboolean
is_isolated(const SeloSite *site, const SeloPluginEntry *entry)
{
    const SeloSiteSection *section =
        selo_site_find(site, selo_section_kind("plugin"), entry->name, 0, NULL);
    g_autofree char *word = section != NULL ? selo_site_text(site, section, "isolate") : NULL;

    return word != NULL ? strcmp(word, "yes") == 0 : entry->manifest->runtime.is_isolated;
}

static GVariant *
make_plugin(const SeloSite *site, const SeloPluginEntry *entry)
{
    g_auto(GVariantBuilder) provides =
        G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a" SELO_SNAPSHOT_PROVIDED));
    const SeloManifest *manifest = entry->manifest;
    g_autofree char *module = selo_paths_module(site->paths, manifest->module);

    for (guint i = 0; i < manifest->provides->len; i++)
        g_variant_builder_add_value(&provides,
                                    make_provided(manifest, manifest->provides->pdata[i]));
    return g_variant_new("(sssuuubbx@a" SELO_SNAPSHOT_PROVIDED ")", manifest->name, module,
                         manifest->version, manifest->abi_major, manifest->abi_minor,
                         manifest->runtime.places, is_isolated(site, entry),
                         g_hash_table_contains(site->critical, manifest->name),
                         manifest->runtime.call_timeout, g_variant_builder_end(&provides));
}

static GVariant *
make_plugins(const SeloSite *site)
{
    g_auto(GVariantBuilder) plugins =
        G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a" SELO_SNAPSHOT_PLUGIN));

    for (guint i = 0; i < site->plugins->entries->len; i++) {
        const SeloPluginEntry *entry = site->plugins->entries->pdata[i];

        if (entry->declined == NULL)
            g_variant_builder_add_value(&plugins, make_plugin(site, entry));
    }
    return g_variant_builder_end(&plugins);
}

int
selo_compile_site(const SeloSite *site, GError **error)
{
    g_autoptr(GVariant) snapshot = g_variant_ref_sink(
        g_variant_new("(u@a" SELO_SNAPSHOT_SECTION "@a" SELO_SNAPSHOT_PLUGIN ")",
                      SELO_SNAPSHOT_MAGIC, make_sections(site), make_plugins(site)));

    return selo_memory_file_new("selo-settings", g_variant_get_data(snapshot),
                                g_variant_get_size(snapshot), error);
}

int
selo_compile(const SeloPaths *paths, GPtrArray **out_faults, GError **error)
{
    g_autoptr(SeloSite) site = selo_site_load(paths, error);
    guint n;

    if (site == NULL)
        return -1;
    *out_faults = g_ptr_array_ref(site->faults);
    if ((n = selo_faults_count(site->faults)) == 0)
        return selo_compile_site(site, error);
    g_set_error(error, SELO_CONFIG_ERROR, SELO_CONFIG_ERROR_FAULTY,
                "%u fault%s; the configuration in force has not changed", n, n == 1 ? "" : "s");
    return -1;
}
