/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-conf-private.h: SeloConf from inside: a hash of option name to typed value.
 */
#pragma once

#include "server/config/selo-option.h"
#include "server/config/selo-snapshot.h"

typedef struct {
    const char *name;
    SeloType type;
    SeloReload reload;
    gboolean is_set;
    gint64 number; /* bool, int, uint, port, size, duration */
    SeloStr text;  /* every other scalar; of a secret: where it comes from */
    SeloStrs list;
    SeloStr secret; /* once read */
} SeloConfEntry;

struct SeloConf {
    SeloSnapshot *snapshot; /* not owned: it owns this */
    const char *type, *name, *plugin, *as;
    GHashTable *entries; /* name → SeloConfEntry *, owned */
    GVariant *overrides; /* of the section; of a scoped one: of what it was made from */
};

SeloConf *selo_conf_make(SeloSnapshot *snapshot, GVariant *section);
/* A copy with the values of one override put over it. */
SeloConf *selo_conf_copy(const SeloConf *conf);
void selo_conf_override(SeloConf *conf, GVariant *values);
void selo_conf_destroy(SeloConf *conf);
/* Aborts if there is none of this name. */
const SeloConfEntry *selo_conf_entry(const SeloConf *conf, const char *option);

/* In selo-snapshot.c. */
SeloInstance *selo_snapshot_find_instance(SeloSnapshot *snapshot, const char *type,
                                          const char *name);
/* In selo-secret.c. */
typedef struct SeloSecrets SeloSecrets;
SeloSecrets *selo_secrets_new(void);
void selo_secrets_free(SeloSecrets *secrets);
/* By its source, "file:/path" or "credential:NAME"; read at first use, from any thread. { NULL, 0
 * }: *error. Wiped with @secrets. */
SeloStr selo_secrets_get(SeloSecrets *secrets, const char *source, GError **error);
void selo_secrets_put(SeloSecrets *secrets, const char *source, const char *octets, size_t size);
SeloSecrets *selo_snapshot_secrets(SeloSnapshot *snapshot);
