/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-snapshot.h: the settings in force, checked and typed, as every role maps them: a GVariant in
 * a sealed memory file, made by the compiler (selo-compiler.h). Reading it needs no XML and no
 * parser.
 *
 * Secrets are not in it, only where they come from. A role that may open those files itself reads
 * each at first use; one that may not is given them beside the snapshot, see
 * selo_snapshot_collect_secrets().
 */
#pragma once

#include <selo/plugin.h>

#include <gio/gio.h>

#include "server/config/selo-option.h"

typedef struct SeloSnapshot SeloSnapshot;

/* Maps @fd (not taken). Errors, domain %G_FILE_ERROR. */
SeloSnapshot *selo_snapshot_open(int fd, GError **error);
SeloSnapshot *selo_snapshot_ref(SeloSnapshot *snapshot);
void selo_snapshot_unref(SeloSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloSnapshot, selo_snapshot_unref)

/* Names of all sections of a type: "listener", "store", "auth", "table", "filter", "transport",
 * "domain", "plugin"; in file order, then those that are there without being written: filters
 * enabled without a section, every usable plugin. Borrowed. */
SeloStrs selo_snapshot_names(SeloSnapshot *snapshot, const char *type);
/* Core keys (schemas/core.xml) and plugin options of one section, readable with selo_conf_*().
 * "server", "tls" and "route" have the name "" and are always there. NULL = no such section. Lives
 * as long as @snapshot.
 *
 * "filters" of a listener, a domain or the route is complete: if unset, the list of all filters in
 * their declared order. A name in it whose instance the registry does not have acts as failing. */
const SeloConf *selo_snapshot_section(SeloSnapshot *snapshot, const char *type, const char *name);
/* @conf as it reads for this listener, domain and user (each may be NULL): scoped overrides
 * applied. Cached; lives as long as the snapshot. Domain and user in lower case. */
const SeloConf *selo_snapshot_scoped(SeloSnapshot *snapshot, const SeloConf *conf,
                                     const char *listener, const char *domain, const char *user);
/* What @conf was made from: "listener", "mx"; the plugin and its "as", "" = none. */
const char *selo_conf_type(const SeloConf *conf);
const char *selo_conf_name(const SeloConf *conf);
const char *selo_conf_plugin(const SeloConf *conf);
const char *selo_conf_as(const SeloConf *conf);
/* Without aborting: is there an option of this name, and is it set? */
gboolean selo_conf_is_set(const SeloConf *conf, const char *option);

typedef struct {
    const char *name, *on_failure;
    guint32 may; /* SELO_MAY_*, server/plugin/selo-registry.h */
    gboolean reads_body;
} SeloSnapshotStage;
typedef struct {
    const char *interface, *as;
    guint32 major, minor;
    const char *model;        /* "main-loop", "any-thread", "worker-pool", "worker-single" */
    guint32 n_threads;        /* of a pool; 0: the option named by threads_from */
    const char *threads_from; /* "" = none */
    SeloStrs features;
    const SeloSnapshotStage *stages;
    size_t n_stages;
} SeloSnapshotProvided;

/* A plugin in use, what a role needs to load it: from its manifest. In start order. */
typedef struct {
    const char *name, *module; /* module: absolute file name */
    const char *version;
    guint32 abi_major, abi_minor;
    guint32 places; /* SELO_PLACE_*, server/plugin/selo-manifest.h */
    gboolean is_isolated;
    gboolean is_critical;
    gint64 call_timeout; /* microseconds, 0 = each operation's own */
    const SeloSnapshotProvided *provides;
    size_t n_provides;
} SeloSnapshotPlugin;
size_t selo_snapshot_n_plugins(SeloSnapshot *snapshot);
/* Borrowed from @snapshot. */
void selo_snapshot_plugin(SeloSnapshot *snapshot, size_t index, SeloSnapshotPlugin *out_plugin);

/* Installs what turns a reference (type store, table ...) into an instance: the registry. */
typedef SeloInstance *(*SeloInstanceFinder)(void *data, const char *type, const char *name);
void selo_snapshot_set_finder(SeloSnapshot *snapshot, SeloInstanceFinder finder, void *data);

/* Reads every secret and puts them into a sealed memory file of their own, for roles that cannot
 * open the files: the supervisor does this, and passes the descriptor with the snapshot's. -1:
 * @error names the section, the option and the file. */
int selo_snapshot_collect_secrets(SeloSnapshot *snapshot, GError **error);
/* In the role: from now on selo_conf_secret() reads no file. @fd is not taken. */
gboolean selo_snapshot_attach_secrets(SeloSnapshot *snapshot, int fd, GError **error);

/* What prepare() is given: the settings of one plugin before and after. */
SeloConfDiff *selo_conf_diff_new(SeloSnapshot *before, SeloSnapshot *after, const char *plugin);
void selo_conf_diff_free(SeloConfDiff *diff);
/* What going from one to the other costs: live, a new generation, or a restart of the server. Each
 * option that needs a restart is added to @restart as "[server] user" (char *). Modules are not
 * looked at. */
SeloReload selo_snapshot_compare(SeloSnapshot *before, SeloSnapshot *after, GPtrArray *restart);
