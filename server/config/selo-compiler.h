/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-compiler.h: configuration and manifests in, one sealed snapshot out. It reads XML, so it
 * runs in a short-lived child of the supervisor without rights, and in the selo tool.
 */
#pragma once

#include "server/base/selo-paths.h"
#include "server/config/selo-fault.h"
#include "server/config/selo-site.h"

typedef enum { SELO_CONFIG_ERROR_FAULTY } SeloConfigError;
#define SELO_CONFIG_ERROR (selo_config_error_quark())
GQuark selo_config_error_quark(void);

/**
 * selo_compile:
 * @out_faults: (out) (transfer full): of SeloFault *, warnings too, sorted; always set unless the
 *   installation is broken; print with selo_fault_format()
 * @error: SELO_CONFIG_ERROR_FAULTY "3 faults", or %G_FILE_ERROR: the installation is broken
 *
 * Returns: descriptor of a sealed memory file for selo_snapshot_open(), close-on-exec; -1 = @error.
 */
int selo_compile(const SeloPaths *paths, GPtrArray **out_faults, GError **error);
/* The same from a site already loaded and without faults. */
int selo_compile_site(const SeloSite *site, GError **error);
