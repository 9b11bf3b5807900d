/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-option.c: declared options: sections, selectors, and a value checked against its
 * declaration.
 */
#include "config.h"

#include "server/config/selo-option.h"

#include <string.h>

const SeloSectionKind selo_section_kinds[] = {
    { SELO_SECTION_SERVER, "server", NULL, FALSE },
    { SELO_SECTION_TLS, "tls", NULL, FALSE },
    { SELO_SECTION_LISTENER, "listener", "protocol", TRUE },
    { SELO_SECTION_STORE, "store", "store", TRUE },
    { SELO_SECTION_AUTH, "auth", "authenticator", TRUE },
    { SELO_SECTION_TABLE, "table", "table", TRUE },
    { SELO_SECTION_FILTER, "filter", "filter", TRUE },
    { SELO_SECTION_TRANSPORT, "transport", "transport", TRUE },
    { SELO_SECTION_DOMAIN, "domain", NULL, TRUE },
    { SELO_SECTION_ROUTE, "route", NULL, FALSE },
    { SELO_SECTION_PLUGIN, "plugin", NULL, TRUE },
};
const size_t selo_n_section_kinds = G_N_ELEMENTS(selo_section_kinds);

const SeloSectionKind *
selo_section_kind(const char *name)
{
    for (size_t i = 0; i < selo_n_section_kinds; i++)
        if (strcmp(selo_section_kinds[i].name, name) == 0)
            return &selo_section_kinds[i];
    return NULL;
}

const SeloSectionKind *
selo_section_kind_of_interface(const char *interface)
{
    for (size_t i = 0; i < selo_n_section_kinds; i++)
        if (g_strcmp0(selo_section_kinds[i].interface, interface) == 0)
            return &selo_section_kinds[i];
    return NULL;
}

static const struct {
    SeloSelector selector;
    const char *name;
} selectors[] = {
    { SELO_SELECTOR_LISTENER, "listener" },
    { SELO_SELECTOR_DOMAIN, "domain" },
    { SELO_SELECTOR_USER, "user" },
};

SeloSelector
selo_selector_from_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(selectors); i++)
        if (strcmp(selectors[i].name, name) == 0)
            return selectors[i].selector;
    return 0;
}

const char *
selo_selector_name(SeloSelector selector)
{
    for (size_t i = 0; i < G_N_ELEMENTS(selectors); i++)
        if (selectors[i].selector == selector)
            return selectors[i].name;
    g_assert_not_reached();
}

SeloNamed *
selo_named_new(const char *name, const char *summary)
{
    SeloNamed *named = g_new0(SeloNamed, 1);

    named->name = g_strdup(name);
    named->summary = g_strdup(summary);
    return named;
}

void
selo_named_free(SeloNamed *named)
{
    g_free(named->name);
    g_free(named->summary);
    g_free(named);
}

SeloOption *
selo_option_new(void)
{
    SeloOption *option = g_new0(SeloOption, 1);

    option->examples = g_ptr_array_new_with_free_func(g_free);
    option->values = g_ptr_array_new_with_free_func((GDestroyNotify) selo_named_free);
    return option;
}

void
selo_option_free(SeloOption *option)
{
    if (option == NULL)
        return;
    g_free(option->name);
    g_free(option->default_text);
    g_free(option->min);
    g_free(option->max);
    g_free(option->pattern);
    g_free(option->since);
    g_free(option->summary);
    g_free(option->description);
    g_ptr_array_unref(option->examples);
    g_ptr_array_unref(option->values);
    g_clear_pointer(&option->regex, g_regex_unref);
    g_free(option);
}

gboolean
selo_option_compile(SeloOption *option)
{
    g_autofree char *anchored = NULL;

    if (option->pattern == NULL)
        return TRUE;
    anchored = g_strconcat("^(?:", option->pattern, ")$", NULL);
    option->regex = g_regex_new(anchored, G_REGEX_DOLLAR_ENDONLY, 0, NULL);
    return option->regex != NULL;
}

/* "expected a size such as 25M, at least 1M, at most 1G" */
static char *
describe_expected(const SeloOption *option, SeloType type)
{
    GString *text = g_string_new("expected ");

    if (type == SELO_TYPE_ENUM) {
        for (guint i = 0; i < option->values->len; i++) {
            SeloNamed *value = option->values->pdata[i];

            if (i > 0)
                g_string_append(text, i + 1 == option->values->len ? " or " : ", ");
            g_string_append(text, value->name);
        }
        return g_string_free(text, FALSE);
    }
    g_string_append(text, selo_type_expected(type));
    if (option->min != NULL)
        g_string_append_printf(text, ", at least %s", option->min);
    if (option->max != NULL)
        g_string_append_printf(text, ", at most %s", option->max);
    if (option->pattern != NULL)
        g_string_append_printf(text, " that matches %s", option->pattern);
    return g_string_free(text, FALSE);
}

static gboolean
is_in_range(const SeloOption *option, SeloType type, gint64 number)
{
    g_autoptr(GVariant) min = NULL, max = NULL;

    if (option->min != NULL && (min = selo_type_parse(type, option->min)) != NULL &&
        number < g_variant_get_int64(g_variant_ref_sink(min)))
        return FALSE;
    return option->max == NULL || (max = selo_type_parse(type, option->max)) == NULL ||
           number <= g_variant_get_int64(g_variant_ref_sink(max));
}

static gboolean
is_value(const SeloOption *option, const char *text)
{
    for (guint i = 0; i < option->values->len; i++)
        if (strcmp(((SeloNamed *) option->values->pdata[i])->name, text) == 0)
            return TRUE;
    return FALSE;
}

static GVariant *
parse_scalar(const SeloOption *option, SeloType type, const char *text, char **out_why)
{
    g_autoptr(GVariant) value = selo_type_parse(type, text);

    if (value != NULL)
        g_variant_ref_sink(value);
    if (value == NULL || (type == SELO_TYPE_ENUM && !is_value(option, text)) ||
        (selo_type_is_ordered(type) && !is_in_range(option, type, g_variant_get_int64(value))) ||
        (option->regex != NULL && !g_regex_match(option->regex, text, 0, NULL))) {
        *out_why = describe_expected(option, type);
        return NULL;
    }
    return g_steal_pointer(&value);
}

GStrv
selo_list_split(const char *text)
{
    g_autoptr(GStrvBuilder) items = g_strv_builder_new();
    g_autoptr(GString) item = g_string_new(NULL);

    if (*text == '\0')
        return g_strv_builder_end(items);
    for (;; text++) {
        if (text[0] == '\\' && text[1] == ',') {
            g_string_append_c(item, *++text);
        } else if (*text == ',' || *text == '\0') {
            g_strv_builder_add(items, g_strstrip(item->str));
            if (*text == '\0')
                return g_strv_builder_end(items);
            g_string_truncate(item, 0);
        } else {
            g_string_append_c(item, *text);
        }
    }
}

static GVariant *
parse_list(const SeloOption *option, const char *text, char **out_why)
{
    g_auto(GStrv) items = selo_list_split(text);
    g_autoptr(GVariantBuilder) builder = g_variant_builder_new(G_VARIANT_TYPE_STRING_ARRAY);

    for (char **item = items; *item != NULL; item++) {
        g_autofree char *why = NULL, *printed = NULL;
        g_autoptr(GVariant) value =
            **item != '\0' ? parse_scalar(option, option->of, *item, &why) : NULL;

        if (value == NULL) {
            if (**item == '\0')
                *out_why = g_strdup("empty item in the list");
            else
                *out_why = g_strdup_printf("item \"%s\": %s", *item, why);
            return NULL;
        }
        printed = selo_type_print(option->of, value);
        g_variant_builder_add(builder, "s", printed);
    }
    return g_variant_ref_sink(g_variant_builder_end(builder));
}

GVariant *
selo_option_parse(const SeloOption *option, const char *text, char **out_why)
{
    if (option->type == SELO_TYPE_LIST)
        return parse_list(option, text, out_why);
    return parse_scalar(option, option->type, text, out_why);
}

char *
selo_option_print(const SeloOption *option, GVariant *value)
{
    g_autofree const char **items = NULL;
    GString *text;

    if (option->type != SELO_TYPE_LIST)
        return selo_type_print(option->type, value);
    items = g_variant_get_strv(value, NULL);
    text = g_string_new(NULL);
    for (const char **item = items; *item != NULL; item++) {
        g_autoptr(GString) escaped = g_string_new(*item);

        g_string_replace(escaped, ",", "\\,", 0);
        g_string_append_printf(text, "%s%s", item == items ? "" : ", ", escaped->str);
    }
    return g_string_free(text, FALSE);
}
