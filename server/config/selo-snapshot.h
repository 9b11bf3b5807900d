/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-snapshot.h: the settings in force, checked and typed, as every role maps them: a GVariant in a
 * sealed memory file, made by the compiler (selo-compiler.h). Reading it needs no XML and no parser.
 */
#pragma once

#include <gio/gio.h>

#include <selo/plugin.h>

typedef struct SeloSnapshot SeloSnapshot;

/* Maps @fd (not taken). Errors, domain %G_FILE_ERROR. */
SeloSnapshot *selo_snapshot_open(int fd, GError **error);
SeloSnapshot *selo_snapshot_ref(SeloSnapshot *snapshot);
void selo_snapshot_unref(SeloSnapshot *snapshot);

/* Names of all sections of a type: "listener", "store", "auth", "table", "filter", "transport",
 * "domain"; in file order. Borrowed. */
SeloStrs selo_snapshot_names(SeloSnapshot *snapshot, const char *type);
/* Core keys (schemas/core.xml) and plugin options of one section, readable with selo_conf_*().
 * "server", "tls" and "route" have the name "". NULL = no such section. Lives as long as @snapshot. */
const SeloConf *selo_snapshot_section(SeloSnapshot *snapshot, const char *type, const char *name);
/* @conf as it reads for this listener, domain and user (each may be NULL): scoped overrides applied.
 * Cached; lives as long as the snapshot. */
const SeloConf *selo_snapshot_scoped(SeloSnapshot *snapshot, const SeloConf *conf, const char *listener,
                                     const char *domain, const char *user);

/* A plugin in use, what a role needs to load it: from its manifest. */
typedef struct {
    const char *name, *module; /* module: absolute file name */
    const char *version;
    uint32_t abi_major, abi_minor;
    gboolean is_isolated;
} SeloSnapshotPlugin;
size_t selo_snapshot_n_plugins(SeloSnapshot *snapshot);
void selo_snapshot_plugin(SeloSnapshot *snapshot, size_t index, SeloSnapshotPlugin *out_plugin);

/* Installs what turns a reference (type store, table ...) into an instance: the registry. */
typedef SeloInstance *(*SeloInstanceFinder)(void *data, const char *type, const char *name);
void selo_snapshot_set_finder(SeloSnapshot *snapshot, SeloInstanceFinder finder, void *data);
