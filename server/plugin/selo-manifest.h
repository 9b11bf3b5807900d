/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest.h: a plugin's manifest as a record: everything known about it without running its
 * code (docs/plugins.md, "The manifest"). Read and checked by selo-manifest-reader.h.
 */
#pragma once

#include "server/config/selo-option.h"

/* Roles a plugin may live in, as bits. */
enum { SELO_PLACE_WORKER = 1, SELO_PLACE_AUTH = 2, SELO_PLACE_COURIER = 4 };
guint selo_place_from_name(const char *name); /* 0 = none */
/* Roles in which instances of @interface work (rule 6). */
guint selo_interface_places(const char *interface);

typedef struct {
    char *name, *on_failure;
    guint may; /* SELO_MAY_*, server/plugin/selo-registry.h */
    gboolean reads_body;
    guint line;
} SeloStageInfo;

typedef struct {
    char *interface, *as;
    guint major, minor;
    GPtrArray *features; /* SeloNamed * */
    GPtrArray *stages;   /* SeloStageInfo * */
    guint line;
} SeloProvided;

typedef enum {
    SELO_RELATION_INTERFACE,
    SELO_RELATION_PLUGIN,
    SELO_RELATION_LIBRARY
} SeloRelationKind;
typedef struct {
    SeloRelationKind kind;
    char *name, *as, *min, *below; /* name: interface, plugin or soname */
    guint major, minor;            /* least version of an interface; 0.0 = any */
    GPtrArray *features;           /* SeloNamed * */
    guint line;
} SeloRelation;

typedef struct {
    gboolean is_after;
    char *plugin, *interface, *as;
    guint line;
} SeloOrder;

typedef struct {
    char *model, *interface, *threads_from; /* interface NULL = all others */
    guint threads;                          /* 0 = not given */
    guint line;
} SeloThreading;

typedef struct {
    char *kind; /* the element: "network-connect", "path" ... */
    char *from, *port, *transport, *access, *well_known, *max, *user_from, *set;
    guint roles; /* 0 = all places */
    gboolean names_unknown_role;
    guint line;
} SeloNeed;

typedef struct {
    char *name, *since, *removed_in, *replaced_by;
    guint line;
} SeloDeprecated;

typedef struct {
    char *name, *type, *summary;
    gboolean is_required, is_repeated;
    guint line;
} SeloArgument;

typedef struct {
    char *name, *role, *summary;
    GPtrArray *arguments; /* SeloArgument * */
    guint line;
} SeloCommandInfo;

typedef struct {
    char *name, *kind, *unit, *labels, *summary;
    guint line;
} SeloMetric;

typedef struct {
    char *title, *summary, *description, *license;
    GPtrArray *maintainers; /* char *, "Name <email>" */
    GPtrArray *links;       /* SeloNamed *: rel and href */
    char *stability, *replaced_by;
} SeloAbout;

typedef struct {
    guint places;
    GPtrArray *threading; /* SeloThreading * */
    gboolean is_isolated; /* while the admin has not set isolate= */
    SeloReload code, config;
    guint max_instances, max_files; /* 0 = any */
    char *memory;
    gint64 call_timeout; /* microseconds, 0 = each operation's own */
    guint line;
} SeloRuntime;

typedef struct {
    char *file; /* where it was read */
    char *name, *version, *gettext_domain, *module;
    guint abi_major, abi_minor;
    SeloAbout about;
    SeloRuntime runtime;
    GPtrArray *provides;                     /* SeloProvided * */
    GPtrArray *requires, *wants, *conflicts; /* SeloRelation * */
    GPtrArray *orders;                       /* SeloOrder * */
    GPtrArray *needs;                        /* SeloNeed * */
    GPtrArray *options;                      /* SeloOption * */
    GPtrArray *deprecated;                   /* SeloDeprecated * */
    GPtrArray *commands;                     /* SeloCommandInfo * */
    GPtrArray *metrics;                      /* SeloMetric * */
    guint line;                              /* of the root element */
} SeloManifest;

/* For the reader; freed with the manifest they are added to. */
SeloProvided *selo_provided_new(void);
SeloRelation *selo_relation_new(void);
SeloCommandInfo *selo_command_info_new(void);

SeloManifest *selo_manifest_new(const char *file);
void selo_manifest_free(SeloManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloManifest, selo_manifest_free)

/* NULL = no such. @as NULL: any, the first. */
const SeloProvided *selo_manifest_provided(const SeloManifest *manifest, const char *interface,
                                           const char *as);
const SeloOption *selo_manifest_option(const SeloManifest *manifest, const char *name);
const SeloDeprecated *selo_manifest_deprecated(const SeloManifest *manifest, const char *name);
const SeloThreading *selo_manifest_threading(const SeloManifest *manifest, const char *interface);
gboolean selo_provided_has_feature(const SeloProvided *provided, const char *feature);

/* Releases: numbers between dots; "~x" comes before, "+x" and "-x" after. Like strcmp(). */
int selo_release_compare(const char *a, const char *b);
/* "1.5" → 1, 5. */
gboolean selo_abi_parse(const char *text, guint *out_major, guint *out_minor);
