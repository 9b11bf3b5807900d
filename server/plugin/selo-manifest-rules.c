/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest-rules.c: the twelve rules a schema cannot say, one function each, numbered as in
 * docs/plugins.md. Each names the line and the remedy.
 */
#include "config.h"

#include "server/plugin/selo-manifest-rules.h"

#include <string.h>

#include "server/config/selo-fault.h"
#include "server/plugin/selo-registry.h"

typedef struct {
    const SeloManifest *manifest;
    const GPtrArray *core;
    GPtrArray *faults;
} Check;

#define FAULT(check, line, ...) \
    selo_fault_add((check)->faults, (check)->manifest->file, (line), __VA_ARGS__)

/* Words of the selo command; "selo NAME COMMAND" has to reach the plugin. */
static const char *const nouns[] = {
    "auth",   "cache", "config",  "core",    "doc",     "help",    "host",   "listener",
    "log",    "mail",  "mailbox", "message", "metrics", "plugin",  "preset", "queue",
    "reload", "route", "selo",    "server",  "session", "site",    "status", "stop",
    "store",  "table", "tls",     "trace",   "user",    "version",
};

static const struct {
    const char *name;
    guint may;
} mays[] = {
    { "reject", SELO_MAY_REJECT },
    { "defer", SELO_MAY_DEFER },
    { "discard", SELO_MAY_DISCARD },
    { "quarantine", SELO_MAY_QUARANTINE },
    { "disconnect", SELO_MAY_DISCONNECT },
    { "add-header", SELO_MAY_ADD_HEADER },
    { "change-header", SELO_MAY_CHANGE_HEADER },
    { "replace-body", SELO_MAY_REPLACE_BODY },
    { "add-rcpt", SELO_MAY_ADD_RCPT },
    { "delete-rcpt", SELO_MAY_DELETE_RCPT },
    { "change-sender", SELO_MAY_CHANGE_SENDER },
    { "keep", SELO_MAY_KEEP },
    { "fileinto", SELO_MAY_FILEINTO },
    { "redirect", SELO_MAY_REDIRECT },
    { "reply", SELO_MAY_REPLY },
};

#define VERDICTS                                                                 \
    (SELO_MAY_REJECT | SELO_MAY_DEFER | SELO_MAY_DISCARD | SELO_MAY_QUARANTINE | \
     SELO_MAY_DISCONNECT)
#define HEADERS  (SELO_MAY_ADD_HEADER | SELO_MAY_CHANGE_HEADER | SELO_MAY_REPLACE_BODY)
#define ENVELOPE (SELO_MAY_ADD_RCPT | SELO_MAY_DELETE_RCPT | SELO_MAY_CHANGE_SENDER)
#define DISPOSAL                                                                                 \
    (SELO_MAY_KEEP | SELO_MAY_FILEINTO | SELO_MAY_REDIRECT | SELO_MAY_DISCARD | SELO_MAY_REPLY | \
     SELO_MAY_DEFER)

/* What fits each stage; all others: verdicts. */
static const struct {
    const char *stage;
    guint may;
} stage_mays[] = {
    { "header", VERDICTS | HEADERS | ENVELOPE },
    { "message", VERDICTS | HEADERS | ENVELOPE },
    { "deliver", DISPOSAL | HEADERS | SELO_MAY_REJECT },
    { "change", DISPOSAL | HEADERS },
};

guint
selo_may_from_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mays); i++)
        if (strcmp(mays[i].name, name) == 0)
            return mays[i].may;
    return 0;
}

/* ---- options: rules 2 and 3 ---- */

static void
check_shape(const SeloOption *option, const char *file, GPtrArray *faults)
{
    if (option->type == SELO_TYPE_ENUM && option->values->len == 0)
        selo_fault_add(faults, file, option->line, "option \"%s\": an enum needs values",
                       option->name);
    if (option->type != SELO_TYPE_ENUM && option->of != SELO_TYPE_ENUM && option->values->len > 0)
        selo_fault_add(faults, file, option->line, "option \"%s\": only an enum has values",
                       option->name);
    if ((option->type == SELO_TYPE_LIST) != (option->of != SELO_N_TYPES))
        selo_fault_add(faults, file, option->line,
                       "option \"%s\": \"of\" belongs to a list and a list needs it", option->name);
    if (option->of == SELO_TYPE_LIST || option->of == SELO_TYPE_ENUM ||
        option->of == SELO_TYPE_SECRET)
        selo_fault_add(faults, file, option->line, "option \"%s\": a list cannot be of %s",
                       option->name, selo_type_name(option->of));
    if ((option->min != NULL || option->max != NULL) && !selo_type_is_ordered(option->type))
        selo_fault_add(faults, file, option->line,
                       "option \"%s\": min and max are for int, uint, size and duration",
                       option->name);
    if (option->pattern != NULL && option->type != SELO_TYPE_STRING &&
        option->type != SELO_TYPE_TOKEN)
        selo_fault_add(faults, file, option->line, "option \"%s\": pattern is for string and token",
                       option->name);
    if (option->default_text != NULL && (option->is_required || option->type == SELO_TYPE_SECRET))
        selo_fault_add(faults, file, option->line, "option \"%s\": %s excludes a default",
                       option->name, option->is_required ? "required" : "the type secret");
}

static gboolean
check_bound(const SeloOption *option, const char *which, const char *text, gint64 *out_number,
            const char *file, GPtrArray *faults)
{
    g_autoptr(GVariant) value = selo_type_parse(option->type, text);

    if (value == NULL) {
        selo_fault_add(faults, file, option->line, "option \"%s\": %s=\"%s\": expected %s",
                       option->name, which, text, selo_type_expected(option->type));
        return FALSE;
    }
    *out_number = g_variant_get_int64(g_variant_ref_sink(value));
    return TRUE;
}

void
selo_option_check_rules(const SeloOption *option, const char *file, GPtrArray *faults)
{
    guint n_before = faults->len;
    gint64 min = G_MININT64, max = G_MAXINT64;
    g_autofree char *why = NULL;
    g_autoptr(GVariant) value = NULL;

    if (option->type == SELO_N_TYPES || option->name == NULL || option->summary == NULL ||
        option->sections == 0) {
        selo_fault_add(faults, file, option->line,
                       "option \"%s\": needs name, type, in and summary",
                       option->name != NULL ? option->name : "?");
        return;
    }
    check_shape(option, file, faults);
    if (faults->len > n_before)
        return;
    if (option->min != NULL && !check_bound(option, "min", option->min, &min, file, faults))
        return;
    if (option->max != NULL && !check_bound(option, "max", option->max, &max, file, faults))
        return;
    if (min > max)
        selo_fault_add(faults, file, option->line, "option \"%s\": min is above max", option->name);
    else if (option->default_text != NULL &&
             (value = selo_option_parse(option, option->default_text, &why)) == NULL)
        selo_fault_add(faults, file, option->line, "option \"%s\": default=\"%s\": %s",
                       option->name, option->default_text, why);
}

/* ---- rule 1: names ---- */

static void
check_unique(const Check *check, GHashTable *seen, const char *what, const char *name, guint line)
{
    if (!g_hash_table_add(seen, g_strdup_printf("%s %s", what, name)))
        FAULT(check, line, "%s \"%s\" is there twice", what, name);
}

static void
check_names(const Check *check)
{
    const SeloManifest *manifest = check->manifest;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(nouns); i++)
        if (strcmp(nouns[i], manifest->name) == 0)
            FAULT(check, manifest->line,
                  "name \"%s\" is a word of the selo command; choose another", manifest->name);
    for (guint i = 0; i < manifest->provides->len; i++) {
        const SeloProvided *provided = manifest->provides->pdata[i];
        g_autofree char *what = g_strdup_printf("as of %s", provided->interface);

        check_unique(check, seen, what, provided->as, provided->line);
    }
    for (guint i = 0; i < manifest->options->len; i++) {
        const SeloOption *option = manifest->options->pdata[i];

        check_unique(check, seen, "option", option->name, option->line);
    }
    for (guint i = 0; i < manifest->deprecated->len; i++) {
        const SeloDeprecated *deprecated = manifest->deprecated->pdata[i];

        check_unique(check, seen, "option", deprecated->name, deprecated->line);
    }
    for (guint i = 0; i < manifest->commands->len; i++) {
        const SeloCommandInfo *command = manifest->commands->pdata[i];

        check_unique(check, seen, "command", command->name, command->line);
    }
    for (guint i = 0; i < manifest->metrics->len; i++) {
        const SeloMetric *metric = manifest->metrics->pdata[i];

        check_unique(check, seen, "metric", metric->name, metric->line);
    }
}

static void
check_core_names(const Check *check)
{
    for (guint i = 0; i < check->manifest->options->len; i++) {
        const SeloOption *option = check->manifest->options->pdata[i];

        for (guint j = 0; j < check->core->len; j++) {
            const SeloOption *core = check->core->pdata[j];

            if ((core->sections & option->sections) != 0 && strcmp(core->name, option->name) == 0)
                FAULT(check, option->line,
                      "option \"%s\" is a key of the core in a section it may stand in",
                      option->name);
        }
    }
}

static void
check_options(const Check *check)
{
    for (guint i = 0; i < check->manifest->options->len; i++)
        selo_option_check_rules(check->manifest->options->pdata[i], check->manifest->file,
                                check->faults);
}

/* ---- rule 4: sections of what is provided ---- */

static void
check_sections(const Check *check)
{
    guint allowed = SELO_SECTION_PLUGIN;

    for (guint i = 0; i < check->manifest->provides->len; i++) {
        const SeloProvided *provided = check->manifest->provides->pdata[i];
        const SeloSectionKind *kind = selo_section_kind_of_interface(provided->interface);

        if (kind != NULL)
            allowed |= kind->section;
    }
    for (guint i = 0; i < check->manifest->options->len; i++) {
        const SeloOption *option = check->manifest->options->pdata[i];

        for (size_t j = 0; j < selo_n_section_kinds; j++)
            if ((option->sections & ~allowed & selo_section_kinds[j].section) != 0)
                FAULT(check, option->line,
                      "option \"%s\": in=\"%s\" is no section of an interface it provides",
                      option->name, selo_section_kinds[j].name);
    }
}

/* ---- rule 5: threads ---- */

static void
check_threading(const Check *check)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < check->manifest->runtime.threading->len; i++) {
        const SeloThreading *threading = check->manifest->runtime.threading->pdata[i];
        const char *interface = threading->interface != NULL ? threading->interface : "";
        const SeloOption *from = NULL;
        gboolean is_pool = strcmp(threading->model, "worker-pool") == 0;

        if (!g_hash_table_add(seen, (gpointer) interface))
            FAULT(check, threading->line, "one threading model per interface");
        if (*interface != '\0' && selo_manifest_provided(check->manifest, interface, NULL) == NULL)
            FAULT(check, threading->line, "threading for \"%s\", which is not provided", interface);
        if (is_pool != ((threading->threads > 0) != (threading->threads_from != NULL)))
            FAULT(check, threading->line,
                  "worker-pool, and it alone, has either threads or threads-from");
        if (threading->threads_from == NULL)
            continue;
        from = selo_manifest_option(check->manifest, threading->threads_from);
        if (from == NULL || from->type != SELO_TYPE_UINT)
            FAULT(check, threading->line, "threads-from=\"%s\" is no option of type uint",
                  threading->threads_from);
    }
    for (guint i = 0; i < check->manifest->provides->len; i++) {
        const SeloProvided *provided = check->manifest->provides->pdata[i];
        const SeloThreading *threading =
            selo_manifest_threading(check->manifest, provided->interface);

        if (threading == NULL)
            FAULT(check, provided->line, "interface \"%s\" has no threading model",
                  provided->interface);
        else if (strcmp(provided->interface, "protocol") == 0 &&
                 strcmp(threading->model, "main-loop") != 0)
            FAULT(check, threading->line, "a protocol runs only in the main-loop model");
    }
}

/* ---- rule 6: places ---- */

static gboolean
has_stage(const SeloProvided *provided, const char *name)
{
    for (guint i = 0; i < provided->stages->len; i++)
        if (strcmp(((SeloStageInfo *) provided->stages->pdata[i])->name, name) == 0)
            return TRUE;
    return FALSE;
}

static void
check_places(const Check *check)
{
    guint places = check->manifest->runtime.places, possible = 0;

    for (guint i = 0; i < check->manifest->provides->len; i++) {
        const SeloProvided *provided = check->manifest->provides->pdata[i];
        guint fitting = selo_interface_places(provided->interface);

        if (strcmp(provided->interface, "filter") == 0 && !has_stage(provided, "deliver") &&
            !has_stage(provided, "message"))
            fitting &= ~(guint) SELO_PLACE_COURIER;
        if ((fitting & places) == 0)
            FAULT(check, check->manifest->runtime.line,
                  "interface \"%s\" has no place it can work in", provided->interface);
        possible |= fitting;
    }
    if ((places & ~possible) != 0)
        FAULT(check, check->manifest->runtime.line,
              "a place is no role of an interface it provides");
}

/* ---- rule 7: isolation ---- */

static void
check_isolation(const Check *check)
{
    if (check->manifest->runtime.is_isolated &&
        (selo_manifest_provided(check->manifest, "protocol", NULL) != NULL ||
         selo_manifest_provided(check->manifest, "store", NULL) != NULL))
        FAULT(check, check->manifest->runtime.line, "a protocol or a store cannot be isolated");
}

/* ---- rule 8: needs ---- */

static gboolean
is_fitting(const SeloOption *option, const char *kind)
{
    SeloType type = option->type == SELO_TYPE_LIST ? option->of : option->type;

    if (strcmp(kind, "network-connect") == 0)
        return type == SELO_TYPE_ENDPOINT || type == SELO_TYPE_HOST || type == SELO_TYPE_URL ||
               type == SELO_TYPE_ADDRESS || type == SELO_TYPE_STRING;
    return type == SELO_TYPE_PATH || type == SELO_TYPE_STRING;
}

static void
check_need(const Check *check, const SeloNeed *need)
{
    const SeloOption *from =
        need->from != NULL ? selo_manifest_option(check->manifest, need->from) : NULL;

    if (strcmp(need->kind, "network-connect") == 0 && (need->from != NULL) == (need->port != NULL))
        FAULT(check, need->line, "network-connect has exactly one of from and port");
    if (strcmp(need->kind, "path") == 0 && (need->from != NULL) == (need->well_known != NULL))
        FAULT(check, need->line, "path has exactly one of from and well-known");
    if (need->from != NULL && (from == NULL || !is_fitting(from, need->kind)))
        FAULT(check, need->line, "from=\"%s\" is no option of a fitting type", need->from);
    if (need->names_unknown_role || (need->roles & ~check->manifest->runtime.places) != 0)
        FAULT(check, need->line, "roles of %s are no places of this plugin", need->kind);
}

/* ---- rule 9: stages ---- */

static guint
get_fitting_mays(const char *stage)
{
    for (size_t i = 0; i < G_N_ELEMENTS(stage_mays); i++)
        if (strcmp(stage_mays[i].stage, stage) == 0)
            return stage_mays[i].may;
    return VERDICTS;
}

static void
check_stages(const Check *check, const SeloProvided *provided)
{
    gboolean is_filter = strcmp(provided->interface, "filter") == 0;
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    if (is_filter && provided->stages->len == 0)
        FAULT(check, provided->line, "a filter needs at least one stage");
    for (guint i = 0; i < provided->stages->len; i++) {
        const SeloStageInfo *stage = provided->stages->pdata[i];
        guint unfit = stage->may & ~get_fitting_mays(stage->name);

        if (!is_filter)
            FAULT(check, stage->line, "only a filter has stages");
        if (!g_hash_table_add(seen, stage->name))
            FAULT(check, stage->line, "stage \"%s\" is there twice", stage->name);
        for (size_t j = 0; j < G_N_ELEMENTS(mays); j++)
            if ((unfit & mays[j].may) != 0)
                FAULT(check, stage->line, "may=\"%s\" does not fit stage \"%s\"", mays[j].name,
                      stage->name);
    }
}

/* ---- rules 10, 11, 12 ---- */

static void
check_command(const Check *check, const SeloCommandInfo *command)
{
    gboolean was_optional = FALSE;

    for (guint i = 0; i < command->arguments->len; i++) {
        const SeloArgument *argument = command->arguments->pdata[i];

        if (argument->is_required && was_optional)
            FAULT(check, argument->line, "argument \"%s\": the optional ones stand last",
                  argument->name);
        if (argument->is_repeated && i + 1 < command->arguments->len)
            FAULT(check, argument->line, "argument \"%s\": only the last may repeat",
                  argument->name);
        was_optional = was_optional || !argument->is_required;
    }
}

static void
check_replacements(const Check *check)
{
    for (guint i = 0; i < check->manifest->deprecated->len; i++) {
        const SeloDeprecated *deprecated = check->manifest->deprecated->pdata[i];

        if (deprecated->replaced_by != NULL &&
            selo_manifest_option(check->manifest, deprecated->replaced_by) == NULL)
            FAULT(check, deprecated->line, "replaced-by=\"%s\" is no option of this plugin",
                  deprecated->replaced_by);
    }
}

void
selo_manifest_check_rules(const SeloManifest *manifest, const GPtrArray *core, GPtrArray *faults)
{
    Check check = { manifest, core, faults };

    check_names(&check);
    check_core_names(&check);
    check_options(&check);
    check_sections(&check);
    check_threading(&check);
    check_places(&check);
    check_isolation(&check);
    for (guint i = 0; i < manifest->needs->len; i++)
        check_need(&check, manifest->needs->pdata[i]);
    for (guint i = 0; i < manifest->provides->len; i++)
        check_stages(&check, manifest->provides->pdata[i]);
    for (guint i = 0; i < manifest->orders->len; i++) {
        const SeloOrder *order = manifest->orders->pdata[i];

        if ((order->plugin != NULL) == (order->interface != NULL))
            FAULT(&check, order->line, "%s has exactly one of plugin and interface",
                  order->is_after ? "after" : "before");
    }
    check_replacements(&check);
    for (guint i = 0; i < manifest->commands->len; i++)
        check_command(&check, manifest->commands->pdata[i]);
}
