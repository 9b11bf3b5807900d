/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-site-check.c: checks a site's sections against what is declared: sections and keys known and
 * allowed here, then values, then what is required, then references, then the plugins' relations.
 * Nothing stops at the first fault, and nothing falls back to a default.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "server/config/selo-site.h"

/* Where a section's own fault is shown. */
#define SECTION_FAULT(site, section, ...) \
    selo_fault_add((site)->faults, (section)->file, (section)->line, __VA_ARGS__)
#define SETTING_FAULT(site, setting, ...) \
    selo_fault_add((site)->faults, (setting)->file, (setting)->line, __VA_ARGS__)

static char *
suggest(const char *word, const GPtrArray *known)
{
    const char *nearest = selo_nearest(word, (const char *const *) known->pdata, known->len);

    return nearest != NULL ? g_strdup_printf("; did you mean \"%s\"?", nearest) : g_strdup("");
}

/* ---- which plugin serves a section ---- */

static const SeloSetting *
find_written(const SeloSiteSection *section, const char *key)
{
    for (guint i = section->settings->len; i > 0; i--) {
        const SeloSetting *setting = section->settings->pdata[i - 1];

        if (strcmp(setting->key, key) == 0)
            return setting;
    }
    return NULL;
}

static void
report_absent_plugin(SeloSite *site, const SeloSiteSection *section, const char *name)
{
    const SeloSetting *setting = find_written(section, "plugin");
    const char *file = setting != NULL ? setting->file : section->file;
    guint line = setting != NULL ? setting->line : section->line;
    g_autoptr(GPtrArray) installed = NULL;
    g_autofree char *hint = NULL;

    if (selo_plugin_is_masked(site->paths, name)) {
        selo_fault_add(site->faults, file, line,
                       "[%s]: plugin \"%s\" is masked; run: selo plugin enable %s", section->head,
                       name, name);
        return;
    }
    if ((section->kind->section & (SELO_SECTION_LISTENER | SELO_SECTION_PLUGIN)) != 0 &&
        selo_plugin_is_installed(site->paths, name)) {
        /* nothing else needs it, and whoever disabled the plugin wants just this */
        selo_fault_warn(site->faults, file, line,
                        "[%s]: off, for plugin \"%s\" is not enabled; run: selo plugin enable %s",
                        section->head, name, name);
        return;
    }
    if (selo_plugin_is_installed(site->paths, name)) {
        selo_fault_add(site->faults, file, line,
                       "[%s]: plugin \"%s\" is not enabled; run: selo plugin enable %s",
                       section->head, name, name);
        return;
    }
    installed = selo_plugin_list_installed(site->paths);
    hint = suggest(name, installed);
    selo_fault_add(site->faults, file, line, "[%s]: plugin \"%s\" is not installed%s%s",
                   section->head, name,
                   *hint != '\0' ? hint : "; it is probably in the package selo-plugin-",
                   *hint != '\0' ? "" : name);
}

static const SeloProvided *
find_provided(SeloSite *site, const SeloSiteSection *section, const SeloManifest *manifest,
              const char *as)
{
    const SeloProvided *found = NULL;

    for (guint i = 0; i < manifest->provides->len; i++) {
        const SeloProvided *provided = manifest->provides->pdata[i];

        if (strcmp(provided->interface, section->kind->interface) != 0 ||
            (as != NULL && strcmp(provided->as, as) != 0))
            continue;
        if (found != NULL) {
            SECTION_FAULT(
                site, section,
                "[%s]: plugin \"%s\" provides %s more than once; write plugin = %s:%s or %s:%s",
                section->head, manifest->name, provided->interface, manifest->name, found->as,
                manifest->name, provided->as);
            return NULL;
        }
        found = provided;
    }
    if (found == NULL)
        SECTION_FAULT(site, section, "[%s]: plugin \"%s\" provides no %s%s%s", section->head,
                      manifest->name, section->kind->interface, as != NULL ? " as " : "",
                      as != NULL ? as : "");
    return found;
}

static void
find_plugin(SeloSite *site, SeloSiteSection *section)
{
    const SeloSetting *setting =
        section->kind->interface != NULL ? find_written(section, "plugin") : NULL;
    const char *text = setting != NULL ? setting->text : section->name;
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);
    const SeloPluginEntry *entry;

    if (section->kind->interface == NULL && section->kind->section != SELO_SECTION_PLUGIN)
        return;
    if (parts[0] == NULL || (entry = selo_plugin_set_find(site->plugins, parts[0])) == NULL) {
        report_absent_plugin(site, section, parts[0] != NULL ? parts[0] : "");
        return;
    }
    if (entry->manifest == NULL) {
        SECTION_FAULT(site, section, "[%s]: plugin \"%s\" cannot be used: %s", section->head,
                      entry->name, entry->declined);
        return;
    }
    if (section->kind->interface != NULL &&
        (section->provided = find_provided(site, section, entry->manifest, parts[1])) == NULL)
        return;
    section->plugin = entry;
}

/* ---- keys and values ---- */

static const SeloOption *
find_plugin_option(const SeloSiteSection *section, const char *key)
{
    const SeloOption *option =
        section->plugin != NULL ? selo_manifest_option(section->plugin->manifest, key) : NULL;

    return option != NULL && (option->sections & section->kind->section) != 0 ? option : NULL;
}

static const SeloOption *
find_deprecated(SeloSite *site, const SeloSiteSection *section, const SeloSetting *setting)
{
    const SeloManifest *manifest = section->plugin != NULL ? section->plugin->manifest : NULL;
    const SeloDeprecated *deprecated =
        manifest != NULL ? selo_manifest_deprecated(manifest, setting->key) : NULL;
    g_autofree char *remedy = NULL;

    if (deprecated == NULL)
        return NULL;
    remedy = deprecated->replaced_by != NULL
                 ? g_strdup_printf("use \"%s\"", deprecated->replaced_by)
                 : g_strdup("take it out");
    if (deprecated->replaced_by == NULL ||
        (deprecated->removed_in != NULL &&
         selo_release_compare(manifest->version, deprecated->removed_in) >= 0)) {
        SETTING_FAULT(site, setting, "[%s] %s: no longer there since %s %s; %s", section->head,
                      setting->key, manifest->name,
                      deprecated->removed_in != NULL ? deprecated->removed_in : deprecated->since,
                      remedy);
        return NULL;
    }
    selo_fault_warn(site->faults, setting->file, setting->line,
                    "[%s] %s: deprecated since %s %s; %s", section->head, setting->key,
                    manifest->name, deprecated->since, remedy);
    return find_plugin_option(section, deprecated->replaced_by);
}

static void
report_unknown_key(SeloSite *site, const SeloSiteSection *section, const SeloSetting *setting)
{
    g_autoptr(GPtrArray) options = selo_site_options(site, section), known = g_ptr_array_new();
    const SeloOption *elsewhere =
        section->plugin != NULL ? selo_manifest_option(section->plugin->manifest, setting->key)
                                : NULL;
    g_autofree char *hint = NULL;

    for (guint i = 0; i < options->len; i++)
        g_ptr_array_add(known, ((SeloOption *) options->pdata[i])->name);
    hint = suggest(setting->key, known);
    if (elsewhere != NULL)
        SETTING_FAULT(site, setting,
                      "[%s] %s: not allowed in this section; see: selo plugin inspect %s",
                      section->head, setting->key, section->plugin->name);
    else
        SETTING_FAULT(site, setting, "[%s] %s: unknown key%s", section->head, setting->key, hint);
}

static void
check_setting(SeloSite *site, const SeloSiteSection *section, SeloSetting *setting)
{
    const SeloOption *option =
        selo_manifest_reader_core_option(site->reader, section->kind->section, setting->key);
    g_autofree char *why = NULL;

    if (option == NULL)
        option = find_plugin_option(section, setting->key);
    if (option == NULL && section->plugin != NULL &&
        selo_manifest_deprecated(section->plugin->manifest, setting->key) != NULL) {
        if ((option = find_deprecated(site, section, setting)) == NULL)
            return;
    }
    if (option == NULL) {
        /* Without its plugin nobody knows the section's keys; that has been said. */
        if (section->plugin != NULL ||
            (section->kind->interface == NULL && section->kind->section != SELO_SECTION_PLUGIN))
            report_unknown_key(site, section, setting);
        return;
    }
    setting->option = option;
    if (section->selector != 0 && (option->overrides & section->selector) == 0) {
        SETTING_FAULT(site, setting, "[%s] %s: cannot be set for one %s", section->head,
                      setting->key, selo_selector_name(section->selector));
        return;
    }
    setting->value = selo_option_parse(option, setting->text, &why);
    if (setting->value == NULL && option->type == SELO_TYPE_SECRET) /* may be the secret itself */
        SETTING_FAULT(site, setting, "[%s] %s: %s", section->head, setting->key, why);
    else if (setting->value == NULL)
        SETTING_FAULT(site, setting, "[%s] %s = %s: %s", section->head, setting->key, setting->text,
                      why);
}

static void
check_settings(SeloSite *site, SeloSiteSection *section)
{
    for (guint i = 0; i < section->settings->len; i++)
        check_setting(site, section, section->settings->pdata[i]);
}

static void
check_override(SeloSite *site, SeloSiteSection *section)
{
    const SeloSiteSection *base = selo_site_find(site, section->kind, section->name, 0, NULL);

    if (base == NULL) {
        SECTION_FAULT(site, section, "[%s]: there is no [%s%s%s] to override", section->head,
                      section->kind->name, section->kind->is_named ? " " : "", section->name);
        return;
    }
    if (section->selector == SELO_SELECTOR_LISTENER &&
        selo_site_find(site, selo_section_kind("listener"), section->selector_value, 0, NULL) ==
            NULL)
        SECTION_FAULT(site, section, "[%s]: there is no [listener %s]", section->head,
                      section->selector_value);
    section->plugin = base->plugin;
    section->provided = base->provided;
    check_settings(site, section);
}

/* ---- what is there without being written ---- */

static gboolean
has_required(const SeloSite *site, const SeloSiteSection *section, const SeloOption **out_missing)
{
    const SeloManifest *manifest = section->plugin->manifest;

    for (guint i = 0; i < manifest->options->len; i++) {
        const SeloOption *option = manifest->options->pdata[i];

        if (option->is_required && (option->sections & section->kind->section) != 0 &&
            selo_site_effective(site, section, option) == NULL) {
            *out_missing = option;
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
has_instance(const SeloSite *site, const SeloSectionKind *kind, const SeloPluginEntry *entry)
{
    for (guint i = 0; i < site->sections->len; i++) {
        const SeloSiteSection *section = site->sections->pdata[i];

        if (section->kind == kind && section->plugin == entry)
            return TRUE;
    }
    return FALSE;
}

static void
add_implicit_filter(SeloSite *site, const SeloPluginEntry *entry)
{
    const SeloSectionKind *kind = selo_section_kind("filter");
    const SeloProvided *provided = selo_manifest_provided(entry->manifest, "filter", NULL);
    const SeloOption *missing;
    SeloSiteSection *section;

    if (provided == NULL || has_instance(site, kind, entry) ||
        selo_site_find(site, kind, entry->name, 0, NULL) != NULL)
        return;
    section = selo_site_add(site, kind, entry->name, 0, NULL);
    section->plugin = entry;
    section->provided = provided;
    if (!has_required(site, section, &missing))
        selo_site_remove(site, section);
}

static void
add_missing_sections(SeloSite *site)
{
    const SeloSectionKind *plugin = selo_section_kind("plugin");

    for (size_t i = 0; i < selo_n_section_kinds; i++)
        if (!selo_section_kinds[i].is_named &&
            selo_site_find(site, &selo_section_kinds[i], "", 0, NULL) == NULL)
            selo_site_add(site, &selo_section_kinds[i], "", 0, NULL);
    for (guint i = 0; i < site->plugins->entries->len; i++) {
        const SeloPluginEntry *entry = site->plugins->entries->pdata[i];

        if (entry->declined == NULL && selo_site_find(site, plugin, entry->name, 0, NULL) == NULL)
            selo_site_add(site, plugin, entry->name, 0, NULL);
    }
}

/* ---- required, references, instances ---- */

static void
check_required(SeloSite *site, const SeloSiteSection *section)
{
    g_autoptr(GPtrArray) options = selo_site_options(site, section);

    for (guint i = 0; i < options->len; i++) {
        const SeloOption *option = options->pdata[i];

        /* [plugin NAME] alone is no instance: what an instance needs may stand in the instance. */
        if (!option->is_required || selo_site_effective(site, section, option) != NULL ||
            (section->kind->section == SELO_SECTION_PLUGIN &&
             option->sections != SELO_SECTION_PLUGIN))
            continue;
        SECTION_FAULT(site, section, "[%s] %s: missing; %s", section->head, option->name,
                      option->summary);
    }
}

static void
check_reference(SeloSite *site, const SeloSiteSection *section, const SeloSetting *setting,
                SeloType type, const char *name)
{
    const SeloSectionKind *kind = selo_section_kind(selo_type_name(type));
    g_autoptr(GPtrArray) known = NULL;
    g_autofree char *hint = NULL;

    if (selo_site_find(site, kind, name, 0, NULL) != NULL)
        return;
    known = g_ptr_array_new();
    for (guint i = 0; i < site->sections->len; i++) {
        const SeloSiteSection *other = site->sections->pdata[i];

        if (other->kind == kind && other->selector == 0)
            g_ptr_array_add(known, other->name);
    }
    hint = suggest(name, known);
    SETTING_FAULT(site, setting, "[%s] %s: there is no [%s %s]%s", section->head, setting->key,
                  kind->name, name, hint);
}

static void
check_references(SeloSite *site, const SeloSiteSection *section)
{
    for (guint i = 0; i < section->settings->len; i++) {
        const SeloSetting *setting = section->settings->pdata[i];
        g_autofree const char **names = NULL;

        if (setting->value == NULL)
            continue;
        if (selo_type_is_reference(setting->option->type)) {
            check_reference(site, section, setting, setting->option->type,
                            g_variant_get_string(setting->value, NULL));
        } else if (setting->option->type == SELO_TYPE_LIST &&
                   selo_type_is_reference(setting->option->of)) {
            names = g_variant_get_strv(setting->value, NULL);
            for (const char **name = names; *name != NULL; name++)
                check_reference(site, section, setting, setting->option->of, *name);
        }
    }
}

/* A file that is certainly not there. One that this process may not see is left to those who may. */
static void
check_file(SeloSite *site, const SeloSiteSection *section, const SeloSetting *setting)
{
    const char *path = NULL;

    if (setting->value == NULL)
        return;
    if (setting->option->type == SELO_TYPE_SECRET && g_str_has_prefix(setting->text, "file:"))
        path = setting->text + strlen("file:");
    else if (section->kind->section == SELO_SECTION_TLS && setting->option->type == SELO_TYPE_PATH)
        path = setting->text;
    if (path != NULL && access(path, F_OK) != 0 && errno == ENOENT)
        SETTING_FAULT(site, setting, "[%s] %s: %s: %s", section->head, setting->key, path,
                      g_strerror(ENOENT));
}

static void
check_files(SeloSite *site, const SeloSiteSection *section)
{
    for (guint i = 0; i < section->settings->len; i++) {
        const SeloSetting *setting = section->settings->pdata[i];

        if (setting->option != NULL && setting == selo_site_setting(section, setting->option))
            check_file(site, section, setting);
    }
}

/* Two listeners on one address would be found only when the second binds. */
static void
check_addresses(SeloSite *site)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const SeloOption *option =
        selo_manifest_reader_core_option(site->reader, SELO_SECTION_LISTENER, "address");

    for (guint i = 0; option != NULL && i < site->sections->len; i++) {
        SeloSiteSection *section = site->sections->pdata[i];
        const SeloSetting *setting =
            section->kind->section == SELO_SECTION_LISTENER && section->selector == 0
                ? selo_site_setting(section, option)
                : NULL;
        g_autofree const char **addresses = setting != NULL && setting->value != NULL
                                                ? g_variant_get_strv(setting->value, NULL)
                                                : NULL;

        for (const char **address = addresses; address != NULL && *address != NULL; address++) {
            const SeloSiteSection *before = g_hash_table_lookup(seen, *address);

            if (before != NULL)
                SETTING_FAULT(site, setting, "[%s] address: %s is [%s]'s already", section->head,
                              *address, before->head);
            else
                g_hash_table_insert(seen, g_strdup(*address), section);
        }
    }
}

/* Whoever may send a PROXY header may claim any address: it has to be said who may. */
static void
check_proxies(SeloSite *site, const SeloSiteSection *section)
{
    g_autofree char *is_on = NULL, *networks = NULL;

    if (section->kind->section != SELO_SECTION_LISTENER || section->selector != 0)
        return;
    is_on = selo_site_text(site, section, "proxy-protocol");
    networks = selo_site_text(site, section, "trusted-networks");
    if (g_strcmp0(is_on, "yes") == 0 && (networks == NULL || *networks == '\0'))
        SECTION_FAULT(site, section, "[%s] proxy-protocol = yes: needs trusted-networks",
                      section->head);
}

/* A promise that cannot be kept is refused, not forgotten. */
static void
check_sandbox(SeloSite *site, const SeloSiteSection *section)
{
    const SeloSetting *setting = find_written(section, "sandbox");

    if (setting != NULL && strcmp(setting->text, "require") == 0)
        SETTING_FAULT(site, setting, "[%s] sandbox = require: roles cannot confine themselves yet",
                      section->head);
}

static void
check_instance_count(SeloSite *site, const SeloPluginEntry *entry)
{
    guint n = 0, max = entry->manifest->runtime.max_instances;

    for (guint i = 0; max > 0 && i < site->sections->len; i++) {
        const SeloSiteSection *section = site->sections->pdata[i];

        if (section->plugin == entry && section->kind->interface != NULL &&
            section->selector == 0 && ++n == max + 1)
            SECTION_FAULT(site, section, "[%s]: plugin \"%s\" can have %u instances at most",
                          section->head, entry->name, max);
    }
}

/* ---- plugins ---- */

static void
mark_critical(SeloSite *site, const SeloPluginEntry *entry)
{
    if (entry != NULL)
        g_hash_table_add(site->critical, g_strdup(entry->name));
}

static void
mark_referred(SeloSite *site, const SeloSiteSection *section)
{
    for (guint i = 0; i < section->settings->len; i++) {
        const SeloSetting *setting = section->settings->pdata[i];
        SeloType type = SELO_N_TYPES;
        g_auto(GStrv) names = NULL;

        if (setting->value != NULL)
            type = setting->option->type == SELO_TYPE_LIST ? setting->option->of
                                                           : setting->option->type;
        if (type == SELO_N_TYPES || !selo_type_is_reference(type))
            continue;
        names = selo_list_split(setting->text);
        for (char **name = names; *name != NULL; name++) {
            const SeloSiteSection *target =
                selo_site_find(site, selo_section_kind(selo_type_name(type)), *name, 0, NULL);

            if (target != NULL)
                mark_critical(site, target->plugin);
        }
    }
}

static void
find_critical(SeloSite *site)
{
    for (guint i = 0; i < site->sections->len; i++) {
        const SeloSiteSection *section = site->sections->pdata[i];

        if (section->kind->section == SELO_SECTION_LISTENER)
            mark_critical(site, section->plugin);
        if ((section->kind->section &
             (SELO_SECTION_LISTENER | SELO_SECTION_DOMAIN | SELO_SECTION_ROUTE)) != 0)
            mark_referred(site, section);
    }
    for (guint i = 0; i < site->plugins->entries->len; i++) {
        const SeloPluginEntry *entry = site->plugins->entries->pdata[i];
        const SeloSiteSection *section =
            selo_site_find(site, selo_section_kind("plugin"), entry->name, 0, NULL);
        g_autofree char *word = section != NULL ? selo_site_text(site, section, "critical") : NULL;

        if (g_strcmp0(word, "yes") == 0)
            mark_critical(site, entry);
        else if (g_strcmp0(word, "no") == 0)
            g_hash_table_remove(site->critical, entry->name);
    }
}

/* A promise that cannot be kept is refused, not forgotten. */
static void
check_isolate(SeloSite *site, const SeloPluginEntry *entry, const SeloSiteSection *section)
{
    g_autofree char *word = section != NULL ? selo_site_text(site, section, "isolate") : NULL;
    const SeloSetting *setting = word != NULL ? find_written(section, "isolate") : NULL;

    if (setting == NULL && entry->manifest->runtime.is_isolated)
        selo_fault_warn(site->faults, entry->manifest->file, entry->manifest->runtime.line,
                        "plugin \"%s\" stays off, for plugins cannot be isolated yet; "
                        "isolate = no in [plugin %s] runs it inside the server",
                        entry->name, entry->name);
    if (setting == NULL || strcmp(word, "yes") != 0)
        return;
    if (selo_manifest_provided(entry->manifest, "protocol", NULL) != NULL ||
        selo_manifest_provided(entry->manifest, "store", NULL) != NULL)
        SETTING_FAULT(site, setting, "[%s] isolate = yes: a protocol or a store cannot be isolated",
                      section->head);
    else
        SETTING_FAULT(site, setting, "[%s] isolate = yes: plugins cannot be isolated yet",
                      section->head);
}

static void
check_plugin(SeloSite *site, const SeloPluginEntry *entry)
{
    const SeloSiteSection *section =
        selo_site_find(site, selo_section_kind("plugin"), entry->name, 0, NULL);
    g_autofree char *agreed = NULL;

    if (entry->declined != NULL) {
        if (g_hash_table_contains(site->critical, entry->name))
            selo_fault_add(site->faults, entry->manifest != NULL ? entry->manifest->file : NULL, 0,
                           "plugin \"%s\" is needed and declined: %s", entry->name,
                           entry->declined);
        else if (entry->manifest != NULL)
            selo_fault_warn(site->faults, entry->manifest->file, 0, "plugin \"%s\" is declined: %s",
                            entry->name, entry->declined);
        return;
    }
    check_instance_count(site, entry);
    check_isolate(site, entry, section);
    if (g_strcmp0(entry->manifest->about.stability, "deprecated") == 0)
        selo_fault_warn(
            site->faults, entry->manifest->file, 0, "plugin \"%s\" is deprecated%s%s", entry->name,
            entry->manifest->about.replaced_by != NULL ? "; use " : "",
            entry->manifest->about.replaced_by != NULL ? entry->manifest->about.replaced_by : "");
    if (g_strcmp0(entry->manifest->about.stability, "experimental") != 0)
        return;
    agreed = section != NULL ? selo_site_text(site, section, "experimental") : NULL;
    if (g_strcmp0(agreed, "yes") != 0)
        selo_fault_add(
            site->faults, entry->manifest->file, 0,
            "plugin \"%s\" is experimental; agree with experimental = yes in [plugin %s]",
            entry->name, entry->name);
}

static void
check_filter_order(SeloSite *site, const SeloSiteSection *section)
{
    const SeloSetting *setting = find_written(section, "filters");
    const SeloSectionKind *kind = selo_section_kind("filter");
    g_autofree const char **names = NULL;
    size_t n;

    if (setting == NULL || setting->value == NULL ||
        !g_variant_is_of_type(setting->value, G_VARIANT_TYPE_STRING_ARRAY))
        return;
    names = g_variant_get_strv(setting->value, &n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            const SeloSiteSection *first = selo_site_find(site, kind, names[i], 0, NULL);
            const SeloSiteSection *second = selo_site_find(site, kind, names[j], 0, NULL);

            if (first != NULL && second != NULL && first->plugin != NULL &&
                second->plugin != NULL && selo_plugin_set_is_before(second->plugin, first->plugin))
                selo_fault_warn(site->faults, setting->file, setting->line,
                                "[%s] filters: \"%s\" declares to run before \"%s\"", section->head,
                                names[j], names[i]);
        }
}

void
selo_site_check(SeloSite *site)
{
    guint n_written;

    add_missing_sections(site);
    n_written = site->sections->len;
    for (guint i = 0; i < n_written; i++) {
        SeloSiteSection *section = site->sections->pdata[i];

        if (section->selector != 0)
            continue;
        find_plugin(site, section);
        check_settings(site, section);
    }
    for (guint i = 0; i < site->plugins->entries->len; i++) {
        const SeloPluginEntry *entry = site->plugins->entries->pdata[i];

        if (entry->declined == NULL)
            add_implicit_filter(site, entry);
    }
    for (guint i = 0; i < site->sections->len; i++) {
        SeloSiteSection *section = site->sections->pdata[i];

        if (section->selector != 0)
            check_override(site, section);
        else
            check_required(site, section);
    }
    for (guint i = 0; i < site->sections->len; i++) {
        check_references(site, site->sections->pdata[i]);
        check_files(site, site->sections->pdata[i]);
        check_filter_order(site, site->sections->pdata[i]);
        check_proxies(site, site->sections->pdata[i]);
        check_sandbox(site, site->sections->pdata[i]);
    }
    check_addresses(site);
    find_critical(site);
    for (guint i = 0; i < site->plugins->entries->len; i++)
        check_plugin(site, site->plugins->entries->pdata[i]);
}
