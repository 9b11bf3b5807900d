/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest-tree.c: from a validated tree to records, element by element. The schema has seen
 * to it that words are words and numbers numbers; what it cannot see is selo-manifest-rules.c's
 * business.
 */
#include "config.h"

#include "server/plugin/selo-manifest-tree.h"

#include <string.h>

#include "server/plugin/selo-manifest-rules.h"

const char *
selo_xml_attribute(const SeloXmlNode *node, const char *name)
{
    for (guint i = 0; i + 1 < node->attributes->len; i += 2)
        if (strcmp(node->attributes->pdata[i], name) == 0)
            return node->attributes->pdata[i + 1];
    return NULL;
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

const SeloXmlNode *
selo_xml_child(const SeloXmlNode *node, const char *name)
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
    const SeloXmlNode *child = selo_xml_child(node, name);

    return child != NULL ? collapse(child->text) : NULL;
}

/* Paragraphs with an empty line between them; pre is kept as it is. */
static char *
dup_description(const SeloXmlNode *node)
{
    const SeloXmlNode *description = selo_xml_child(node, "description");
    GString *text;

    if (description == NULL)
        return NULL;
    text = g_string_new(NULL);
    for (guint i = 0; i < description->children->len; i++) {
        const SeloXmlNode *child = description->children->pdata[i];
        g_autofree char *paragraph =
            strcmp(child->name, "pre") == 0 ? g_strdup(child->text) : collapse(child->text);

        g_string_append_printf(text, "%s%s", i > 0 ? "\n\n" : "", paragraph);
    }
    return g_string_free(text, FALSE);
}

/* Each word of a list attribute. */
static guint
get_mask(const SeloXmlNode *node, const char *name, guint (*from_name)(const char *name),
         gboolean *out_unknown)
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

SeloOption *
selo_option_from_tree(const SeloXmlNode *node)
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
            g_ptr_array_add(manifest->options, selo_option_from_tree(child));
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
            g_ptr_array_add(
                about->maintainers,
                email != NULL ? g_strdup_printf("%s <%s>", selo_xml_attribute(child, "name"), email)
                              : dup_attribute(child, "name"));
        } else if (strcmp(child->name, "link") == 0) {
            g_ptr_array_add(about->links, selo_named_new(selo_xml_attribute(child, "rel"),
                                                         selo_xml_attribute(child, "href")));
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
                         : strcmp(child->name, "plugin") == 0  ? SELO_RELATION_PLUGIN
                                                               : SELO_RELATION_LIBRARY;
        relation->name =
            dup_attribute(child, relation->kind == SELO_RELATION_LIBRARY ? "soname" : "name");
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
    { "about", read_about },       { "module", read_module },     { "provides", read_provides },
    { "requires", read_requires }, { "wants", read_wants },       { "conflicts", read_conflicts },
    { "order", read_order },       { "runtime", read_runtime },   { "needs", read_needs },
    { "config", read_config },     { "commands", read_commands }, { "metrics", read_metrics },
};

SeloManifest *
selo_manifest_from_tree(const SeloXmlNode *root, const char *file)
{
    SeloManifest *manifest = selo_manifest_new(file);

    manifest->line = root->line;
    manifest->name = dup_attribute(root, "name");
    manifest->version = dup_attribute(root, "version");
    manifest->gettext_domain = dup_attribute(root, "gettext-domain");
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
        const SeloXmlNode *node = selo_xml_child(root, elements[i].element);

        if (node != NULL)
            elements[i].read(manifest, node);
    }
    return manifest;
}
