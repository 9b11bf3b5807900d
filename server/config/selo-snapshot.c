/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-snapshot.c: the settings in force, mapped. Each section becomes a SeloConf when the snapshot
 * is opened; scoped ones when first asked for, and no more than the overrides that are written can
 * make.
 */
#include "config.h"

#include "server/config/selo-snapshot.h"

#include <string.h>

#include "server/config/selo-conf-private.h"
#include "server/config/selo-memory-file.h"
#include "server/config/selo-snapshot-format.h"

#define MAX_SNAPSHOT (256u << 20)

typedef struct {
    GHashTable *confs; /* name → SeloConf *, owned */
    GArray *names;     /* of SeloStr */
} Kind;

struct SeloSnapshot {
    gatomicrefcount refs;
    GVariant *root;
    GHashTable *kinds;   /* type → Kind * */
    GMutex scoped_mutex; /* a pool thread may invoke too */
    GHashTable *scoped;  /* "type name, listener, domain, user" → SeloConf *, owned */
    GArray *plugins;     /* SeloSnapshotPlugin */
    SeloInstanceFinder finder;
    void *finder_data;
    SeloSecrets *secrets;
};

static void
kind_free(Kind *kind)
{
    g_hash_table_unref(kind->confs);
    g_array_unref(kind->names);
    g_free(kind);
}

static Kind *
get_kind(SeloSnapshot *snapshot, const char *type)
{
    Kind *kind = g_hash_table_lookup(snapshot->kinds, type);

    if (kind == NULL) {
        kind = g_new0(Kind, 1);
        kind->confs = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                            (GDestroyNotify) selo_conf_destroy);
        kind->names = g_array_new(FALSE, TRUE, sizeof(SeloStr));
        g_hash_table_insert(snapshot->kinds, (gpointer) type, kind);
    }
    return kind;
}

static void
read_sections(SeloSnapshot *snapshot, GVariant *sections)
{
    size_t n = g_variant_n_children(sections);

    for (size_t i = 0; i < n; i++) {
        g_autoptr(GVariant) section = g_variant_get_child_value(sections, i);
        SeloConf *conf = selo_conf_make(snapshot, section);
        Kind *kind = get_kind(snapshot, conf->type);
        SeloStr name = SELO_STR(conf->name);

        g_hash_table_insert(kind->confs, (gpointer) conf->name, conf);
        g_array_append_val(kind->names, name);
    }
}

static SeloStrs
read_features(GVariant *features)
{
    SeloStrs list = { NULL, g_variant_n_children(features) };
    SeloStr *items = g_new0(SeloStr, list.n + 1);

    for (size_t i = 0; i < list.n; i++) {
        g_variant_get_child(features, i, "&s", &items[i].s);
        items[i].len = strlen(items[i].s);
    }
    list.v = items;
    return list;
}

static void
read_provided(GVariant *value, SeloSnapshotProvided *out_provided)
{
    g_autoptr(GVariant) features = NULL, stages = NULL;
    SeloSnapshotStage *list;

    g_variant_get(value, "(&s&suu&su&s@as@a(susb))", &out_provided->interface, &out_provided->as,
                  &out_provided->major, &out_provided->minor, &out_provided->model,
                  &out_provided->n_threads, &out_provided->threads_from, &features, &stages);
    out_provided->features = read_features(features);
    out_provided->n_stages = g_variant_n_children(stages);
    list = g_new0(SeloSnapshotStage, out_provided->n_stages + 1);
    for (size_t i = 0; i < out_provided->n_stages; i++)
        g_variant_get_child(stages, i, "(&su&sb)", &list[i].name, &list[i].may, &list[i].on_failure,
                            &list[i].reads_body);
    out_provided->stages = list;
}

static void
read_plugins(SeloSnapshot *snapshot, GVariant *plugins)
{
    size_t n = g_variant_n_children(plugins);

    for (size_t i = 0; i < n; i++) {
        SeloSnapshotPlugin plugin = { 0 };
        g_autoptr(GVariant) provides = NULL;
        SeloSnapshotProvided *list;

        g_variant_get_child(plugins, i, "(&s&s&suuubbx@a" SELO_SNAPSHOT_PROVIDED ")", &plugin.name,
                            &plugin.module, &plugin.version, &plugin.abi_major, &plugin.abi_minor,
                            &plugin.places, &plugin.is_isolated, &plugin.is_critical,
                            &plugin.call_timeout, &provides);
        plugin.n_provides = g_variant_n_children(provides);
        list = g_new0(SeloSnapshotProvided, plugin.n_provides + 1);
        for (size_t j = 0; j < plugin.n_provides; j++) {
            g_autoptr(GVariant) value = g_variant_get_child_value(provides, j);

            read_provided(value, &list[j]);
        }
        plugin.provides = list;
        g_array_append_val(snapshot->plugins, plugin);
    }
}

static void
clear_plugin(gpointer data)
{
    SeloSnapshotPlugin *plugin = data;

    for (size_t i = 0; i < plugin->n_provides; i++) {
        g_free((gpointer) plugin->provides[i].features.v);
        g_free((gpointer) plugin->provides[i].stages);
    }
    g_free((gpointer) plugin->provides);
}

SeloSnapshot *
selo_snapshot_open(int fd, GError **error)
{
    g_autoptr(GBytes) bytes = selo_memory_file_map(fd, MAX_SNAPSHOT, error);
    g_autoptr(GVariant) sections = NULL, plugins = NULL;
    SeloSnapshot *snapshot;
    guint32 magic;

    if (bytes == NULL)
        return NULL;
    snapshot = g_new0(SeloSnapshot, 1);
    g_atomic_ref_count_init(&snapshot->refs);
    snapshot->root = g_variant_ref_sink(
        g_variant_new_from_bytes(G_VARIANT_TYPE(SELO_SNAPSHOT_TYPE), bytes, FALSE));
    snapshot->kinds =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) kind_free);
    snapshot->scoped =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) selo_conf_destroy);
    snapshot->plugins = g_array_new(FALSE, TRUE, sizeof(SeloSnapshotPlugin));
    g_array_set_clear_func(snapshot->plugins, clear_plugin);
    g_mutex_init(&snapshot->scoped_mutex);
    snapshot->secrets = selo_secrets_new();
    g_variant_get(snapshot->root, "(u@a" SELO_SNAPSHOT_SECTION "@a" SELO_SNAPSHOT_PLUGIN ")",
                  &magic, &sections, &plugins);
    if (magic != SELO_SNAPSHOT_MAGIC || !g_variant_is_normal_form(snapshot->root)) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                            "not a settings snapshot of this version");
        selo_snapshot_unref(snapshot);
        return NULL;
    }
    read_sections(snapshot, sections);
    read_plugins(snapshot, plugins);
    return snapshot;
}

SeloSnapshot *
selo_snapshot_ref(SeloSnapshot *snapshot)
{
    g_atomic_ref_count_inc(&snapshot->refs);
    return snapshot;
}

void
selo_snapshot_unref(SeloSnapshot *snapshot)
{
    if (snapshot == NULL || !g_atomic_ref_count_dec(&snapshot->refs))
        return;
    g_hash_table_unref(snapshot->scoped);
    g_mutex_clear(&snapshot->scoped_mutex);
    g_hash_table_unref(snapshot->kinds);
    g_array_unref(snapshot->plugins);
    selo_secrets_free(snapshot->secrets);
    g_variant_unref(snapshot->root);
    g_free(snapshot);
}

SeloStrs
selo_snapshot_names(SeloSnapshot *snapshot, const char *type)
{
    const Kind *kind = g_hash_table_lookup(snapshot->kinds, type);
    SeloStrs names = { NULL, 0 };

    if (kind != NULL) {
        names.v = (const SeloStr *) (gconstpointer) kind->names->data;
        names.n = kind->names->len;
    }
    return names;
}

const SeloConf *
selo_snapshot_section(SeloSnapshot *snapshot, const char *type, const char *name)
{
    const Kind *kind = g_hash_table_lookup(snapshot->kinds, type);

    return kind != NULL ? g_hash_table_lookup(kind->confs, name) : NULL;
}

/* ---- scoped settings ---- */

static const char *
pick(SeloSelector selector, const char *listener, const char *domain, const char *user)
{
    if (selector == SELO_SELECTOR_LISTENER)
        return listener;
    return selector == SELO_SELECTOR_DOMAIN ? domain : user;
}

/* Which overrides speak, as a bit a row: what the peer says cannot make more entries than those. */
static char *
make_scope_key(const SeloConf *conf, const char *listener, const char *domain, const char *user)
{
    size_t n = g_variant_n_children(conf->overrides);
    GString *key = NULL;

    for (size_t i = 0; i < n; i++) {
        const char *value;
        guchar selector;

        g_variant_get_child(conf->overrides, i, "(y&s@" SELO_SNAPSHOT_VALUES ")", &selector, &value,
                            NULL);
        if (g_strcmp0(value, pick((SeloSelector) selector, listener, domain, user)) != 0)
            continue;
        if (key == NULL) {
            key = g_string_new(conf->type);
            g_string_append_printf(key, " %s", conf->name);
        }
        g_string_append_printf(key, " %zu", i);
    }
    return key != NULL ? g_string_free(key, FALSE) : NULL;
}

static SeloConf *
make_scoped(const SeloConf *conf, const char *listener, const char *domain, const char *user)
{
    size_t n = g_variant_n_children(conf->overrides);
    SeloConf *scoped = selo_conf_copy(conf);

    for (guint selector = SELO_SELECTOR_LISTENER; selector <= SELO_SELECTOR_USER; selector <<= 1)
        for (size_t i = 0; i < n; i++) {
            g_autoptr(GVariant) values = NULL;
            const char *value;
            guchar is;

            g_variant_get_child(conf->overrides, i, "(y&s@" SELO_SNAPSHOT_VALUES ")", &is, &value,
                                &values);
            if (is == selector && g_strcmp0(value, pick(is, listener, domain, user)) == 0)
                selo_conf_override(scoped, values);
        }
    return scoped;
}

const SeloConf *
selo_snapshot_scoped(SeloSnapshot *snapshot, const SeloConf *conf, const char *listener,
                     const char *domain, const char *user)
{
    char *key;
    SeloConf *scoped;

    if (g_variant_n_children(conf->overrides) == 0 ||
        (key = make_scope_key(conf, listener, domain, user)) == NULL)
        return conf;
    g_mutex_lock(&snapshot->scoped_mutex);
    scoped = g_hash_table_lookup(snapshot->scoped, key);
    if (scoped == NULL) {
        scoped = make_scoped(conf, listener, domain, user);
        g_hash_table_insert(snapshot->scoped, g_steal_pointer(&key), scoped);
    }
    g_mutex_unlock(&snapshot->scoped_mutex);
    g_free(key);
    return scoped;
}

/* ---- plugins, references, secrets ---- */

size_t
selo_snapshot_n_plugins(SeloSnapshot *snapshot)
{
    return snapshot->plugins->len;
}

void
selo_snapshot_plugin(SeloSnapshot *snapshot, size_t index, SeloSnapshotPlugin *out_plugin)
{
    g_assert(index < snapshot->plugins->len);
    *out_plugin = g_array_index(snapshot->plugins, SeloSnapshotPlugin, index);
}

void
selo_snapshot_set_finder(SeloSnapshot *snapshot, SeloInstanceFinder finder, void *data)
{
    snapshot->finder = finder;
    snapshot->finder_data = data;
}

SeloInstance *
selo_snapshot_find_instance(SeloSnapshot *snapshot, const char *type, const char *name)
{
    return snapshot->finder != NULL ? snapshot->finder(snapshot->finder_data, type, name) : NULL;
}

SeloSecrets *
selo_snapshot_secrets(SeloSnapshot *snapshot)
{
    return snapshot->secrets;
}

static gboolean
collect_from(SeloSnapshot *snapshot, const SeloConf *conf, GVariantBuilder *builder, GError **error)
{
    GHashTableIter iter;
    gpointer value;

    g_assert(conf != NULL); /* its name came from the snapshot itself */
    g_hash_table_iter_init(&iter, conf->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const SeloConfEntry *entry = value;
        SeloStr secret;

        if (entry->type != SELO_TYPE_SECRET || !entry->is_set)
            continue;
        secret = selo_secrets_get(snapshot->secrets, entry->text.s, error);
        if (secret.s == NULL) {
            g_prefix_error(error, "[%s%s%s] %s: ", conf->type, *conf->name != '\0' ? " " : "",
                           conf->name, entry->name);
            return FALSE;
        }
        g_variant_builder_add(
            builder, "{s@ay}", entry->text.s,
            g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, secret.s, secret.len, 1));
    }
    return TRUE;
}

int
selo_snapshot_collect_secrets(SeloSnapshot *snapshot, GError **error)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a{say}"));
    g_autoptr(GVariant) secrets = NULL;
    g_autofree char *octets = NULL;
    int fd;

    for (size_t i = 0; i < selo_n_section_kinds; i++) {
        const char *type = selo_section_kinds[i].name;
        SeloStrs names = selo_snapshot_names(snapshot, type);

        for (size_t j = 0; j < names.n; j++)
            if (!collect_from(snapshot, selo_snapshot_section(snapshot, type, names.v[j].s),
                              &builder, error))
                return -1;
    }
    /* Never empty: an empty file cannot be mapped. */
    g_variant_builder_add(&builder, "{s@ay}", "",
                          g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, NULL, 0, 1));
    secrets = g_variant_ref_sink(g_variant_builder_end(&builder));
    octets = g_malloc(g_variant_get_size(secrets));
    g_variant_store(secrets, octets);
    fd = selo_memory_file_new("selo-secrets", octets, g_variant_get_size(secrets), error);
    explicit_bzero(octets, g_variant_get_size(secrets));
    return fd;
}

gboolean
selo_snapshot_attach_secrets(SeloSnapshot *snapshot, int fd, GError **error)
{
    g_autoptr(GBytes) bytes = selo_memory_file_map(fd, MAX_SNAPSHOT, error);
    g_autoptr(GVariant) secrets = NULL;
    size_t n;

    if (bytes == NULL)
        return FALSE;
    secrets = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE("a{say}"), bytes, FALSE));
    n = g_variant_n_children(secrets);
    for (size_t i = 0; i < n; i++) {
        g_autoptr(GVariant) octets = NULL;
        const char *source;
        const void *start;
        gsize size;

        g_variant_get_child(secrets, i, "{&s@ay}", &source, &octets);
        start = g_variant_get_fixed_array(octets, &size, 1);
        if (*source != '\0')
            selo_secrets_put(snapshot->secrets, source, start, size);
    }
    return TRUE;
}
