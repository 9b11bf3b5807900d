/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-registry.c: the plugins of one role, from module to instance. A plugin is mapped only if one
 * of its instances works here: what is not in the process cannot be attacked in it.
 */
#include "config.h"

#include "server/plugin/selo-registry.h"

#include <string.h>

#include "api/lib/selo-interface.h"

#include "server/base/selo-event.h"
#include "server/config/selo-option.h"
#include "server/config/selo-snapshot.h"
#include "server/plugin/selo-loader.h"
#include "server/plugin/selo-manifest.h"

/* What every interface table begins with. */
typedef struct {
    SELO_INSTANCE;
} TableHead;

typedef struct {
    SeloRegistry *registry;
    SeloSnapshotPlugin info; /* borrowed from the snapshot */
    const SeloPlugin *code;
    void *state;
    const SeloConf *conf; /* [plugin NAME] */
    gboolean is_draining;
} Plugin;

typedef struct {
    const char *type, *name; /* section, borrowed from the snapshot */
    Plugin *plugin;
    const SeloSnapshotProvided *provided;
    const SeloConf *conf;
    const TableHead *table;
    void *self;
    SeloInstance *instance;
} Member;

struct SeloRegistry {
    SeloRole *role;
    GPtrArray *plugins;       /* Plugin *, in start order */
    GPtrArray *members;       /* Member *, plugin by plugin: the run order of filters */
    GHashTable *by_section;   /* type → GHashTable of name → Member * */
    GHashTable *by_instance;  /* SeloInstance * → Member * */
    GHashTable *by_interface; /* interface → GPtrArray of SeloInstance * */
    guint n_draining;
    SeloDeferred drained_item;
    void (*drained)(void *data);
    void *drained_data;
};

static const struct {
    const char *model;
    SeloModel as;
} models[] = {
    { "main-loop", SELO_MODEL_MAIN_LOOP },
    { "any-thread", SELO_MODEL_ANY_THREAD },
    { "worker-pool", SELO_MODEL_POOL },
    { "worker-single", SELO_MODEL_SINGLE },
};

static SeloModel
get_model(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(models); i++)
        if (strcmp(models[i].model, name) == 0)
            return models[i].as;
    g_assert_not_reached(); /* the schema knows these four */
}

/* Supervisor and queue run no plugin code; a host is where its plugin's instances are put. */
static guint
get_place(SeloRoleKind kind)
{
    switch (kind) {
    case SELO_ROLE_WORKER:
        return SELO_PLACE_WORKER;
    case SELO_ROLE_AUTH:
        return SELO_PLACE_AUTH;
    case SELO_ROLE_COURIER:
        return SELO_PLACE_COURIER;
    case SELO_ROLE_SUPERVISOR:
    case SELO_ROLE_QUEUE:
    case SELO_ROLE_HOST:
        break;
    }
    return 0;
}

static const SeloSnapshotProvided *
find_provided(const SeloSnapshotPlugin *info, const char *interface, const char *as)
{
    for (size_t i = 0; i < info->n_provides; i++)
        if (strcmp(info->provides[i].interface, interface) == 0 &&
            (*as == '\0' || strcmp(info->provides[i].as, as) == 0))
            return &info->provides[i];
    return NULL;
}

/* ---- instances ---- */

static GHashTable *
get_names(SeloRegistry *registry, const char *type)
{
    GHashTable *names = g_hash_table_lookup(registry->by_section, type);

    if (names == NULL) {
        names = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_insert(registry->by_section, (gpointer) type, names);
    }
    return names;
}

static const Member *
find_member(SeloRegistry *registry, const char *type, const char *name)
{
    GHashTable *names = g_hash_table_lookup(registry->by_section, type);

    return names != NULL ? g_hash_table_lookup(names, name) : NULL;
}

static void
member_free(Member *member)
{
    selo_instance_free(member->instance);
    if (member->table != NULL && member->table->create != NULL && member->table->destroy != NULL)
        member->table->destroy(member->self);
    g_free(member);
}

static const TableHead *
get_table(const Plugin *plugin, const SeloSnapshotProvided *provided, GError **error)
{
    const SeloInterfaceType *type = selo_interface_find(provided->interface);
    g_autofree char *name = g_strdup_printf("%s/%u", provided->interface, provided->major);
    const TableHead *table;

    if (type == NULL || type->major != provided->major || type->minor < provided->minor) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "needs interface %s %u.%u, this core has %u.%u", provided->interface,
                    provided->major, provided->minor, type != NULL ? type->major : 0,
                    type != NULL ? type->minor : 0);
        return NULL;
    }
    table = plugin->code->get(plugin->state, name, provided->as);
    if (!SELO_HAS(table, destroy)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "gives no table for %s as \"%s\"",
                    name, provided->as);
        return NULL;
    }
    return table;
}

static gboolean
create_self(Member *member, GError **error)
{
    g_autoptr(GError) own = NULL;

    if ((member->table = get_table(member->plugin, member->provided, error)) == NULL)
        return FALSE;
    member->self = member->plugin->state;
    if (member->table->create == NULL || member->table->create(member->plugin->state, member->name,
                                                               member->conf, &member->self, &own))
        return TRUE;
    member->table = NULL; /* nothing to destroy */
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "[%s %s]: %s", member->type, member->name,
                own != NULL ? own->message : "it cannot be created");
    return FALSE;
}

/* Takes @member. */
static void
enter_member(SeloRegistry *registry, Member *member, const SeloInstanceOptions *options)
{
    member->instance = selo_instance_new(options);
    g_ptr_array_add(registry->members, member);
    g_hash_table_insert(get_names(registry, member->type), (gpointer) member->name, member);
    g_hash_table_insert(registry->by_instance, member->instance, member);
}

static gboolean
add_member(SeloRegistry *registry, Plugin *plugin, const SeloSnapshotProvided *provided,
           const char *type, const SeloConf *conf, GError **error)
{
    Member *member = g_new0(Member, 1);
    SeloInstanceOptions options = { 0 };

    member->type = type;
    member->name = selo_conf_name(conf);
    member->plugin = plugin;
    member->provided = provided;
    member->conf = conf;
    if (!create_self(member, error)) {
        member_free(member);
        return FALSE;
    }
    options.name = member->name;
    options.plugin = plugin->info.name;
    options.type = selo_interface_find(provided->interface);
    options.table = member->table;
    options.self = member->self;
    options.conf = conf;
    options.model = get_model(provided->model);
    options.n_threads = provided->n_threads;
    if (*provided->threads_from != '\0' && selo_conf_is_set(conf, provided->threads_from))
        options.n_threads = (uint32_t) selo_conf_int(conf, provided->threads_from);
    options.call_timeout = plugin->info.call_timeout;
    options.role = registry->role;
    enter_member(registry, member, &options);
    return TRUE;
}

/* A filter that was declined fails, which means its on-failure: mail must not pass it unseen. So it
 * has its place in the order, and a table without operations. */
static gboolean
add_stand_in(SeloRegistry *registry, Plugin *plugin, const SeloSnapshotProvided *provided,
             const char *type, const SeloConf *conf, GError **error)
{
    static const TableHead table = { .struct_size = sizeof table };
    SeloInstanceOptions options = { .name = selo_conf_name(conf),
                                    .plugin = plugin->info.name,
                                    .type = selo_interface_find(provided->interface),
                                    .table = &table,
                                    .conf = conf,
                                    .role = registry->role };
    Member *member;

    if (strcmp(type, "filter") != 0)
        return TRUE;
    member = g_new0(Member, 1);
    member->type = type;
    member->name = options.name;
    member->provided = provided;
    member->conf = conf;
    member->table = &table;
    enter_member(registry, member, &options);
    return TRUE;
}

/* Calls @found for each instance of @info that works in this role. FALSE: @found said so. */
typedef gboolean (*SectionFunc)(SeloRegistry *registry, Plugin *plugin,
                                const SeloSnapshotProvided *provided, const char *type,
                                const SeloConf *conf, GError **error);

static gboolean
each_section(SeloRegistry *registry, Plugin *plugin, SectionFunc found, GError **error)
{
    SeloSnapshot *snapshot = registry->role->snapshot;
    guint place = get_place(registry->role->kind) & plugin->info.places;

    for (size_t i = 0; i < selo_n_section_kinds; i++) {
        const SeloSectionKind *kind = &selo_section_kinds[i];
        SeloStrs names = selo_snapshot_names(snapshot, kind->name);

        if (kind->interface == NULL || (selo_interface_places(kind->interface) & place) == 0)
            continue;
        for (size_t j = 0; j < names.n; j++) {
            const SeloConf *conf = selo_snapshot_section(snapshot, kind->name, names.v[j].s);
            const SeloSnapshotProvided *provided =
                strcmp(selo_conf_plugin(conf), plugin->info.name) == 0
                    ? find_provided(&plugin->info, kind->interface, selo_conf_as(conf))
                    : NULL;

            if (provided != NULL && !found(registry, plugin, provided, kind->name, conf, error))
                return FALSE;
        }
    }
    for (size_t i = 0; place != 0 && i < plugin->info.n_provides; i++)
        if (strcmp(plugin->info.provides[i].interface, "observer") == 0 &&
            !found(registry, plugin, &plugin->info.provides[i], "observer", plugin->conf, error))
            return FALSE;
    return TRUE;
}

static gboolean
stop_at_first(SeloRegistry *registry, Plugin *plugin, const SeloSnapshotProvided *provided,
              const char *type, const SeloConf *conf, GError **error)
{
    return FALSE;
}

/* ---- plugins ---- */

static void
plugin_free(Plugin *plugin)
{
    if (plugin->code != NULL && plugin->code->close != NULL)
        plugin->code->close(plugin->state);
    g_free(plugin);
}

static void
drop_members(SeloRegistry *registry, const Plugin *plugin)
{
    for (guint i = registry->members->len; i > 0; i--) {
        Member *member = registry->members->pdata[i - 1];

        if (member->plugin != plugin)
            continue;
        g_hash_table_remove(get_names(registry, member->type), member->name);
        g_hash_table_remove(registry->by_instance, member->instance);
        g_ptr_array_remove_index(registry->members, i - 1);
    }
}

static gboolean
open_plugin(Plugin *plugin, GError **error)
{
    SeloModule module = { plugin->info.name, plugin->info.module, plugin->info.abi_major,
                          plugin->info.abi_minor };
    const SeloPlugin *code;
    g_autoptr(GError) own = NULL;

    if (plugin->info.is_isolated) {
        g_set_error(
            error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
            "it is to run isolated, which cannot be done yet; isolate = no in [plugin %s] runs it here",
            plugin->info.name);
        return FALSE;
    }
    if ((code = selo_module_load(&module, error)) == NULL)
        return FALSE;
    if (code->open != NULL && !code->open(plugin->conf, &plugin->state, &own)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s",
                    own != NULL ? own->message : "it cannot be opened");
        return FALSE;
    }
    plugin->code = code;
    return TRUE;
}

static gboolean
add_plugin(SeloRegistry *registry, const SeloSnapshotPlugin *info, GError **error)
{
    Plugin *plugin = g_new0(Plugin, 1);
    g_autoptr(GError) own = NULL;

    plugin->registry = registry;
    plugin->info = *info;
    plugin->conf = selo_snapshot_section(registry->role->snapshot, "plugin", info->name);
    if (each_section(registry, plugin, stop_at_first, NULL)) { /* nothing of it works here */
        g_free(plugin);
        return TRUE;
    }
    if (open_plugin(plugin, &own) && each_section(registry, plugin, add_member, &own)) {
        g_ptr_array_add(registry->plugins, plugin);
        return TRUE;
    }
    drop_members(registry, plugin);
    if (!info->is_critical)
        each_section(registry, plugin, add_stand_in, NULL);
    plugin_free(plugin);
    if (info->is_critical) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "plugin \"%s\": %s", info->name,
                    own->message);
        return FALSE;
    }
    selo_event(G_LOG_LEVEL_WARNING, "plugin-declined", NULL, "plugin", info->name, "reason",
               own->message, NULL);
    return TRUE;
}

static void
list_member(SeloRegistry *registry, const Member *member)
{
    GPtrArray *list = g_hash_table_lookup(registry->by_interface, member->provided->interface);

    if (list == NULL) {
        list = g_ptr_array_new();
        g_hash_table_insert(registry->by_interface, (gpointer) member->provided->interface, list);
    }
    g_ptr_array_add(list, member->instance);
}

/* Filters run in the order of their plugins, the rest stands as in the configuration. */
static void
list_members(SeloRegistry *registry)
{
    for (guint i = 0; i < registry->members->len; i++) {
        const Member *member = registry->members->pdata[i];

        if (strcmp(member->type, "filter") == 0 || strcmp(member->type, "observer") == 0)
            list_member(registry, member);
    }
    for (size_t i = 0; i < selo_n_section_kinds; i++) {
        const char *type = selo_section_kinds[i].name;
        SeloStrs names = selo_snapshot_names(registry->role->snapshot, type);

        for (size_t j = 0; strcmp(type, "filter") != 0 && j < names.n; j++) {
            const Member *member = find_member(registry, type, names.v[j].s);

            if (member != NULL)
                list_member(registry, member);
        }
    }
}

static SeloInstance *
find_instance(void *data, const char *type, const char *name)
{
    return selo_registry_find(data, type, name);
}

SeloRegistry *
selo_registry_new(SeloRole *role, GError **error)
{
    SeloRegistry *registry = g_new0(SeloRegistry, 1);

    registry->role = role;
    registry->plugins = g_ptr_array_new();
    registry->members = g_ptr_array_new_with_free_func((GDestroyNotify) member_free);
    registry->by_section =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_hash_table_unref);
    registry->by_instance = g_hash_table_new(NULL, NULL);
    registry->by_interface =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);
    for (size_t i = 0; i < selo_snapshot_n_plugins(role->snapshot); i++) {
        SeloSnapshotPlugin info;

        selo_snapshot_plugin(role->snapshot, i, &info);
        if (!add_plugin(registry, &info, error)) {
            selo_registry_free(registry);
            return NULL;
        }
    }
    list_members(registry);
    selo_snapshot_set_finder(role->snapshot, find_instance, registry);
    return registry;
}

/* ---- start and drain ---- */

static SeloCall *
new_plugin_call(Plugin *plugin, const char *what, SeloDoneFunc returned)
{
    g_autofree char *id = g_strconcat(what, ":", plugin->info.name, NULL);

    return selo_call_new_root(plugin->registry->role, id, plugin->conf, returned, plugin);
}

static void
plugin_started(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    const Plugin *plugin = data;

    if (status != SELO_OK)
        selo_event(G_LOG_LEVEL_WARNING, "plugin-start-failed", NULL, "plugin", plugin->info.name,
                   "reason", operator_text, NULL);
}

void
selo_registry_start(SeloRegistry *registry)
{
    for (guint i = 0; i < registry->plugins->len; i++) {
        Plugin *plugin = registry->plugins->pdata[i];
        SeloCall *call;

        if (!SELO_CAN(plugin->code, start))
            continue;
        call = new_plugin_call(plugin, "start", plugin_started);
        plugin->code->start(plugin->state, call);
        selo_call_unref(call);
    }
}

static void
count_drained(SeloRegistry *registry)
{
    if (--registry->n_draining == 0)
        selo_loop_defer(registry->role->loop, &registry->drained_item, registry->drained,
                        registry->drained_data);
}

static void
plugin_drained(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    Plugin *plugin = data;

    count_drained(plugin->registry);
}

void
selo_registry_drain(SeloRegistry *registry, void (*drained)(void *data), void *data)
{
    g_assert(registry->drained == NULL);
    registry->drained = drained;
    registry->drained_data = data;
    registry->n_draining = 1; /* ours, so that it ends even if no plugin has anything to drain */
    for (guint i = registry->plugins->len; i > 0; i--) {
        Plugin *plugin = registry->plugins->pdata[i - 1];
        SeloCall *call;

        if (!SELO_CAN(plugin->code, drain))
            continue;
        registry->n_draining++;
        call = new_plugin_call(plugin, "drain", plugin_drained);
        plugin->code->drain(plugin->state, call);
        selo_call_unref(call);
    }
    count_drained(registry);
}

void
selo_registry_free(SeloRegistry *registry)
{
    if (registry == NULL)
        return;
    if (registry->role->snapshot != NULL)
        selo_snapshot_set_finder(registry->role->snapshot, NULL, NULL);
    selo_loop_undefer(registry->role->loop, &registry->drained_item);
    for (guint i = registry->plugins->len; i > 0; i--) {
        Plugin *plugin = registry->plugins->pdata[i - 1];

        drop_members(registry, plugin);
        plugin_free(plugin);
    }
    g_ptr_array_unref(registry->plugins);
    g_ptr_array_unref(registry->members);
    g_hash_table_unref(registry->by_section);
    g_hash_table_unref(registry->by_instance);
    g_hash_table_unref(registry->by_interface);
    g_free(registry);
}

/* ---- lookups ---- */

SeloInstance *
selo_registry_find(SeloRegistry *registry, const char *type, const char *name)
{
    const Member *member = find_member(registry, type, name);

    return member != NULL ? member->instance : NULL;
}

SeloInstance *const *
selo_registry_all(SeloRegistry *registry, const char *interface, size_t *out_n)
{
    const GPtrArray *list = g_hash_table_lookup(registry->by_interface, interface);

    *out_n = list != NULL ? list->len : 0;
    return list != NULL ? (SeloInstance *const *) list->pdata : NULL;
}

gboolean
selo_registry_stage(SeloRegistry *registry, SeloInstance *filter, const char *stage,
                    SeloStageDeclaration *out_declaration)
{
    const Member *member = g_hash_table_lookup(registry->by_instance, filter);

    for (size_t i = 0; member != NULL && i < member->provided->n_stages; i++) {
        const SeloSnapshotStage *declared = &member->provided->stages[i];

        if (strcmp(declared->name, stage) != 0)
            continue;
        out_declaration->may = declared->may;
        out_declaration->reads_body = declared->reads_body;
        out_declaration->on_failure = selo_conf_is_set(member->conf, "on-failure")
                                          ? selo_conf_str(member->conf, "on-failure")
                                          : declared->on_failure;
        return TRUE;
    }
    return FALSE;
}
