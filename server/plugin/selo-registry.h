/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-registry.h: the plugins and instances of one role. Loads what the snapshot says may live in
 * this role, creates the instances, starts and drains them.
 */
#pragma once

#include <selo/plugin.h>

#include "server/process/selo-role.h"

typedef struct SeloRegistry SeloRegistry;

/* Loads and creates. A plugin that fails is declined with a log line, unless it is critical: then
 * @error. */
SeloRegistry *selo_registry_new(SeloRole *role, GError **error);
/* Drains (start → drain → destroy → close); modules stay mapped. */
void selo_registry_free(SeloRegistry *registry);
/* By section type and name: ("store", "mail"); NULL = none here. */
SeloInstance *selo_registry_find(SeloRegistry *registry, const char *type, const char *name);
/* All instances of an interface, in order (filters: run order). */
SeloInstance *const *selo_registry_all(SeloRegistry *registry, const char *interface, size_t *out_n);
/* What a filter instance declared for @stage in its manifest. FALSE: it does not want that stage. */
typedef struct {
    uint32_t may;           /* bit per word of the manifest's "may", SELO_MAY_* */
    const char *on_failure; /* "defer", "reject", "accept", "quarantine", "disconnect" */
    gboolean reads_body;
} SeloStageDeclaration;
enum { SELO_MAY_REJECT = 1, SELO_MAY_DEFER = 2, SELO_MAY_DISCARD = 4, SELO_MAY_QUARANTINE = 8, SELO_MAY_DISCONNECT = 16,
    SELO_MAY_ADD_HEADER = 32, SELO_MAY_CHANGE_HEADER = 64, SELO_MAY_REPLACE_BODY = 128, SELO_MAY_ADD_RCPT = 256,
    SELO_MAY_DELETE_RCPT = 512, SELO_MAY_CHANGE_SENDER = 1024, SELO_MAY_KEEP = 2048, SELO_MAY_FILEINTO = 4096,
    SELO_MAY_REDIRECT = 8192, SELO_MAY_REPLY = 16384 };
gboolean selo_registry_stage(SeloRegistry *registry, SeloInstance *filter, const char *stage, SeloStageDeclaration *out_declaration);
