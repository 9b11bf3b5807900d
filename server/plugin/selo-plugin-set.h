/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-plugin-set.h: the enabled plugins of a site, resolved: what is declined and why, and in
 * which order the rest starts (docs/plugins.md, "Enabling and resolving").
 */
#pragma once

#include "server/plugin/selo-manifest-reader.h"

typedef struct {
    char *name;
    SeloManifest *manifest; /* NULL: refused */
    char *declined;         /* why it stays off; NULL = in use */
} SeloPluginEntry;

typedef struct {
    GPtrArray *entries; /* of SeloPluginEntry *: by name; after resolving in start order */
} SeloPluginSet;

SeloPluginSet *selo_plugin_set_new(void);
/* Everything linked in plugins-enabled. Faults of a manifest decline its plugin and are warnings.
 */
SeloPluginSet *selo_plugin_set_read(const SeloPaths *paths, SeloManifestReader *reader,
                                    GPtrArray *faults);
void selo_plugin_set_free(SeloPluginSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloPluginSet, selo_plugin_set_free)
/* Takes @manifest. */
void selo_plugin_set_add(SeloPluginSet *set, SeloManifest *manifest);
/* NULL = not enabled. */
SeloPluginEntry *selo_plugin_set_find(const SeloPluginSet *set, const char *name);

/* Declines until nothing changes, then conflicts, then order. Conflicts and cycles are faults. */
void selo_plugin_set_resolve(SeloPluginSet *set, GPtrArray *faults);
/* Does a manifest say that filters of @first run before those of @second? */
gboolean selo_plugin_set_is_before(const SeloPluginEntry *first, const SeloPluginEntry *second);

/* Is there a manifest of this name in the installation, enabled or not? */
gboolean selo_plugin_is_installed(const SeloPaths *paths, const char *name);
/* Names of all manifests in the installation. */
GPtrArray *selo_plugin_list_installed(const SeloPaths *paths);
/* Name of the link in plugins-enabled. */
char *selo_plugin_link(const SeloPaths *paths, const char *name);
gboolean selo_plugin_is_masked(const SeloPaths *paths, const char *name);
