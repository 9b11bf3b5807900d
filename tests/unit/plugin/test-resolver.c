/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-resolver.c: declined plugins, conflicts, order and cycles. Plugins are written as one line
 * each: "name: provides X; requires Y; after Z".
 */
#include "config.h"

#include <string.h>

#include "server/config/selo-fault.h"
#include "server/plugin/selo-plugin-set.h"
#include "tests/lib/selo-test.h"

typedef struct {
    const char *name;
    const char *plugins;  /* lines */
    const char *order;    /* names of those in use, in order */
    const char *declined; /* "name: reason" lines, or NULL */
    const char *fault;    /* the first, or NULL */
} Case;

/* clang-format off */
static const Case cases[] = {
    { "by-name", "b: provides table\na: provides table", "a b", NULL, NULL },
    { "needed-first", "a: provides protocol; requires store\nb: provides store", "b a", NULL, NULL },
    { "unmet", "a: provides protocol; requires store", "",
      "a: requires interface \"store\", which no enabled plugin is or provides", NULL },
    { "unmet-chain", "a: provides table; requires-plugin b\nb: provides table; requires-plugin c\nd: provides table",
      "d",
      "a: requires plugin \"b\", which no enabled plugin is or provides\n"
      "b: requires plugin \"c\", which no enabled plugin is or provides", NULL },
    { "not-by-itself", "a: provides store; requires store", "",
      "a: requires interface \"store\", which no enabled plugin is or provides", NULL },
    { "conflict", "a: provides table; conflicts b\nb: provides table", "a b", NULL,
      "plugin \"a\" conflicts with plugin \"b\"; run: selo plugin disable b" },
    { "after", "a: provides filter; after z\nz: provides filter", "z a", NULL, NULL },
    { "before", "a: provides filter\nz: provides filter; before a", "z a", NULL, NULL },
    { "after-absent", "a: provides filter; after nobody\nb: provides filter", "a b", NULL, NULL },
    { "wanted-first", "a: provides protocol; wants filter\nz: provides filter", "z a", NULL, NULL },
    { "wanted-absent", "a: provides protocol; wants filter", "a", NULL, NULL },
    { "cycle", "a: provides filter; after b\nb: provides filter; after c\nc: provides filter; after a",
      "a c b", NULL,
      "plugins wait for each other: c, b, a, c" },
    { "beside-cycle", "a: provides filter; after b\nb: provides filter; after a\nc: provides filter; after a",
      "a b c", NULL,
      "plugins wait for each other: b, a, b" },
};
/* clang-format on */

static void
add_relation(GPtrArray *relations, SeloRelationKind kind, const char *name)
{
    SeloRelation *relation = selo_relation_new();

    relation->kind = kind;
    relation->name = g_strdup(name);
    g_ptr_array_add(relations, relation);
}

static void
add_clause(SeloManifest *manifest, const char *word, const char *name)
{
    if (strcmp(word, "provides") == 0) {
        SeloProvided *provided = selo_provided_new();

        provided->interface = g_strdup(name);
        provided->as = g_strdup(manifest->name);
        provided->major = 1;
        g_ptr_array_add(manifest->provides, provided);
    } else if (strcmp(word, "requires") == 0) {
        add_relation(manifest->requires, SELO_RELATION_INTERFACE, name);
    } else if (strcmp(word, "requires-plugin") == 0) {
        add_relation(manifest->requires, SELO_RELATION_PLUGIN, name);
    } else if (strcmp(word, "wants") == 0) {
        add_relation(manifest->wants, SELO_RELATION_INTERFACE, name);
    } else if (strcmp(word, "conflicts") == 0) {
        add_relation(manifest->conflicts, SELO_RELATION_PLUGIN, name);
    } else {
        SeloOrder *order = g_new0(SeloOrder, 1);

        order->is_after = strcmp(word, "after") == 0;
        order->plugin = g_strdup(name);
        g_ptr_array_add(manifest->orders, order);
    }
}

static SeloManifest *
make_manifest(const char *line)
{
    SeloManifest *manifest = selo_manifest_new("x.xml");
    const char *colon = strchr(line, ':');
    g_auto(GStrv) clauses = g_strsplit(colon + 2, "; ", -1);

    manifest->name = g_strndup(line, (gsize) (colon - line));
    manifest->version = g_strdup("1.0");
    for (char **clause = clauses; *clause != NULL; clause++) {
        g_auto(GStrv) words = g_strsplit(*clause, " ", 2);

        add_clause(manifest, words[0], words[1]);
    }
    return manifest;
}

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(SeloPluginSet) set = selo_plugin_set_new();
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_auto(GStrv) lines = g_strsplit(c->plugins, "\n", -1);
    g_autoptr(GString) order = g_string_new(NULL), declined = g_string_new(NULL);

    for (char **line = lines; *line != NULL; line++)
        selo_plugin_set_add(set, make_manifest(*line));
    selo_plugin_set_resolve(set, faults);
    for (guint i = 0; i < set->entries->len; i++) {
        const SeloPluginEntry *entry = set->entries->pdata[i];

        if (entry->declined == NULL)
            g_string_append_printf(order, "%s%s", order->len > 0 ? " " : "", entry->name);
        else
            g_string_append_printf(declined, "%s%s: %s", declined->len > 0 ? "\n" : "", entry->name,
                                   entry->declined);
    }
    g_assert_cmpstr(order->str, ==, c->order);
    g_assert_cmpstr(declined->str, ==, c->declined != NULL ? c->declined : "");
    g_assert_cmpuint(faults->len, ==, c->fault != NULL);
    if (c->fault != NULL)
        g_assert_cmpstr(((SeloFault *) faults->pdata[0])->text, ==, c->fault);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/plugin/resolver/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
