/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest-reader.c: from a validated tree to a SeloManifest. Name and ABI are looked at before the
 * schema: a manifest from the future is to answer "needs ABI 1.5", not with a page of schema errors.
 */
#include "config.h"

#include "server/plugin/selo-manifest-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmodule.h>

#include <selo/plugin.h>

#include "server/config/selo-fault.h"
#include "server/plugin/selo-manifest-rules.h"
#include "server/plugin/selo-xml.h"

#define NAMESPACE "urn:selo:plugin:1"

struct SeloManifestReader {
    const SeloXml *xml;
    SeloXmlSchema *schema;
    GPtrArray *core;
};

typedef struct {
    const char *file;
    GPtrArray *faults;
} Source;

const char *
selo_xml_attribute(const SeloXmlNode *node, const char *name)
{
    for (guint i = 0; i + 1 < node->attributes->len; i += 2)
        if (strcmp(node->attributes->pdata[i], name) == 0)
            return node->attributes->pdata[i + 1];
    return NULL;
}

static void
report_fault(void *data, guint line, const char *text)
{
    Source *source = data;

    selo_fault_add(source->faults, source->file, line, "%s", text);
}

static char *
dup_attribute(const SeloXmlNode *node, const char *name)
{
    return g_strdup(selo_xml_attribute(node, name));
}

static guint
get_number(const SeloXmlNode *node, const char *name)
{
    const char *text = selo_xml_attribute(node, name);

    return text != NULL ? (guint) g_ascii_strtoull(text, NULL, 10) : 0;
}

static gboolean
is_yes(const SeloXmlNode *node, const char *name)
{
    return g_strcmp0(selo_xml_attribute(node, name), "yes") == 0;
}

static const SeloXmlNode *
find_child(const SeloXmlNode *node, const char *name)
{
    for (guint i = 0; node != NULL && i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];

        if (strcmp(child->name, name) == 0)
            return child;
    }
    return NULL;
}

/* Blanks of any kind collapsed to one, as the schema's token type does. */
static char *
collapse(const char *text)
{
    GString *line = g_string_new(NULL);
    gboolean is_blank = FALSE;

    for (; *text != '\0'; text++) {
        if (g_ascii_isspace(*text)) {
            is_blank = line->len > 0;
            continue;
        }
        if (is_blank)
            g_string_append_c(line, ' ');
        is_blank = FALSE;
        g_string_append_c(line, *text);
    }
    return g_string_free(line, FALSE);
}

static char *
dup_child_line(const SeloXmlNode *node, const char *name)
{
    const SeloXmlNode *child = find_child(node, name);

    return child != NULL ? collapse(child->text) : NULL;
}

/* Paragraphs with an empty line between them; pre is kept as it is. */
static char *
dup_description(const SeloXmlNode *node)
{
    const SeloXmlNode *description = find_child(node, "description");
    GString *text;

    if (description == NULL)
        return NULL;
    text = g_string_new(NULL);
    for (guint i = 0; i < description->children->len; i++) {
        const SeloXmlNode *child = description->children->pdata[i];
        g_autofree char *paragraph = strcmp(child->name, "pre") == 0 ? g_strdup(child->text) : collapse(child->text);

        g_string_append_printf(text, "%s%s", i > 0 ? "\n\n" : "", paragraph);
    }
    return g_string_free(text, FALSE);
}

/* Each word of a list attribute. */
static guint
get_mask(const SeloXmlNode *node, const char *name, guint (*from_name)(const char *name), gboolean *out_unknown)
{
    const char *text = selo_xml_attribute(node, name);
    g_auto(GStrv) words = g_strsplit_set(text != NULL ? text : "", " \t\r\n", -1);
    guint mask = 0;

    for (char **word = words; *word != NULL; word++) {
        if (**word == '\0')
            continue;
        if (from_name(*word) == 0 && out_unknown != NULL)
            *out_unknown = TRUE;
        mask |= from_name(*word);
    }
    return mask;
}

static guint
section_from_name(const char *name)
{
    const SeloSectionKind *kind = selo_section_kind(name);

    return kind != NULL ? kind->section : 0;
}

static guint
selector_from_name(const char *name)
{
    return selo_selector_from_name(name);
}

static SeloReload
get_reload(const SeloXmlNode *node, const char *name)
{
    const char *text = selo_xml_attribute(node, name);

    if (g_strcmp0(text, "live") == 0)
        return SELO_RELOAD_LIVE;
    return g_strcmp0(text, "generation") == 0 ? SELO_RELOAD_GENERATION : SELO_RELOAD_RESTART;
}

static void
read_named(const SeloXmlNode *node, const char *element, GPtrArray *into)
{
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        g_autofree char *summary = NULL;

        if (strcmp(child->name, element) != 0)
            continue;
        summary = dup_child_line(child, "summary");
        g_ptr_array_add(into, selo_named_new(selo_xml_attribute(child, "name"), summary));
    }
}

static SeloOption *
read_option(const SeloXmlNode *node)
{
    SeloOption *option = selo_option_new();
    const char *type = selo_xml_attribute(node, "type"), *of = selo_xml_attribute(node, "of");

    option->line = node->line;
    option->name = dup_attribute(node, "name");
    option->type = option->of = SELO_N_TYPES;
    if (type != NULL)
        selo_type_from_name(type, &option->type);
    if (of != NULL)
        selo_type_from_name(of, &option->of);
    option->sections = get_mask(node, "in", section_from_name, NULL);
    option->overrides = get_mask(node, "override", selector_from_name, NULL);
    option->reload = get_reload(node, "reload");
    option->default_text = dup_attribute(node, "default");
    option->min = dup_attribute(node, "min");
    option->max = dup_attribute(node, "max");
    option->pattern = dup_attribute(node, "pattern");
    option->is_required = is_yes(node, "required");
    option->since = dup_attribute(node, "since");
    option->summary = dup_child_line(node, "summary");
    option->description = dup_description(node);
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];

        if (strcmp(child->name, "example") == 0)
            g_ptr_array_add(option->examples, g_strdup(child->text));
    }
    read_named(node, "value", option->values);
    return option;
}

static void
read_config(SeloManifest *manifest, const SeloXmlNode *node)
{
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        SeloDeprecated *deprecated;

        if (strcmp(child->name, "option") == 0) {
            g_ptr_array_add(manifest->options, read_option(child));
            continue;
        }
        deprecated = g_new0(SeloDeprecated, 1);
        deprecated->line = child->line;
        deprecated->name = dup_attribute(child, "name");
        deprecated->since = dup_attribute(child, "since");
        deprecated->removed_in = dup_attribute(child, "removed-in");
        deprecated->replaced_by = dup_attribute(child, "replaced-by");
        g_ptr_array_add(manifest->deprecated, deprecated);
    }
}

static void
read_about(SeloManifest *manifest, const SeloXmlNode *node)
{
    SeloAbout *about = &manifest->about;

    about->title = dup_child_line(node, "title");
    about->summary = dup_child_line(node, "summary");
    about->description = dup_description(node);
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        const char *email = selo_xml_attribute(child, "email");

        if (strcmp(child->name, "license") == 0) {
            about->license = dup_attribute(child, "spdx");
        } else if (strcmp(child->name, "maintainer") == 0) {
            g_ptr_array_add(about->maintainers,
                            email != NULL ? g_strdup_printf("%s <%s>", selo_xml_attribute(child, "name"), email)
                                          : dup_attribute(child, "name"));
        } else if (strcmp(child->name, "link") == 0) {
            g_ptr_array_add(about->links,
                            selo_named_new(selo_xml_attribute(child, "rel"), selo_xml_attribute(child, "href")));
        } else if (strcmp(child->name, "stability") == 0) {
            about->stability = dup_attribute(child, "level");
            about->replaced_by = dup_attribute(child, "replaced-by");
        }
    }
}

static void
read_module(SeloManifest *manifest, const SeloXmlNode *node)
{
    manifest->module = dup_attribute(node, "file");
    selo_abi_parse(selo_xml_attribute(node, "abi"), &manifest->abi_major, &manifest->abi_minor);
}

static void
read_provides(SeloManifest *manifest, const SeloXmlNode *node)
{
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        SeloProvided *provided = selo_provided_new();

        provided->line = child->line;
        provided->interface = dup_attribute(child, "name");
        provided->as = dup_attribute(child, "as");
        selo_abi_parse(selo_xml_attribute(child, "version"), &provided->major, &provided->minor);
        read_named(child, "feature", provided->features);
        for (guint j = 0; j < child->children->len; j++) {
            const SeloXmlNode *leaf = child->children->pdata[j];
            SeloStageInfo *stage;

            if (strcmp(leaf->name, "stage") != 0)
                continue;
            stage = g_new0(SeloStageInfo, 1);
            stage->line = leaf->line;
            stage->name = dup_attribute(leaf, "name");
            stage->on_failure = dup_attribute(leaf, "on-failure");
            stage->may = get_mask(leaf, "may", selo_may_from_name, NULL);
            stage->reads_body = g_strcmp0(selo_xml_attribute(leaf, "reads"), "body") == 0;
            g_ptr_array_add(provided->stages, stage);
        }
        g_ptr_array_add(manifest->provides, provided);
    }
}

static void
read_relations(GPtrArray *relations, const SeloXmlNode *node)
{
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        const char *version = selo_xml_attribute(child, "version");
        SeloRelation *relation = selo_relation_new();

        relation->line = child->line;
        relation->kind = strcmp(child->name, "interface") == 0 ? SELO_RELATION_INTERFACE
            : strcmp(child->name, "plugin") == 0               ? SELO_RELATION_PLUGIN
                                                               : SELO_RELATION_LIBRARY;
        relation->name = dup_attribute(child, relation->kind == SELO_RELATION_LIBRARY ? "soname" : "name");
        relation->as = dup_attribute(child, "as");
        relation->min = dup_attribute(child, "min");
        relation->below = dup_attribute(child, "below");
        if (version != NULL)
            selo_abi_parse(version, &relation->major, &relation->minor);
        read_named(child, "feature", relation->features);
        g_ptr_array_add(relations, relation);
    }
}

static void
read_requires(SeloManifest *manifest, const SeloXmlNode *node)
{
    read_relations(manifest->requires, node);
}

static void
read_wants(SeloManifest *manifest, const SeloXmlNode *node)
{
    read_relations(manifest->wants, node);
}

static void
read_conflicts(SeloManifest *manifest, const SeloXmlNode *node)
{
    read_relations(manifest->conflicts, node);
}

static void
read_order(SeloManifest *manifest, const SeloXmlNode *node)
{
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        SeloOrder *order = g_new0(SeloOrder, 1);

        order->line = child->line;
        order->is_after = strcmp(child->name, "after") == 0;
        order->plugin = dup_attribute(child, "plugin");
        order->interface = dup_attribute(child, "interface");
        order->as = dup_attribute(child, "as");
        g_ptr_array_add(manifest->orders, order);
    }
}

static gint64
get_duration(const SeloXmlNode *node, const char *name)
{
    const char *text = selo_xml_attribute(node, name);
    g_autoptr(GVariant) value = text != NULL ? selo_type_parse(SELO_TYPE_DURATION, text) : NULL;

    return value != NULL ? g_variant_get_int64(g_variant_ref_sink(value)) : 0;
}

static void
read_threading(SeloManifest *manifest, const SeloXmlNode *node)
{
    SeloThreading *threading = g_new0(SeloThreading, 1);

    threading->line = node->line;
    threading->model = dup_attribute(node, "model");
    threading->interface = dup_attribute(node, "interface");
    threading->threads = get_number(node, "threads");
    threading->threads_from = dup_attribute(node, "threads-from");
    g_ptr_array_add(manifest->runtime.threading, threading);
}

static void
read_runtime(SeloManifest *manifest, const SeloXmlNode *node)
{
    SeloRuntime *runtime = &manifest->runtime;

    runtime->line = node->line;
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];

        if (strcmp(child->name, "place") == 0) {
            runtime->places |= selo_place_from_name(selo_xml_attribute(child, "role"));
        } else if (strcmp(child->name, "threading") == 0) {
            read_threading(manifest, child);
        } else if (strcmp(child->name, "isolation") == 0) {
            runtime->is_isolated = is_yes(child, "default");
        } else if (strcmp(child->name, "reload") == 0) {
            runtime->code = get_reload(child, "code");
            runtime->config = get_reload(child, "config");
        } else if (strcmp(child->name, "instances") == 0) {
            runtime->max_instances = get_number(child, "max");
        } else if (strcmp(child->name, "limits") == 0) {
            runtime->memory = dup_attribute(child, "memory");
            runtime->max_files = get_number(child, "files");
            runtime->call_timeout = get_duration(child, "call-timeout");
        }
    }
}

static void
read_needs(SeloManifest *manifest, const SeloXmlNode *node)
{
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        SeloNeed *need = g_new0(SeloNeed, 1);

        need->line = child->line;
        need->kind = g_strdup(child->name);
        need->from = dup_attribute(child, "from");
        need->port = dup_attribute(child, "port");
        need->transport = dup_attribute(child, "transport");
        need->access = dup_attribute(child, "access");
        need->well_known = dup_attribute(child, "well-known");
        need->max = dup_attribute(child, "max");
        need->user_from = dup_attribute(child, "user-from");
        need->set = dup_attribute(child, "set");
        need->roles = get_mask(child, "roles", selo_place_from_name, &need->names_unknown_role);
        g_ptr_array_add(manifest->needs, need);
    }
}

static void
read_command(SeloManifest *manifest, const SeloXmlNode *node)
{
    SeloCommandInfo *command = selo_command_info_new();

    command->line = node->line;
    command->name = dup_attribute(node, "name");
    command->role = dup_attribute(node, "role");
    command->summary = dup_child_line(node, "summary");
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        SeloArgument *argument;

        if (strcmp(child->name, "argument") != 0)
            continue;
        argument = g_new0(SeloArgument, 1);
        argument->line = child->line;
        argument->name = dup_attribute(child, "name");
        argument->type = dup_attribute(child, "type");
        argument->summary = dup_child_line(child, "summary");
        argument->is_required = is_yes(child, "required");
        argument->is_repeated = is_yes(child, "repeat");
        g_ptr_array_add(command->arguments, argument);
    }
    g_ptr_array_add(manifest->commands, command);
}

static void
read_commands(SeloManifest *manifest, const SeloXmlNode *node)
{
    for (guint i = 0; i < node->children->len; i++)
        read_command(manifest, node->children->pdata[i]);
}

static void
read_metrics(SeloManifest *manifest, const SeloXmlNode *node)
{
    for (guint i = 0; i < node->children->len; i++) {
        const SeloXmlNode *child = node->children->pdata[i];
        SeloMetric *metric = g_new0(SeloMetric, 1);

        metric->line = child->line;
        metric->name = dup_attribute(child, "name");
        metric->kind = dup_attribute(child, "kind");
        metric->unit = dup_attribute(child, "unit");
        metric->labels = dup_attribute(child, "labels");
        metric->summary = dup_child_line(child, "summary");
        g_ptr_array_add(manifest->metrics, metric);
    }
}

static const struct {
    const char *element;
    void (*read)(SeloManifest *manifest, const SeloXmlNode *node);
} elements[] = {
    { "about", read_about },         { "module", read_module },   { "provides", read_provides },
    { "requires", read_requires },   { "wants", read_wants },     { "conflicts", read_conflicts },
    { "order", read_order },         { "runtime", read_runtime }, { "needs", read_needs },
    { "config", read_config },       { "commands", read_commands }, { "metrics", read_metrics },
};

static SeloManifest *
read_plugin(const SeloXmlNode *root, const char *file)
{
    SeloManifest *manifest = selo_manifest_new(file);

    manifest->line = root->line;
    manifest->name = dup_attribute(root, "name");
    manifest->version = dup_attribute(root, "version");
    manifest->gettext_domain = dup_attribute(root, "gettext-domain");
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
        const SeloXmlNode *node = find_child(root, elements[i].element);

        if (node != NULL)
            elements[i].read(manifest, node);
    }
    return manifest;
}

/* Before the schema; says no more than it is sure of. */
static gboolean
check_abi(const SeloXmlNode *root, Source *source)
{
    const SeloXmlNode *module = find_child(root, "module");
    const char *abi = module != NULL ? selo_xml_attribute(module, "abi") : NULL;
    guint major, minor;

    if (abi == NULL || !selo_abi_parse(abi, &major, &minor)
        || (major == SELO_ABI_MAJOR && minor <= SELO_ABI_MINOR))
        return TRUE;
    selo_fault_add(source->faults, source->file, module->line, "plugin \"%s\" needs ABI %s, this core has %d.%d",
                   selo_xml_attribute(root, "name") != NULL ? selo_xml_attribute(root, "name") : "?", abi,
                   SELO_ABI_MAJOR, SELO_ABI_MINOR);
    return FALSE;
}

static void
check_stem(const SeloManifest *manifest, const SeloXmlNode *root, Source *source)
{
    g_autofree char *base = g_path_get_basename(manifest->file);

    if (g_str_has_suffix(base, ".xml"))
        base[strlen(base) - strlen(".xml")] = '\0';
    if (strcmp(base, manifest->name) != 0)
        selo_fault_add(source->faults, source->file, root->line, "the file is named \"%s\", the plugin \"%s\"", base,
                       manifest->name);
}

static void
compile_option(SeloOption *option, Source *source)
{
    if (!selo_option_compile(option))
        selo_fault_add(source->faults, source->file, option->line, "option \"%s\": pattern=\"%s\" is no regular expression",
                       option->name, option->pattern);
}

SeloManifest *
selo_manifest_read_text(SeloManifestReader *reader, const char *text, size_t size, const char *file,
                        GPtrArray *faults)
{
    Source source = { file, faults };
    SeloXmlDocument *document = reader->xml->document_new(text, size, report_fault, &source);
    g_autoptr(SeloManifest) manifest = NULL;
    const SeloXmlNode *root;
    guint n_before = faults->len;

    if (document == NULL)
        return NULL;
    root = reader->xml->root(document);
    if (strcmp(root->name, "plugin") != 0 || strcmp(reader->xml->root_namespace(document), NAMESPACE) != 0) {
        selo_fault_add(faults, file, root->line, "not a plugin manifest: expected the element plugin in the namespace " NAMESPACE);
    } else if (check_abi(root, &source) && reader->xml->validate(document, reader->schema, report_fault, &source)) {
        manifest = read_plugin(root, file);
        check_stem(manifest, root, &source);
        for (guint i = 0; i < manifest->options->len; i++)
            compile_option(manifest->options->pdata[i], &source);
        selo_manifest_check_rules(manifest, reader->core, faults);
    }
    reader->xml->document_free(document);
    return faults->len == n_before ? g_steal_pointer(&manifest) : NULL;
}

/* Opened and measured by ourselves: libxml2 would unpack gzip, follow what it finds and know no limit. */
static char *
read_bounded(const char *file, size_t *out_size, GError **error)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    g_autofree char *text = NULL;
    ssize_t got = -1;

    if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
        close(fd);
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "not a regular file");
        return NULL;
    }
    if (fd >= 0) {
        text = g_malloc(SELO_XML_MAX_FILE + 1);
        got = read(fd, text, SELO_XML_MAX_FILE + 1); /* regular files are read whole */
    }
    if (got < 0)
        g_set_error_literal(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), g_strerror(errno));
    if (fd >= 0)
        close(fd);
    if (got < 0)
        return NULL;
    *out_size = (size_t) got;
    return g_steal_pointer(&text);
}

SeloManifest *
selo_manifest_read(SeloManifestReader *reader, const char *file, GPtrArray *faults)
{
    g_autoptr(GError) error = NULL;
    size_t size;
    g_autofree char *text = read_bounded(file, &size, &error);

    if (text == NULL) {
        selo_fault_add(faults, file, 0, "%s", error->message);
        return NULL;
    }
    return selo_manifest_read_text(reader, text, size, file, faults);
}

/* The core's own file: same options, no schema; it is part of the installation. */
static gboolean
read_core(SeloManifestReader *reader, const char *file, GPtrArray *faults)
{
    Source source = { file, faults };
    g_autoptr(GError) error = NULL;
    size_t size;
    g_autofree char *text = read_bounded(file, &size, &error);
    SeloXmlDocument *document;
    const SeloXmlNode *root;

    if (text == NULL) {
        selo_fault_add(faults, file, 0, "%s", error->message);
        return FALSE;
    }
    if ((document = reader->xml->document_new(text, size, report_fault, &source)) == NULL)
        return FALSE;
    root = reader->xml->root(document);
    for (guint i = 0; i < root->children->len; i++) {
        SeloOption *option = read_option(root->children->pdata[i]);

        g_ptr_array_add(reader->core, option);
        compile_option(option, &source);
        selo_option_check_rules(option, file, faults);
    }
    reader->xml->document_free(document);
    return faults->len == 0;
}

static gboolean
read_schema(SeloManifestReader *reader, const char *file, GPtrArray *faults)
{
    Source source = { file, faults };
    g_autoptr(GError) error = NULL;
    size_t size;
    g_autofree char *text = read_bounded(file, &size, &error);

    if (text == NULL) {
        selo_fault_add(faults, file, 0, "%s", error->message);
        return FALSE;
    }
    reader->schema = reader->xml->schema_new(text, size, report_fault, &source);
    return reader->schema != NULL;
}

static const SeloXml *
open_xml_module(const SeloPaths *paths, GError **error)
{
    g_autofree char *file = g_build_filename(paths->private_dir, "selo-xml.so", NULL);
    GModule *module = g_module_open(file, G_MODULE_BIND_LOCAL);
    gpointer symbol = NULL;
    SeloXmlEntry entry;

    if (module == NULL || !g_module_symbol(module, "selo_xml_entry", &symbol)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s", g_module_error());
        return NULL;
    }
    g_module_make_resident(module);
    memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from object to function pointers */
    return entry();
}

SeloManifestReader *
selo_manifest_reader_new(const SeloPaths *paths, GError **error)
{
    g_autoptr(SeloManifestReader) reader = g_new0(SeloManifestReader, 1);
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autofree char *schema = g_build_filename(paths->schema_dir, "plugin.xsd", NULL);
    g_autofree char *core = g_build_filename(paths->schema_dir, "core.xml", NULL);

    reader->core = g_ptr_array_new_with_free_func((GDestroyNotify) selo_option_free);
    if ((reader->xml = open_xml_module(paths, error)) == NULL)
        return NULL;
    if (!read_schema(reader, schema, faults) || !read_core(reader, core, faults)) {
        g_autofree char *text = faults->len > 0 ? selo_fault_format(faults->pdata[0]) : g_strdup(schema);

        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s", text);
        return NULL;
    }
    return g_steal_pointer(&reader);
}

void
selo_manifest_reader_free(SeloManifestReader *reader)
{
    if (reader == NULL)
        return;
    if (reader->schema != NULL)
        reader->xml->schema_free(reader->schema);
    g_ptr_array_unref(reader->core);
    g_free(reader);
}

const GPtrArray *
selo_manifest_reader_core(const SeloManifestReader *reader)
{
    return reader->core;
}

const SeloOption *
selo_manifest_reader_core_option(const SeloManifestReader *reader, guint section, const char *name)
{
    for (guint i = 0; i < reader->core->len; i++) {
        const SeloOption *option = reader->core->pdata[i];

        if ((option->sections & section) != 0 && strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}
