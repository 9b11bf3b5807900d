/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-site.h: the configuration of a site, read and checked, with every layer that spoke: what the
 * compiler writes into the snapshot and what selo config show and explain print.
 */
#pragma once

#include "server/config/selo-config-file.h"
#include "server/config/selo-fault.h"
#include "server/plugin/selo-plugin-set.h"

/* One layer's word on one option. */
typedef struct {
    const SeloOption *option;
    const char *file; /* borrowed from the site */
    guint line;
    char *key, *text; /* as written */
    GVariant *value;  /* NULL: faulty */
} SeloSetting;

typedef struct {
    char *head; /* "filter clamav domain=example.org" */
    const SeloSectionKind *kind;
    char *name;
    SeloSelector selector;
    char *selector_value;
    const char *file; /* where it first stands; NULL: nowhere, it is there by default */
    guint line;
    GPtrArray *settings;           /* of SeloSetting *, the last of an option is in force */
    const SeloPluginEntry *plugin; /* NULL: none or at fault */
    const SeloProvided *provided;  /* of an instance */
} SeloSiteSection;

typedef struct {
    const SeloPaths *paths;
    SeloManifestReader *reader;
    SeloPluginSet *plugins;
    GPtrArray *files;     /* of char *, in the order of the layers */
    GPtrArray *sections;  /* of SeloSiteSection *, base sections and overrides, in file order */
    GPtrArray *overrides; /* those of them with a selector, not owned */
    GHashTable *index;    /* of sections, by kind, name and selector */
    GHashTable *implied; /* SeloOption * → GVariant *, what unset keys stand for; NULL at first */
    GPtrArray *faults;
    GHashTable *critical; /* names of plugins a listener, domain or route refers to */
} SeloSite;

/* Reads everything below @paths and checks all of it; what is wrong is in faults. NULL: the
 * installation itself is broken, *error. @paths has to live as long. */
SeloSite *selo_site_load(const SeloPaths *paths, GError **error);
void selo_site_free(SeloSite *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloSite, selo_site_free)

/* NULL = none. @selector 0: the base section. */
SeloSiteSection *selo_site_find(const SeloSite *site, const SeloSectionKind *kind, const char *name,
                                SeloSelector selector, const char *selector_value);
/* Every option that may stand in a base section, core keys first; of const SeloOption *. */
GPtrArray *selo_site_options(const SeloSite *site, const SeloSiteSection *section);
/* The setting of @option in @section alone; NULL = it does not speak. */
const SeloSetting *selo_site_setting(const SeloSiteSection *section, const SeloOption *option);
/* What is in force in a base section: its own word, else [plugin NAME]'s. NULL: the default. */
const SeloSetting *selo_site_effective(const SeloSite *site, const SeloSiteSection *section,
                                       const SeloOption *option);
/* The value in force, the default included (transfer full); NULL = unset. */
GVariant *selo_site_value(const SeloSite *site, const SeloSiteSection *section,
                          const SeloOption *option);
/* Instances of @kind that plugins in use serve, in run order: by plugin in start order, then file
 * order. */
GPtrArray *selo_site_instances(const SeloSite *site, const SeloSectionKind *kind);
/* As text of a core or plugin option by name; NULL = unset or no such option. */
char *selo_site_text(const SeloSite *site, const SeloSiteSection *section, const char *option);

/* For selo-site-check.c. @selector 0: a base section, "" then. */
void selo_site_check(SeloSite *site);
SeloSiteSection *selo_site_add(SeloSite *site, const SeloSectionKind *kind, const char *name,
                               SeloSelector selector, const char *selector_value);
void selo_site_remove(SeloSite *site, SeloSiteSection *section);
