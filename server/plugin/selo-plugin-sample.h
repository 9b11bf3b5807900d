/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-plugin-sample.h: a commented sample of a plugin's sections, from its manifest alone.
 */
#pragma once

#include "server/plugin/selo-manifest.h"

/* Every line is a comment: installing it changes nothing. */
char *selo_plugin_sample(const SeloManifest *manifest);
