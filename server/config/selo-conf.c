/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-conf.c: reading settings. Asked on every message, so each lookup is one hash and no parsing.
 * A name or type that is not declared is a fault in the program, not in the configuration: it
 * aborts.
 */
#include "config.h"

#include <string.h>

#include "server/config/selo-conf-private.h"
#include "server/config/selo-snapshot-format.h"

static void
entry_free(SeloConfEntry *entry)
{
    g_free((gpointer) entry->list.v);
    g_free(entry);
}

static SeloStrs
make_list(GVariant *value)
{
    SeloStrs list = { NULL, g_variant_n_children(value) };
    SeloStr *items = g_new0(SeloStr, list.n + 1); /* an empty list is not an unset one */

    for (size_t i = 0; i < list.n; i++) {
        g_variant_get_child(value, i, "&s", &items[i].s);
        items[i].len = strlen(items[i].s);
    }
    list.v = items;
    return list;
}

static void
set_entry(SeloConfEntry *entry, GVariant *value)
{
    entry->is_set = TRUE;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN)) {
        entry->number = g_variant_get_boolean(value);
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT64)) {
        entry->number = g_variant_get_int64(value);
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
        entry->text.s = g_variant_get_string(value, &entry->text.len);
    } else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY)) {
        g_free((gpointer) entry->list.v);
        entry->list = make_list(value);
    } else {
        entry->is_set = FALSE; /* "()" */
    }
}

void
selo_conf_override(SeloConf *conf, GVariant *values)
{
    size_t n = g_variant_n_children(values);

    for (size_t i = 0; i < n; i++) {
        g_autoptr(GVariant) value = NULL;
        SeloConfEntry *entry;
        const char *name;
        guchar type, reload;

        g_variant_get_child(values, i, "(&syyv)", &name, &type, &reload, &value);
        if ((entry = g_hash_table_lookup(conf->entries, name)) == NULL) {
            entry = g_new0(SeloConfEntry, 1);
            entry->name = name;
            entry->type = (SeloType) type;
            entry->reload = (SeloReload) reload;
            g_hash_table_insert(conf->entries, (gpointer) name, entry);
        }
        set_entry(entry, value);
    }
}

SeloConf *
selo_conf_make(SeloSnapshot *snapshot, GVariant *section)
{
    SeloConf *conf = g_new0(SeloConf, 1);
    g_autoptr(GVariant) values = NULL;

    conf->snapshot = snapshot;
    conf->entries =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) entry_free);
    g_variant_get(section, "(&s&s&s&s@" SELO_SNAPSHOT_VALUES "@a(ys" SELO_SNAPSHOT_VALUES "))",
                  &conf->type, &conf->name, &conf->plugin, &conf->as, &values, &conf->overrides);
    selo_conf_override(conf, values);
    return conf;
}

SeloConf *
selo_conf_copy(const SeloConf *conf)
{
    SeloConf *copy = g_new0(SeloConf, 1);
    GHashTableIter iter;
    gpointer value;

    *copy = *conf;
    copy->overrides = g_variant_ref(conf->overrides);
    copy->entries =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) entry_free);
    g_hash_table_iter_init(&iter, conf->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        SeloConfEntry *entry = g_memdup2(value, sizeof(SeloConfEntry));

        if (entry->list.v != NULL)
            entry->list.v = g_memdup2(entry->list.v, (entry->list.n + 1) * sizeof(SeloStr));
        g_hash_table_insert(copy->entries, (gpointer) entry->name, entry);
    }
    return copy;
}

void
selo_conf_destroy(SeloConf *conf)
{
    g_hash_table_unref(conf->entries);
    g_variant_unref(conf->overrides);
    g_free(conf);
}

const SeloConfEntry *
selo_conf_entry(const SeloConf *conf, const char *option)
{
    const SeloConfEntry *entry = g_hash_table_lookup(conf->entries, option);

    if (entry == NULL)
        g_error("[%s%s%s] has no option \"%s\"", conf->type, *conf->name != '\0' ? " " : "",
                conf->name, option);
    return entry;
}

static const SeloConfEntry *
get_typed(const SeloConf *conf, const char *option, gboolean is_right, const SeloConfEntry *entry)
{
    if (!is_right)
        g_error("[%s %s] option \"%s\" is a %s and read as something else", conf->type, conf->name,
                option, selo_type_name(entry->type));
    return entry;
}

gboolean
selo_conf_bool(const SeloConf *conf, const char *option)
{
    const SeloConfEntry *entry = selo_conf_entry(conf, option);

    return get_typed(conf, option, entry->type == SELO_TYPE_BOOL, entry)->number != 0;
}

int64_t
selo_conf_int(const SeloConf *conf, const char *option)
{
    const SeloConfEntry *entry = selo_conf_entry(conf, option);

    return get_typed(conf, option,
                     selo_type_is_ordered(entry->type) || entry->type == SELO_TYPE_PORT, entry)
        ->number;
}

static gboolean
is_text(SeloType type)
{
    return type != SELO_TYPE_BOOL && !selo_type_is_ordered(type) && type != SELO_TYPE_PORT &&
           type != SELO_TYPE_LIST && type != SELO_TYPE_SECRET;
}

const char *
selo_conf_str(const SeloConf *conf, const char *option)
{
    const SeloConfEntry *entry = selo_conf_entry(conf, option);

    return get_typed(conf, option, is_text(entry->type), entry)->text.s;
}

SeloStrs
selo_conf_list(const SeloConf *conf, const char *option)
{
    const SeloConfEntry *entry = selo_conf_entry(conf, option);

    return get_typed(conf, option, entry->type == SELO_TYPE_LIST, entry)->list;
}

SeloStr
selo_conf_secret(const SeloConf *conf, const char *option)
{
    const SeloConfEntry *entry = selo_conf_entry(conf, option);
    g_autoptr(GError) error = NULL;
    SeloStr secret = { NULL, 0 };

    get_typed(conf, option, entry->type == SELO_TYPE_SECRET, entry);
    if (entry->text.s == NULL)
        return secret;
    secret = selo_secrets_get(selo_snapshot_secrets(conf->snapshot), entry->text.s, &error);
    if (secret.s == NULL)
        g_warning("[%s %s] %s: %s", conf->type, conf->name, option, error->message);
    return secret;
}

SeloInstance *
selo_conf_instance(const SeloConf *conf, const char *option)
{
    const SeloConfEntry *entry = selo_conf_entry(conf, option);

    get_typed(conf, option, selo_type_is_reference(entry->type), entry);
    if (entry->text.s == NULL)
        return NULL;
    return selo_snapshot_find_instance(conf->snapshot, selo_type_name(entry->type), entry->text.s);
}

gboolean
selo_conf_is_set(const SeloConf *conf, const char *option)
{
    const SeloConfEntry *entry = g_hash_table_lookup(conf->entries, option);

    return entry != NULL && entry->is_set;
}

const char *
selo_conf_type(const SeloConf *conf)
{
    return conf->type;
}

const char *
selo_conf_name(const SeloConf *conf)
{
    return conf->name;
}

const char *
selo_conf_plugin(const SeloConf *conf)
{
    return conf->plugin;
}

const char *
selo_conf_as(const SeloConf *conf)
{
    return conf->as;
}
