/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest-tree.h: what the elements of a manifest mean.
 */
#pragma once

#include "server/plugin/selo-manifest.h"
#include "server/plugin/selo-xml.h"

/* NULL: absent. */
const char *selo_xml_attribute(const SeloXmlNode *node, const char *name);
/* NULL: no such child. @node may be NULL. */
const SeloXmlNode *selo_xml_child(const SeloXmlNode *node, const char *name);
/* @root has passed the schema. */
SeloManifest *selo_manifest_from_tree(const SeloXmlNode *root, const char *file);
/* An option element; what it lacks is left unset, for core.xml has no schema. */
SeloOption *selo_option_from_tree(const SeloXmlNode *node);
