/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest.c: the manifest record: making, freeing, looking up.
 */
#include "config.h"

#include "server/plugin/selo-manifest.h"

#include <string.h>

static const struct {
    const char *name;
    guint place;
} places[] = {
    { "worker", SELO_PLACE_WORKER },
    { "auth", SELO_PLACE_AUTH },
    { "courier", SELO_PLACE_COURIER },
};

static const struct {
    const char *interface;
    guint places;
} interface_places[] = {
    { "protocol", SELO_PLACE_WORKER },
    { "store", SELO_PLACE_WORKER | SELO_PLACE_COURIER },
    { "authenticator", SELO_PLACE_AUTH },
    { "table", SELO_PLACE_WORKER | SELO_PLACE_AUTH | SELO_PLACE_COURIER },
    { "filter", SELO_PLACE_WORKER | SELO_PLACE_COURIER },
    { "transport", SELO_PLACE_COURIER },
    { "observer", SELO_PLACE_WORKER | SELO_PLACE_AUTH | SELO_PLACE_COURIER },
};

guint
selo_place_from_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        if (strcmp(places[i].name, name) == 0)
            return places[i].place;
    return 0;
}

guint
selo_interface_places(const char *interface)
{
    for (size_t i = 0; i < G_N_ELEMENTS(interface_places); i++)
        if (strcmp(interface_places[i].interface, interface) == 0)
            return interface_places[i].places;
    return 0;
}

static void
stage_free(SeloStageInfo *stage)
{
    g_free(stage->name);
    g_free(stage->on_failure);
    g_free(stage);
}

static void
provided_free(SeloProvided *provided)
{
    g_free(provided->interface);
    g_free(provided->as);
    g_ptr_array_unref(provided->features);
    g_ptr_array_unref(provided->stages);
    g_free(provided);
}

static void
relation_free(SeloRelation *relation)
{
    g_free(relation->name);
    g_free(relation->as);
    g_free(relation->min);
    g_free(relation->below);
    g_ptr_array_unref(relation->features);
    g_free(relation);
}

static void
order_free(SeloOrder *order)
{
    g_free(order->plugin);
    g_free(order->interface);
    g_free(order->as);
    g_free(order);
}

static void
threading_free(SeloThreading *threading)
{
    g_free(threading->model);
    g_free(threading->interface);
    g_free(threading->threads_from);
    g_free(threading);
}

static void
need_free(SeloNeed *need)
{
    g_free(need->kind);
    g_free(need->from);
    g_free(need->port);
    g_free(need->transport);
    g_free(need->access);
    g_free(need->well_known);
    g_free(need->max);
    g_free(need->user_from);
    g_free(need->set);
    g_free(need);
}

static void
deprecated_free(SeloDeprecated *deprecated)
{
    g_free(deprecated->name);
    g_free(deprecated->since);
    g_free(deprecated->removed_in);
    g_free(deprecated->replaced_by);
    g_free(deprecated);
}

static void
argument_free(SeloArgument *argument)
{
    g_free(argument->name);
    g_free(argument->type);
    g_free(argument->summary);
    g_free(argument);
}

static void
command_free(SeloCommandInfo *command)
{
    g_free(command->name);
    g_free(command->role);
    g_free(command->summary);
    g_ptr_array_unref(command->arguments);
    g_free(command);
}

static void
metric_free(SeloMetric *metric)
{
    g_free(metric->name);
    g_free(metric->kind);
    g_free(metric->unit);
    g_free(metric->labels);
    g_free(metric->summary);
    g_free(metric);
}

SeloProvided *
selo_provided_new(void)
{
    SeloProvided *provided = g_new0(SeloProvided, 1);

    provided->features = g_ptr_array_new_with_free_func((GDestroyNotify) selo_named_free);
    provided->stages = g_ptr_array_new_with_free_func((GDestroyNotify) stage_free);
    return provided;
}

SeloRelation *
selo_relation_new(void)
{
    SeloRelation *relation = g_new0(SeloRelation, 1);

    relation->features = g_ptr_array_new_with_free_func((GDestroyNotify) selo_named_free);
    return relation;
}

SeloCommandInfo *
selo_command_info_new(void)
{
    SeloCommandInfo *command = g_new0(SeloCommandInfo, 1);

    command->arguments = g_ptr_array_new_with_free_func((GDestroyNotify) argument_free);
    return command;
}

SeloManifest *
selo_manifest_new(const char *file)
{
    SeloManifest *manifest = g_new0(SeloManifest, 1);

    manifest->file = g_strdup(file);
    manifest->about.maintainers = g_ptr_array_new_with_free_func(g_free);
    manifest->about.links = g_ptr_array_new_with_free_func((GDestroyNotify) selo_named_free);
    manifest->runtime.threading = g_ptr_array_new_with_free_func((GDestroyNotify) threading_free);
    manifest->provides = g_ptr_array_new_with_free_func((GDestroyNotify) provided_free);
    manifest->requires = g_ptr_array_new_with_free_func((GDestroyNotify) relation_free);
    manifest->wants = g_ptr_array_new_with_free_func((GDestroyNotify) relation_free);
    manifest->conflicts = g_ptr_array_new_with_free_func((GDestroyNotify) relation_free);
    manifest->orders = g_ptr_array_new_with_free_func((GDestroyNotify) order_free);
    manifest->needs = g_ptr_array_new_with_free_func((GDestroyNotify) need_free);
    manifest->options = g_ptr_array_new_with_free_func((GDestroyNotify) selo_option_free);
    manifest->deprecated = g_ptr_array_new_with_free_func((GDestroyNotify) deprecated_free);
    manifest->commands = g_ptr_array_new_with_free_func((GDestroyNotify) command_free);
    manifest->metrics = g_ptr_array_new_with_free_func((GDestroyNotify) metric_free);
    return manifest;
}

void
selo_manifest_free(SeloManifest *manifest)
{
    if (manifest == NULL)
        return;
    g_free(manifest->file);
    g_free(manifest->name);
    g_free(manifest->version);
    g_free(manifest->gettext_domain);
    g_free(manifest->module);
    g_free(manifest->about.title);
    g_free(manifest->about.summary);
    g_free(manifest->about.description);
    g_free(manifest->about.license);
    g_ptr_array_unref(manifest->about.maintainers);
    g_ptr_array_unref(manifest->about.links);
    g_free(manifest->about.stability);
    g_free(manifest->about.replaced_by);
    g_ptr_array_unref(manifest->runtime.threading);
    g_free(manifest->runtime.memory);
    g_ptr_array_unref(manifest->provides);
    g_ptr_array_unref(manifest->requires);
    g_ptr_array_unref(manifest->wants);
    g_ptr_array_unref(manifest->conflicts);
    g_ptr_array_unref(manifest->orders);
    g_ptr_array_unref(manifest->needs);
    g_ptr_array_unref(manifest->options);
    g_ptr_array_unref(manifest->deprecated);
    g_ptr_array_unref(manifest->commands);
    g_ptr_array_unref(manifest->metrics);
    g_free(manifest);
}

const SeloProvided *
selo_manifest_provided(const SeloManifest *manifest, const char *interface, const char *as)
{
    for (guint i = 0; i < manifest->provides->len; i++) {
        const SeloProvided *provided = manifest->provides->pdata[i];

        if (strcmp(provided->interface, interface) == 0 &&
            (as == NULL || strcmp(provided->as, as) == 0))
            return provided;
    }
    return NULL;
}

const SeloOption *
selo_manifest_option(const SeloManifest *manifest, const char *name)
{
    for (guint i = 0; i < manifest->options->len; i++) {
        const SeloOption *option = manifest->options->pdata[i];

        if (strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}

const SeloDeprecated *
selo_manifest_deprecated(const SeloManifest *manifest, const char *name)
{
    for (guint i = 0; i < manifest->deprecated->len; i++) {
        const SeloDeprecated *deprecated = manifest->deprecated->pdata[i];

        if (strcmp(deprecated->name, name) == 0)
            return deprecated;
    }
    return NULL;
}

const SeloThreading *
selo_manifest_threading(const SeloManifest *manifest, const char *interface)
{
    const SeloThreading *general = NULL;

    for (guint i = 0; i < manifest->runtime.threading->len; i++) {
        const SeloThreading *threading = manifest->runtime.threading->pdata[i];

        if (g_strcmp0(threading->interface, interface) == 0)
            return threading;
        if (threading->interface == NULL)
            general = threading;
    }
    return general;
}

gboolean
selo_provided_has_feature(const SeloProvided *provided, const char *feature)
{
    for (guint i = 0; i < provided->features->len; i++)
        if (strcmp(((SeloNamed *) provided->features->pdata[i])->name, feature) == 0)
            return TRUE;
    return FALSE;
}

gboolean
selo_abi_parse(const char *text, guint *out_major, guint *out_minor)
{
    g_auto(GStrv) parts = g_strsplit(text, ".", 3);
    guint64 major, minor;

    if (g_strv_length(parts) != 2 ||
        !g_ascii_string_to_unsigned(parts[0], 10, 0, G_MAXUINT16, &major, NULL) ||
        !g_ascii_string_to_unsigned(parts[1], 10, 0, G_MAXUINT16, &minor, NULL))
        return FALSE;
    *out_major = (guint) major;
    *out_minor = (guint) minor;
    return TRUE;
}

int
selo_release_compare(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        char *a_end, *b_end;
        guint64 left = g_ascii_strtoull(a, &a_end, 10), right = g_ascii_strtoull(b, &b_end, 10);

        if (left != right)
            return left < right ? -1 : 1;
        if (*a_end != *b_end) /* "~" before the end before a further number before "+" and "-" */
            return (*a_end == '~') != (*b_end == '~') ? (*a_end == '~' ? -1 : 1)
                                                      : (*a_end == '\0' ? -1 : 1);
        if (*a_end != '.')
            return strcmp(a_end, b_end);
        a = a_end + 1;
        b = b_end + 1;
    }
    return 0;
}
