/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-plugin-sample.c: what selo plugin enable puts into conf.d. Generated, never kept in a file:
 * the options are documented in the manifest and nowhere else.
 */
#include "config.h"

#include "server/plugin/selo-plugin-sample.h"

#include <string.h>

#define COLUMNS 96

/* Wraps at blanks; each line begins with @prefix. */
static void
append_wrapped(GString *sample, const char *prefix, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    size_t column = 0;

    for (char **word = words; *word != NULL; word++) {
        if (column > 0 && column + 1 + strlen(*word) > COLUMNS) {
            g_string_append_c(sample, '\n');
            column = 0;
        }
        if (column == 0)
            g_string_append(sample, prefix);
        else
            g_string_append_c(sample, ' ');
        g_string_append(sample, *word);
        column += (column == 0 ? strlen(prefix) : 1) + strlen(*word);
    }
    g_string_append_c(sample, '\n');
}

static void
append_option(GString *sample, const SeloOption *option)
{
    const char *value = option->default_text;

    append_wrapped(sample, "## ", option->summary);
    if (option->values->len > 0) {
        g_string_append(sample, "##");
        for (guint i = 0; i < option->values->len; i++)
            g_string_append_printf(sample, "%s %s", i > 0 ? "," : "",
                                   ((SeloNamed *) option->values->pdata[i])->name);
        g_string_append_c(sample, '\n');
    } else if (option->min != NULL || option->max != NULL) {
        g_string_append_printf(sample, "## %s, from %s to %s\n", selo_type_name(option->type),
                               option->min != NULL ? option->min : "any",
                               option->max != NULL ? option->max : "any");
    }
    if (value == NULL && option->examples->len > 0)
        value = option->examples->pdata[0];
    if (option->is_required)
        g_string_append(sample, "## required\n");
    g_string_append_printf(sample, "#%s = %s\n", option->name, value != NULL ? value : "");
}

static void
append_section(GString *sample, const SeloManifest *manifest, const SeloSectionKind *kind)
{
    gboolean has_head = FALSE;

    for (guint i = 0; i < manifest->options->len; i++) {
        const SeloOption *option = manifest->options->pdata[i];

        if ((option->sections & kind->section) == 0)
            continue;
        if (!has_head)
            g_string_append_printf(sample, "\n#[%s %s]\n", kind->name, manifest->name);
        if (!has_head && kind->interface != NULL)
            g_string_append_printf(sample, "#plugin = %s\n", manifest->name);
        has_head = TRUE;
        append_option(sample, option);
    }
}

char *
selo_plugin_sample(const SeloManifest *manifest)
{
    GString *sample = g_string_new(NULL);

    g_string_append_printf(sample, "# %s: %s\n", manifest->name, manifest->about.title);
    append_wrapped(sample, "# ", manifest->about.summary);
    g_string_append(
        sample,
        "#\n# A sample: take out one # to set a key. Names after a section's word are yours to choose.\n");
    for (size_t i = 0; i < selo_n_section_kinds; i++)
        append_section(sample, manifest, &selo_section_kinds[i]);
    return g_string_free(sample, FALSE);
}
