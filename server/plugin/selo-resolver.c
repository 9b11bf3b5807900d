/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-resolver.c: relations of the enabled plugins: who is declined, who conflicts, who comes
 * first. Relations are declared, never numbers: two plugins that do not know each other are ordered
 * by name.
 */
#include "config.h"

#include <string.h>

#include "api/lib/selo-interface.h"

#include "server/config/selo-fault.h"
#include "server/plugin/selo-plugin-set.h"

/* ---- requires ---- */

static gboolean
has_features(const SeloProvided *provided, const SeloRelation *relation)
{
    for (guint i = 0; i < relation->features->len; i++)
        if (!selo_provided_has_feature(provided,
                                       ((SeloNamed *) relation->features->pdata[i])->name))
            return FALSE;
    return TRUE;
}

static gboolean
provides(const SeloManifest *manifest, const SeloRelation *relation)
{
    for (guint i = 0; i < manifest->provides->len; i++) {
        const SeloProvided *provided = manifest->provides->pdata[i];

        if (strcmp(provided->interface, relation->name) == 0 &&
            (relation->as == NULL || strcmp(provided->as, relation->as) == 0) &&
            ((relation->major == 0 && relation->minor == 0) ||
             (provided->major == relation->major && provided->minor >= relation->minor)) &&
            has_features(provided, relation))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_release(const SeloManifest *manifest, const SeloRelation *relation)
{
    return strcmp(manifest->name, relation->name) == 0 &&
           (relation->min == NULL || selo_release_compare(manifest->version, relation->min) >= 0) &&
           (relation->below == NULL ||
            selo_release_compare(manifest->version, relation->below) < 0);
}

static gboolean
matches(const SeloPluginEntry *entry, const SeloRelation *relation)
{
    if (entry->declined != NULL || relation->kind == SELO_RELATION_LIBRARY)
        return FALSE;
    return relation->kind == SELO_RELATION_PLUGIN ? is_release(entry->manifest, relation)
                                                  : provides(entry->manifest, relation);
}

static char *
describe(const SeloRelation *relation)
{
    GString *text = g_string_new(relation->kind == SELO_RELATION_PLUGIN ? "plugin" : "interface");

    g_string_append_printf(text, " \"%s%s%s\"", relation->name, relation->as != NULL ? ":" : "",
                           relation->as != NULL ? relation->as : "");
    if (relation->major + relation->minor > 0)
        g_string_append_printf(text, " %u.%u", relation->major, relation->minor);
    if (relation->min != NULL)
        g_string_append_printf(text, " from %s", relation->min);
    if (relation->below != NULL)
        g_string_append_printf(text, " below %s", relation->below);
    for (guint i = 0; i < relation->features->len; i++)
        g_string_append_printf(text, "%s%s", i == 0 ? " with " : ", ",
                               ((SeloNamed *) relation->features->pdata[i])->name);
    return g_string_free(text, FALSE);
}

static gboolean
is_met(const SeloPluginSet *set, const SeloPluginEntry *of, const SeloRelation *relation)
{
    if (relation->kind ==
        SELO_RELATION_LIBRARY) /* the package's and the dynamic linker's business */
        return TRUE;
    for (guint i = 0; i < set->entries->len; i++)
        if (set->entries->pdata[i] != of && matches(set->entries->pdata[i], relation))
            return TRUE;
    return FALSE;
}

/* The loading rule of interfaces: same major, minor not above the core's. */
static void
decline_foreign(SeloPluginEntry *entry)
{
    for (guint i = 0; entry->declined == NULL && i < entry->manifest->provides->len; i++) {
        const SeloProvided *provided = entry->manifest->provides->pdata[i];
        const SeloInterfaceType *type = selo_interface_find(provided->interface);

        if (type == NULL || type->major != provided->major || type->minor < provided->minor)
            entry->declined =
                g_strdup_printf("provides interface %s %u.%u, this core has %u.%u",
                                provided->interface, provided->major, provided->minor,
                                type != NULL ? type->major : 0, type != NULL ? type->minor : 0);
    }
}

static gboolean
decline_unmet(const SeloPluginSet *set, SeloPluginEntry *entry)
{
    for (guint i = 0; entry->declined == NULL && i < entry->manifest->requires->len; i++) {
        const SeloRelation *relation = entry->manifest->requires->pdata[i];
        g_autofree char *what = NULL;

        if (is_met(set, entry, relation))
            continue;
        what = describe(relation);
        entry->declined =
            g_strdup_printf("requires %s, which no enabled plugin is or provides", what);
        return TRUE;
    }
    return FALSE;
}

static void
decline_all_unmet(SeloPluginSet *set)
{
    gboolean has_changed = TRUE;

    for (guint i = 0; i < set->entries->len; i++)
        decline_foreign(set->entries->pdata[i]);
    while (has_changed) {
        has_changed = FALSE;
        for (guint i = 0; i < set->entries->len; i++)
            has_changed |= decline_unmet(set, set->entries->pdata[i]);
    }
}

static void
check_conflicts(SeloPluginSet *set, const SeloPluginEntry *entry, GPtrArray *faults)
{
    for (guint i = 0; i < entry->manifest->conflicts->len; i++) {
        const SeloRelation *relation = entry->manifest->conflicts->pdata[i];

        for (guint j = 0; j < set->entries->len; j++) {
            const SeloPluginEntry *other = set->entries->pdata[j];

            if (other != entry && matches(other, relation))
                selo_fault_add(
                    faults, entry->manifest->file, relation->line,
                    "plugin \"%s\" conflicts with plugin \"%s\"; run: selo plugin disable %s",
                    entry->name, other->name, other->name);
        }
    }
}

/* ---- order ---- */

static gboolean
names(const SeloOrder *order, const SeloManifest *other)
{
    if (order->plugin != NULL)
        return strcmp(order->plugin, other->name) == 0;
    return order->interface != NULL &&
           selo_manifest_provided(other, order->interface, order->as) != NULL;
}

gboolean
selo_plugin_set_is_before(const SeloPluginEntry *first, const SeloPluginEntry *second)
{
    const SeloManifest *a = first->manifest, *b = second->manifest;

    if (a == NULL || b == NULL || a == b)
        return FALSE;
    for (guint i = 0; i < a->orders->len; i++) {
        const SeloOrder *order = a->orders->pdata[i];

        if (!order->is_after && names(order, b))
            return TRUE;
    }
    for (guint i = 0; i < b->orders->len; i++) {
        const SeloOrder *order = b->orders->pdata[i];

        if (order->is_after && names(order, a))
            return TRUE;
    }
    return FALSE;
}

static gboolean
has_relation_to(const GPtrArray *relations, const SeloPluginEntry *other)
{
    for (guint i = 0; i < relations->len; i++)
        if (matches(other, relations->pdata[i]))
            return TRUE;
    return FALSE;
}

/* What is needed or wanted starts first. */
static gboolean
starts_before(const SeloPluginEntry *first, const SeloPluginEntry *second)
{
    if (first == second)
        return FALSE;
    if (selo_plugin_set_is_before(first, second))
        return TRUE;
    return has_relation_to(second->manifest->requires, first) ||
           has_relation_to(second->manifest->wants, first);
}

static char *
describe_cycle(const GPtrArray *left)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    const SeloPluginEntry *at = left->pdata[0];
    guint start = 0;

    while (!g_ptr_array_find(path, at, &start)) { /* each that is left has one before it */
        g_ptr_array_add(path, (gpointer) at);
        for (guint i = 0; i < left->len; i++)
            if (starts_before(left->pdata[i], at)) {
                at = left->pdata[i];
                break;
            }
    }
    for (guint i = path->len; i > start; i--)
        g_string_append_printf(text, "%s, ", ((SeloPluginEntry *) path->pdata[i - 1])->name);
    g_string_append(text, ((SeloPluginEntry *) path->pdata[path->len - 1])->name);
    return g_string_free(text, FALSE);
}

static gint
compare_entries(gconstpointer a, gconstpointer b)
{
    return strcmp((*(SeloPluginEntry *const *) a)->name, (*(SeloPluginEntry *const *) b)->name);
}

static gboolean
is_free(const GPtrArray *left, const SeloPluginEntry *entry)
{
    for (guint i = 0; i < left->len; i++)
        if (starts_before(left->pdata[i], entry))
            return FALSE;
    return TRUE;
}

/* Takes the first by name that nothing left has to precede. */
static void
sort_entries(SeloPluginSet *set, GPtrArray *faults)
{
    g_autoptr(GPtrArray) left = g_ptr_array_new(), sorted = g_ptr_array_new(),
                         declined = g_ptr_array_new();
    gboolean has_cycle = FALSE;

    g_ptr_array_sort(set->entries, compare_entries);
    for (guint i = 0; i < set->entries->len; i++) {
        SeloPluginEntry *entry = set->entries->pdata[i];

        g_ptr_array_add(entry->declined == NULL ? left : declined, entry);
    }
    while (left->len > 0) {
        guint next = 0;

        while (next < left->len && !is_free(left, left->pdata[next]))
            next++;
        if (next == left->len)
            next = 0;
        if (!is_free(left, left->pdata[next]) && !has_cycle) {
            g_autofree char *cycle = describe_cycle(left);
            const SeloPluginEntry *first = left->pdata[0];

            selo_fault_add(faults, first->manifest->file, 0, "plugins wait for each other: %s",
                           cycle);
            has_cycle = TRUE; /* the first says it; the rest is its consequence */
        }
        g_ptr_array_add(sorted, g_ptr_array_remove_index(left, next));
    }
    g_ptr_array_extend(sorted, declined, NULL, NULL);
    for (guint i = 0; i < sorted->len; i++)
        set->entries->pdata[i] = sorted->pdata[i];
}

void
selo_plugin_set_resolve(SeloPluginSet *set, GPtrArray *faults)
{
    decline_all_unmet(set);
    for (guint i = 0; i < set->entries->len; i++) {
        const SeloPluginEntry *entry = set->entries->pdata[i];

        if (entry->declined == NULL)
            check_conflicts(set, entry, faults);
    }
    sort_entries(set, faults);
}
