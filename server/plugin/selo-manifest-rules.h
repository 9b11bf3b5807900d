/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest-rules.h: what the schema cannot say: the twelve rules of docs/plugins.md.
 */
#pragma once

#include "server/plugin/selo-manifest.h"

/* Adds a fault for each rule broken; @core: the core's options, for name clashes. */
void selo_manifest_check_rules(const SeloManifest *manifest, const GPtrArray *core,
                               GPtrArray *faults);
/* Rules 2 and 3 of one option, for core.xml too. */
void selo_option_check_rules(const SeloOption *option, const char *file, GPtrArray *faults);
/* Bits of the words in "may". */
guint selo_may_from_name(const char *name);
