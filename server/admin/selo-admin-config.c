/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin-config.c: selo config check, show, explain. They read what is on disk, need no server
 * and no rights but to read it, and never print a secret, only where it comes from.
 */
#include "config.h"

#include <string.h>

#include "server/admin/selo-admin.h"
#include "server/config/selo-compiler.h"

static SeloSite *
load_site(const SeloPaths *paths)
{
    g_autoptr(GError) error = NULL;
    SeloSite *site = selo_site_load(paths, &error);

    if (site == NULL)
        selo_admin_fail("%s", error->message);
    return site;
}

/* ---- check ---- */

static void
print_faults_json(const GPtrArray *faults)
{
    g_auto(GVariantBuilder) rows = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));

    for (guint i = 0; i < faults->len; i++) {
        const SeloFault *fault = faults->pdata[i];
        g_auto(GVariantBuilder) row = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

        g_variant_builder_add(&row, "{sv}", "file",
                              g_variant_new_string(fault->file != NULL ? fault->file : ""));
        g_variant_builder_add(&row, "{sv}", "line", g_variant_new_uint32(fault->line));
        g_variant_builder_add(&row, "{sv}", "warning", g_variant_new_boolean(fault->is_warning));
        g_variant_builder_add(&row, "{sv}", "text", g_variant_new_string(fault->text));
        g_variant_builder_add_value(&rows, g_variant_builder_end(&row));
    }
    selo_admin_print_json(g_variant_builder_end(&rows));
}

static void
print_faults(const GPtrArray *faults)
{
    guint n = selo_faults_count(faults);

    for (guint i = 0; i < faults->len; i++) {
        g_autofree char *text = selo_fault_format(faults->pdata[i]);

        g_printerr("%s\n", text);
    }
    if (n > 0)
        g_printerr("%u fault%s; the configuration in force has not changed\n", n,
                   n == 1 ? "" : "s");
    else
        g_print("no faults\n");
}

int
selo_admin_config_check(const SeloAdminCommand *command)
{
    g_autoptr(SeloPaths) paths =
        selo_paths_new(command->argc > 0 ? command->argv[0] : command->root);
    g_autoptr(SeloSite) site = NULL;

    if (command->argc > 1)
        return selo_admin_usage("config", "check");
    if ((site = load_site(paths)) == NULL)
        return 1;
    if (command->is_json)
        print_faults_json(site->faults);
    else
        print_faults(site->faults);
    return selo_faults_count(site->faults) > 0;
}

/* ---- show ---- */

static void
print_origin(const SeloSetting *setting)
{
    if (setting != NULL)
        g_print("    # %s:%u", setting->file, setting->line);
}

/* One option of an override section is only what is written there; of a base section what is in
 * force. */
static void
show_option(const SeloSite *site, const SeloSiteSection *section, const SeloOption *option)
{
    const SeloSetting *setting = section->selector != 0
                                     ? selo_site_setting(section, option)
                                     : selo_site_effective(site, section, option);
    g_autoptr(GVariant) value = NULL;
    g_autofree char *text = NULL;

    if (section->selector != 0 && setting == NULL)
        return;
    if (setting != NULL && setting->value == NULL)
        return;
    value =
        setting != NULL ? g_variant_ref(setting->value) : selo_site_value(site, section, option);
    if (value == NULL)
        return;
    text = selo_option_print(option, value);
    g_print("%s = %s", option->name, text);
    print_origin(setting);
    g_print("\n");
}

static gboolean
show_section(const SeloSite *site, const SeloSiteSection *section, const char *wanted)
{
    g_autoptr(GPtrArray) options = NULL;

    if (wanted != NULL && strcmp(section->head, wanted) != 0 &&
        strcmp(section->kind->name, wanted) != 0)
        return FALSE;
    g_print("[%s]\n", section->head);
    options = selo_site_options(site, section);
    for (guint i = 0; i < options->len; i++)
        show_option(site, section, options->pdata[i]);
    g_print("\n");
    return TRUE;
}

static GVariant *
make_section_row(const SeloSite *site, const SeloSiteSection *section)
{
    g_auto(GVariantBuilder) row = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    g_autoptr(GPtrArray) options = selo_site_options(site, section);

    for (guint i = 0; i < options->len; i++) {
        const SeloOption *option = options->pdata[i];
        g_autoptr(GVariant) value = selo_site_value(site, section, option);

        if (value != NULL)
            g_variant_builder_add(&row, "{sv}", option->name, value);
    }
    return g_variant_builder_end(&row);
}

static void
show_json(const SeloSite *site, const char *wanted)
{
    g_auto(GVariantBuilder) rows = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

    for (guint i = 0; i < site->sections->len; i++) {
        const SeloSiteSection *section = site->sections->pdata[i];

        if (section->selector == 0 && (wanted == NULL || strcmp(section->head, wanted) == 0 ||
                                       strcmp(section->kind->name, wanted) == 0))
            g_variant_builder_add(&rows, "{sv}", section->head, make_section_row(site, section));
    }
    selo_admin_print_json(g_variant_builder_end(&rows));
}

int
selo_admin_config_show(const SeloAdminCommand *command)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(command->root);
    g_autofree char *wanted = command->argc > 0 ? g_strjoinv(" ", command->argv) : NULL;
    g_autoptr(SeloSite) site = load_site(paths);
    gboolean is_found = wanted == NULL;

    if (site == NULL)
        return 1;
    if (command->is_json) {
        show_json(site, wanted);
        return 0;
    }
    for (guint i = 0; i < site->sections->len; i++)
        is_found |= show_section(site, site->sections->pdata[i], wanted);
    if (!is_found)
        return selo_admin_fail("there is no [%s]", wanted);
    if (selo_faults_count(site->faults) > 0)
        g_printerr("there are faults; see: selo config check\n");
    return 0;
}

/* ---- explain ---- */

typedef struct {
    const char *section, *option;
    char *scope[3]; /* listener, domain, user; the last two in lower case */
} Question;

static void
question_clear(Question *question)
{
    for (size_t i = 0; i < G_N_ELEMENTS(question->scope); i++)
        g_free(question->scope[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

static gboolean
parse_question(const SeloAdminCommand *command, Question *question)
{
    static const char *const names[] = { "--listener", "--domain", "--user" };

    for (char **word = command->argv; *word != NULL; word++) {
        gboolean is_scope = FALSE;

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
            if (strcmp(*word, names[i]) == 0) {
                if (*++word == NULL)
                    return FALSE;
                g_free(question->scope[i]);
                question->scope[i] = i == 0 ? g_strdup(*word) : g_utf8_strdown(*word, -1);
                is_scope = TRUE;
                break;
            }
        if (is_scope)
            continue;
        if (question->section == NULL)
            question->section = *word;
        else if (question->option == NULL)
            question->option = *word;
        else
            return FALSE;
    }
    return question->option != NULL;
}

static const SeloOption *
find_option(const SeloSite *site, const SeloSiteSection *section, const char *name)
{
    g_autoptr(GPtrArray) options = selo_site_options(site, section);

    for (guint i = 0; i < options->len; i++)
        if (strcmp(((SeloOption *) options->pdata[i])->name, name) == 0)
            return options->pdata[i];
    return NULL;
}

/* Prints each word a section says on the option; the last is kept in *in_force. */
static void
explain_section(const SeloSiteSection *section, const SeloOption *option, GPtrArray *words)
{
    for (guint i = 0; section != NULL && i < section->settings->len; i++) {
        const SeloSetting *setting = section->settings->pdata[i];
        g_autofree char *text = NULL;

        if (setting->option != option || setting->value == NULL)
            continue;
        text = selo_option_print(option, setting->value);
        g_ptr_array_add(words, g_strdup_printf("%s:%u: [%s] %s", setting->file, setting->line,
                                               section->head, text));
        g_ptr_array_add(words, g_steal_pointer(&text));
    }
}

static void
collect_words(const SeloSite *site, const SeloSiteSection *section, const SeloOption *option,
              const Question *question, GPtrArray *words)
{
    const SeloSectionKind *plugin = selo_section_kind("plugin");
    const char *name = section->kind->interface != NULL && section->plugin != NULL &&
                               (option->sections & SELO_SECTION_PLUGIN) != 0
                           ? section->plugin->name
                           : NULL;

    if (name != NULL)
        explain_section(selo_site_find(site, plugin, name, 0, NULL), option, words);
    explain_section(section, option, words);
    for (guint i = 0; i < G_N_ELEMENTS(question->scope); i++) {
        SeloSelector selector = 1u << i;

        if (question->scope[i] == NULL)
            continue;
        if (name != NULL)
            explain_section(selo_site_find(site, plugin, name, selector, question->scope[i]),
                            option, words);
        explain_section(
            selo_site_find(site, section->kind, section->name, selector, question->scope[i]),
            option, words);
    }
}

static void
print_option(const SeloOption *option)
{
    g_print("%s (%s)\n  %s\n", option->name, selo_type_name(option->type), option->summary);
    if (option->description != NULL)
        g_print("  %s\n", option->description);
    for (guint i = 0; i < option->values->len; i++) {
        const SeloNamed *value = option->values->pdata[i];

        g_print("    %-14s %s\n", value->name, value->summary != NULL ? value->summary : "");
    }
    if (option->min != NULL || option->max != NULL)
        g_print("  from %s to %s\n", option->min != NULL ? option->min : "any",
                option->max != NULL ? option->max : "any");
}

static void
print_answer(const SeloSite *site, const SeloSiteSection *section, const SeloOption *option,
             const Question *question)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GVariant) implied = NULL;
    g_autofree char *text = NULL;

    collect_words(site, section, option, question, words);
    print_option(option);
    g_print("  default: %s\n", option->default_text != NULL ? option->default_text : "unset");
    for (guint i = 0; i < words->len; i += 2)
        g_print("  %s\n", (char *) words->pdata[i]);
    if (words->len == 0 && (implied = selo_site_value(site, section, option)) != NULL)
        text = selo_option_print(option, implied);
    g_print("in force: %s\n", words->len > 0 ? (char *) words->pdata[words->len - 1]
                              : text != NULL ? text
                                             : "unset");
}

int
selo_admin_config_explain(const SeloAdminCommand *command)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(command->root);
    g_autoptr(SeloSite) site = NULL;
    g_autofree char *why = NULL;
    g_auto(Question) question = { 0 };
    SeloConfigSection *head;
    SeloSiteSection *section;
    const SeloOption *option;

    if (!parse_question(command, &question))
        return selo_admin_usage("config", "explain");
    if ((head = selo_config_head_parse(question.section, &why)) == NULL)
        return selo_admin_fail("[%s] %s", question.section, why);
    site = load_site(paths);
    section = site != NULL ? selo_site_find(site, head->kind, head->name, 0, NULL) : NULL;
    selo_config_section_free(head);
    if (site == NULL)
        return 1;
    if (section == NULL)
        return selo_admin_fail("there is no [%s]", question.section);
    if ((option = find_option(site, section, question.option)) == NULL)
        return selo_admin_fail("[%s] has no option \"%s\"", section->head, question.option);
    print_answer(site, section, option, &question);
    return 0;
}
