/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-paths.h: where everything is. The configure directories, or all of them together below one
 * root (--root DIR, SELO_ROOT): DIR/etc/selo, DIR/var/lib/selo, DIR/var/spool/selo, DIR/run/selo,
 * DIR/var/log/selo. Modules, manifests and schemas stay in the installation, or in the build tree
 * when the program runs from there (or SELO_BUILD_ROOT and SELO_SOURCE_ROOT say so).
 */
#pragma once

#include <glib.h>

typedef struct {
    char *config_dir; /* selo.conf, conf.d/, plugins-enabled/ */
    char *vendor_dir; /* $datadir/selo/conf.d */
    char *state_dir, *spool_dir, *run_dir, *log_dir;
    char *plugin_dir;   /* modules; in a build tree: plugins/NAME/.libs/NAME.so below this */
    char *manifest_dir; /* manifests; in a build tree: plugins/NAME/NAME.xml below this */
    char *schema_dir;
    char *private_dir; /* the XML module */
    gboolean is_build_tree;
} SeloPaths;

/* @root NULL: as configured. Never fails. */
SeloPaths *selo_paths_new(const char *root);
void selo_paths_free(SeloPaths *paths);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloPaths, selo_paths_free)
/* Module and manifest of a plugin by file stem (transfer full). */
char *selo_paths_module(const SeloPaths *paths, const char *name);
char *selo_paths_manifest(const SeloPaths *paths, const char *name);
