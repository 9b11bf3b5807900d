/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-site.c: reads the layers of a site's configuration into one list of sections. Later files
 * win key by key; nothing is thrown away, so that every layer that spoke can be shown.
 */
#include "config.h"

#include "server/config/selo-site.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
setting_free(SeloSetting *setting)
{
    g_free(setting->key);
    g_free(setting->text);
    g_clear_pointer(&setting->value, g_variant_unref);
    g_free(setting);
}

static void
section_free(SeloSiteSection *section)
{
    g_free(section->head);
    g_free(section->name);
    g_free(section->selector_value);
    g_ptr_array_unref(section->settings);
    g_free(section);
}

static char *
make_key(const SeloSectionKind *kind, const char *name, SeloSelector selector,
         const char *selector_value)
{
    return g_strdup_printf("%s\n%s\n%u\n%s", kind->name, name, selector,
                           selector != 0 ? selector_value : "");
}

SeloSiteSection *
selo_site_find(const SeloSite *site, const SeloSectionKind *kind, const char *name,
               SeloSelector selector, const char *selector_value)
{
    g_autofree char *key = make_key(kind, name, selector, selector_value);

    return g_hash_table_lookup(site->index, key);
}

SeloSiteSection *
selo_site_add(SeloSite *site, const SeloSectionKind *kind, const char *name, SeloSelector selector,
              const char *selector_value)
{
    SeloSiteSection *section = g_new0(SeloSiteSection, 1);

    section->kind = kind;
    section->name = g_strdup(name);
    section->selector = selector;
    section->selector_value = g_strdup(selector_value);
    section->head =
        kind->is_named ? g_strconcat(kind->name, " ", name, NULL) : g_strdup(kind->name);
    section->settings = g_ptr_array_new_with_free_func((GDestroyNotify) setting_free);
    g_ptr_array_add(site->sections, section);
    if (selector != 0)
        g_ptr_array_add(site->overrides, section);
    g_hash_table_insert(site->index, make_key(kind, name, selector, selector_value), section);
    return section;
}

void
selo_site_remove(SeloSite *site, SeloSiteSection *section)
{
    g_autofree char *key =
        make_key(section->kind, section->name, section->selector, section->selector_value);

    g_hash_table_remove(site->index, key);
    g_ptr_array_remove(site->sections, section);
}

static void
merge_section(SeloSite *site, const SeloConfigSection *from, const char *file)
{
    SeloSiteSection *section =
        selo_site_find(site, from->kind, from->name, from->selector, from->selector_value);

    if (section == NULL) {
        section = selo_site_add(site, from->kind, from->name, from->selector, from->selector_value);
        g_free(section->head);
        section->head = g_strdup(from->head);
        section->file = file;
        section->line = from->line;
    }
    for (guint i = 0; i < from->lines->len; i++) {
        const SeloConfigLine *line = from->lines->pdata[i];
        SeloSetting *setting = g_new0(SeloSetting, 1);

        setting->file = file;
        setting->line = line->line;
        setting->key = g_strdup(line->key);
        setting->text = g_strdup(line->value);
        g_ptr_array_add(section->settings, setting);
    }
}

static char *
read_text(const char *file, size_t *out_size, GError **error)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    g_autofree char *text = NULL;
    ssize_t got = -1;

    if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode))
        errno = EINVAL;
    else if (fd >= 0) {
        text = g_malloc(SELO_CONFIG_MAX_FILE + 2);
        got = read(fd, text, SELO_CONFIG_MAX_FILE + 1);
    }
    if (got < 0)
        g_set_error_literal(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno),
                            g_strerror(errno));
    if (fd >= 0)
        close(fd);
    if (got < 0)
        return NULL;
    *out_size = (size_t) got;
    return g_steal_pointer(&text);
}

static void
read_layer(SeloSite *site, const char *path)
{
    char *file = g_strdup(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) sections = NULL;
    size_t size;
    g_autofree char *text = read_text(file, &size, &error);

    g_ptr_array_add(site->files, file);
    if (text == NULL) {
        selo_fault_add(site->faults, file, 0, "%s", error->message);
        return;
    }
    sections = selo_config_file_parse(text, size, file, site->faults);
    for (guint i = 0; i < sections->len; i++)
        merge_section(site, sections->pdata[i], file);
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* DIR/\*.conf in byte order. */
static void
read_directory(SeloSite *site, const char *path)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    GDir *directory = g_dir_open(path, 0, NULL);
    const char *name;

    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL)
        if (g_str_has_suffix(name, ".conf") && *name != '.')
            g_ptr_array_add(files, g_build_filename(path, name, NULL));
    if (directory != NULL)
        g_dir_close(directory);
    g_ptr_array_sort(files, compare_names);
    for (guint i = 0; i < files->len; i++)
        read_layer(site, files->pdata[i]);
}

static void
read_layers(SeloSite *site)
{
    g_autofree char *main_file = g_build_filename(site->paths->config_dir, "selo.conf", NULL);
    g_autofree char *directory = g_build_filename(site->paths->config_dir, "conf.d", NULL);

    read_directory(site, site->paths->vendor_dir);
    read_layer(site, main_file);
    read_directory(site, directory);
}

SeloSite *
selo_site_load(const SeloPaths *paths, GError **error)
{
    g_autoptr(SeloManifestReader) reader = selo_manifest_reader_new(paths, error);
    SeloSite *site;

    if (reader == NULL)
        return NULL;
    site = g_new0(SeloSite, 1);
    site->paths = paths;
    site->reader = g_steal_pointer(&reader);
    site->faults = selo_faults_new();
    site->files = g_ptr_array_new_with_free_func(g_free);
    site->sections = g_ptr_array_new_with_free_func((GDestroyNotify) section_free);
    site->overrides = g_ptr_array_new();
    site->index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    site->critical = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    site->plugins = selo_plugin_set_read(paths, site->reader, site->faults);
    selo_plugin_set_resolve(site->plugins, site->faults);
    read_layers(site);
    selo_site_check(site);
    site->implied = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify) g_variant_unref);
    selo_faults_sort(site->faults);
    return site;
}

void
selo_site_free(SeloSite *site)
{
    if (site == NULL)
        return;
    g_ptr_array_unref(site->overrides);
    g_ptr_array_unref(site->sections);
    g_ptr_array_unref(site->files);
    g_ptr_array_unref(site->faults);
    g_hash_table_unref(site->critical);
    g_hash_table_unref(site->index);
    g_hash_table_unref(site->implied);
    selo_plugin_set_free(site->plugins);
    selo_manifest_reader_free(site->reader);
    g_free(site);
}

/* ---- reading it ---- */

GPtrArray *
selo_site_options(const SeloSite *site, const SeloSiteSection *section)
{
    GPtrArray *options = g_ptr_array_new();
    const GPtrArray *core = selo_manifest_reader_core(site->reader);
    const SeloManifest *manifest = section->plugin != NULL ? section->plugin->manifest : NULL;

    for (guint i = 0; i < core->len; i++)
        if ((((SeloOption *) core->pdata[i])->sections & section->kind->section) != 0)
            g_ptr_array_add(options, core->pdata[i]);
    for (guint i = 0; manifest != NULL && i < manifest->options->len; i++)
        if ((((SeloOption *) manifest->options->pdata[i])->sections & section->kind->section) != 0)
            g_ptr_array_add(options, manifest->options->pdata[i]);
    return options;
}

const SeloSetting *
selo_site_setting(const SeloSiteSection *section, const SeloOption *option)
{
    for (guint i = section->settings->len; i > 0; i--) {
        const SeloSetting *setting = section->settings->pdata[i - 1];

        if (setting->option == option)
            return setting;
    }
    return NULL;
}

const SeloSetting *
selo_site_effective(const SeloSite *site, const SeloSiteSection *section, const SeloOption *option)
{
    const SeloSetting *setting = selo_site_setting(section, option);
    const SeloSiteSection *general;

    if (setting != NULL || section->plugin == NULL ||
        section->kind->section == SELO_SECTION_PLUGIN ||
        (option->sections & SELO_SECTION_PLUGIN) == 0)
        return setting;
    general = selo_site_find(site, selo_section_kind("plugin"), section->plugin->name, 0, NULL);
    return general != NULL ? selo_site_setting(general, option) : NULL;
}

GPtrArray *
selo_site_instances(const SeloSite *site, const SeloSectionKind *kind)
{
    GPtrArray *instances = g_ptr_array_new();

    for (guint i = 0; i < site->plugins->entries->len; i++)
        for (guint j = 0; j < site->sections->len; j++) {
            SeloSiteSection *section = site->sections->pdata[j];

            if (section->kind == kind && section->selector == 0 &&
                section->plugin == site->plugins->entries->pdata[i])
                g_ptr_array_add(instances, section);
        }
    return instances;
}

/* The only base section of its kind. */
static GVariant *
get_only(const SeloSite *site, const char *type)
{
    const SeloSiteSection *only = NULL;

    for (guint i = 0; i < site->sections->len; i++) {
        const SeloSiteSection *section = site->sections->pdata[i];

        if (strcmp(section->kind->name, type) != 0 || section->selector != 0)
            continue;
        if (only != NULL)
            return NULL;
        only = section;
    }
    return only != NULL ? g_variant_ref_sink(g_variant_new_string(only->name)) : NULL;
}

/* What stands for an unset key of the core: all filters in their order; the store and the domain if
 * there is one only. Anything else that is unset stays so. */
static GVariant *
make_implied(const SeloSite *site, const SeloOption *option)
{
    g_autoptr(GPtrArray) instances = NULL;
    g_autoptr(GVariantBuilder) names = NULL;

    if (option != selo_manifest_reader_core_option(site->reader, option->sections, option->name))
        return NULL;
    if (option->type == SELO_TYPE_STORE || option->type == SELO_TYPE_DOMAIN)
        return get_only(site, selo_type_name(option->type));
    if (option->type != SELO_TYPE_LIST || option->of != SELO_TYPE_FILTER)
        return NULL;
    instances = selo_site_instances(site, selo_section_kind("filter"));
    names = g_variant_builder_new(G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; i < instances->len; i++)
        g_variant_builder_add(names, "s", ((SeloSiteSection *) instances->pdata[i])->name);
    return g_variant_ref_sink(g_variant_builder_end(names));
}

/* The same for every section, so looked for once: a site may have thousands of domains. */
static GVariant *
get_implied(const SeloSite *site, const SeloOption *option)
{
    GVariant *value = site->implied != NULL ? g_hash_table_lookup(site->implied, option) : NULL;

    if (value != NULL)
        return g_variant_ref(value);
    value = make_implied(site, option);
    if (value != NULL && site->implied != NULL)
        g_hash_table_insert(site->implied, (gpointer) option, g_variant_ref(value));
    return value;
}

GVariant *
selo_site_value(const SeloSite *site, const SeloSiteSection *section, const SeloOption *option)
{
    const SeloSetting *setting = selo_site_effective(site, section, option);
    g_autofree char *why = NULL;

    if (setting != NULL)
        return setting->value != NULL ? g_variant_ref(setting->value) : NULL;
    if (option->default_text != NULL)
        return selo_option_parse(option, option->default_text, &why);
    return get_implied(site, option);
}

char *
selo_site_text(const SeloSite *site, const SeloSiteSection *section, const char *name)
{
    g_autoptr(GPtrArray) options = selo_site_options(site, section);

    for (guint i = 0; i < options->len; i++) {
        const SeloOption *option = options->pdata[i];
        g_autoptr(GVariant) value = NULL;

        if (strcmp(option->name, name) != 0)
            continue;
        value = selo_site_value(site, section, option);
        return value != NULL ? selo_option_print(option, value) : NULL;
    }
    return NULL;
}
