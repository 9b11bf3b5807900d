/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-conf-diff.c: what a reload changes, and what the change costs: the worst class of all
 * options that differ.
 */
#include "config.h"

#include <string.h>

#include "server/config/selo-conf-private.h"

struct SeloConfDiff {
    SeloSnapshot *before, *after;
    char *plugin;
};

SeloConfDiff *
selo_conf_diff_new(SeloSnapshot *before, SeloSnapshot *after, const char *plugin)
{
    SeloConfDiff *diff = g_new0(SeloConfDiff, 1);

    diff->before = selo_snapshot_ref(before);
    diff->after = selo_snapshot_ref(after);
    diff->plugin = g_strdup(plugin);
    return diff;
}

void
selo_conf_diff_free(SeloConfDiff *diff)
{
    if (diff == NULL)
        return;
    selo_snapshot_unref(diff->before);
    selo_snapshot_unref(diff->after);
    g_free(diff->plugin);
    g_free(diff);
}

/* An instance is known to its plugin by its bare name; two sections of one name are told apart by
 * belonging to different plugins or are searched in the order of the sections. */
static const SeloConf *
find_conf(SeloSnapshot *snapshot, const char *plugin, const char *instance)
{
    if (instance == NULL)
        return selo_snapshot_section(snapshot, "plugin", plugin);
    for (size_t i = 0; i < selo_n_section_kinds; i++) {
        const SeloSectionKind *kind = &selo_section_kinds[i];
        const SeloConf *conf =
            kind->interface != NULL ? selo_snapshot_section(snapshot, kind->name, instance) : NULL;

        if (conf != NULL && strcmp(conf->plugin, plugin) == 0)
            return conf;
    }
    return NULL;
}

const SeloConf *
selo_conf_new(const SeloConfDiff *diff, const char *instance)
{
    return find_conf(diff->after, diff->plugin, instance);
}

static gboolean
is_equal(const SeloConfEntry *a, const SeloConfEntry *b)
{
    if (a->is_set != b->is_set || a->type != b->type || a->number != b->number ||
        g_strcmp0(a->text.s, b->text.s) != 0 || a->list.n != b->list.n)
        return FALSE;
    for (size_t i = 0; i < a->list.n; i++)
        if (strcmp(a->list.v[i].s, b->list.v[i].s) != 0)
            return FALSE;
    return TRUE;
}

gboolean
selo_conf_changed(const SeloConfDiff *diff, const char *instance, const char *option)
{
    const SeloConf *before = find_conf(diff->before, diff->plugin, instance);
    const SeloConf *after = find_conf(diff->after, diff->plugin, instance);

    if (before == NULL || after == NULL)
        return before != after;
    return !is_equal(selo_conf_entry(before, option), selo_conf_entry(after, option));
}

/* ---- whole snapshots ---- */

static SeloReload
compare_sections(const SeloConf *before, const SeloConf *after, GPtrArray *restart)
{
    SeloReload worst = g_variant_equal(before->overrides, after->overrides)
                           ? SELO_RELOAD_LIVE
                           : SELO_RELOAD_GENERATION;
    GHashTableIter iter;
    gpointer value;

    if (strcmp(before->plugin, after->plugin) != 0 || strcmp(before->as, after->as) != 0)
        return SELO_RELOAD_GENERATION;
    g_hash_table_iter_init(&iter, after->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const SeloConfEntry *entry = value;
        const SeloConfEntry *old = g_hash_table_lookup(before->entries, entry->name);

        if (old != NULL && is_equal(old, entry))
            continue;
        worst = MAX(worst, old != NULL ? entry->reload : SELO_RELOAD_GENERATION);
        if (entry->reload == SELO_RELOAD_RESTART)
            g_ptr_array_add(restart, g_strdup_printf("[%s%s%s] %s", after->type,
                                                     *after->name != '\0' ? " " : "", after->name,
                                                     entry->name));
    }
    return worst;
}

SeloReload
selo_snapshot_compare(SeloSnapshot *before, SeloSnapshot *after, GPtrArray *restart)
{
    SeloReload worst = SELO_RELOAD_LIVE;

    for (size_t i = 0; i < selo_n_section_kinds; i++) {
        const char *type = selo_section_kinds[i].name;
        SeloStrs names = selo_snapshot_names(after, type);

        if (selo_snapshot_names(before, type).n != names.n)
            worst = MAX(worst, SELO_RELOAD_GENERATION);
        for (size_t j = 0; j < names.n; j++) {
            const SeloConf *old = selo_snapshot_section(before, type, names.v[j].s);
            const SeloConf *new = selo_snapshot_section(after, type, names.v[j].s);
            SeloReload cost =
                old != NULL ? compare_sections(old, new, restart) : SELO_RELOAD_GENERATION;

            worst = MAX(worst, cost);
        }
    }
    return worst;
}
