/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest-reader.h: reads manifests and schemas/core.xml. Opens the private XML module, so
 * only the compiler and the selo tool use it.
 */
#pragma once

#include "server/base/selo-paths.h"
#include "server/plugin/selo-manifest.h"

typedef struct SeloManifestReader SeloManifestReader;

/* Loads the XML module, plugin.xsd and core.xml. Errors, domain %G_FILE_ERROR: the installation is
 * broken. */
SeloManifestReader *selo_manifest_reader_new(const SeloPaths *paths, GError **error);
void selo_manifest_reader_free(SeloManifestReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloManifestReader, selo_manifest_reader_free)

/* The core's own options, of SeloOption *; each names its sections. */
const GPtrArray *selo_manifest_reader_core(const SeloManifestReader *reader);
const SeloOption *selo_manifest_reader_core_option(const SeloManifestReader *reader, guint section,
                                                   const char *name);

/* Reads, validates, applies the rules. NULL: refused, and @faults says why. @file is for messages
 * and gives the stem that has to be the plugin's name. */
SeloManifest *selo_manifest_read_text(SeloManifestReader *reader, const char *text, size_t size,
                                      const char *file, GPtrArray *faults);
SeloManifest *selo_manifest_read(SeloManifestReader *reader, const char *file, GPtrArray *faults);
