/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin-json.c: prints what commands tell as JSON (RFC 8259): objects from dictionaries, arrays from
 * arrays and tuples. It prints only, so no library is needed for it.
 */
#include "config.h"

#include <stdio.h>

#include "server/admin/selo-admin.h"

static void put_value(GString *out, GVariant *value);

static void
put_string(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char) *text;

        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", c);
        else if (c < 0x20)
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_c(out, (char) c);
    }
    g_string_append_c(out, '"');
}

static void
put_children(GString *out, GVariant *value, char open, char close)
{
    gsize n = g_variant_n_children(value);

    g_string_append_c(out, open);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

        if (i > 0)
            g_string_append(out, ", ");
        put_value(out, child);
    }
    g_string_append_c(out, close);
}

static void
put_entry(GString *out, GVariant *entry)
{
    g_autoptr(GVariant) key = g_variant_get_child_value(entry, 0);
    g_autoptr(GVariant) value = g_variant_get_child_value(entry, 1);

    put_value(out, key);
    g_string_append(out, ": ");
    put_value(out, value);
}

static void
put_variant(GString *out, GVariant *value)
{
    g_autoptr(GVariant) inner = g_variant_get_variant(value);

    put_value(out, inner);
}

static void
put_array(GString *out, GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_DICTIONARY))
        put_children(out, value, '{', '}');
    else
        put_children(out, value, '[', ']');
}

/* Numbers print as GVariant's own text form has them without types. */
static void
put_number(GString *out, GVariant *value)
{
    g_autofree char *text = g_variant_print(value, FALSE);

    g_string_append(out, text);
}

static void
put_value(GString *out, GVariant *value)
{
    switch (g_variant_classify(value)) {
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
        put_string(out, g_variant_get_string(value, NULL));
        break;
    case G_VARIANT_CLASS_VARIANT:
        put_variant(out, value);
        break;
    case G_VARIANT_CLASS_ARRAY:
        put_array(out, value);
        break;
    case G_VARIANT_CLASS_TUPLE:
        put_children(out, value, '[', ']');
        break;
    case G_VARIANT_CLASS_DICT_ENTRY:
        put_entry(out, value);
        break;
    case G_VARIANT_CLASS_MAYBE:
        g_string_append(out, "null");
        break;
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_UINT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_UINT64:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DOUBLE:
    default:
        put_number(out, value);
    }
}

void
selo_admin_print_json(GVariant *value)
{
    g_autoptr(GString) out = g_string_new(NULL);

    put_value(out, value);
    g_string_append_c(out, '\n');
    fputs(out->str, stdout);
}
