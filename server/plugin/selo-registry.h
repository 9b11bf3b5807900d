/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-registry.h: the plugins and instances of one role. Loads what the snapshot says may live in
 * this role, creates the instances, starts and drains them.
 */
#pragma once

#include <selo/plugin.h>

#include "server/process/selo-role.h"

typedef struct SeloRegistry SeloRegistry;

/* Loads and creates; becomes the finder of the role's snapshot (roles that share a process open the
 * snapshot once each). A plugin that fails is declined with a log line, unless it is critical: then
 * @error. The caller puts the result into role->registry. */
SeloRegistry *selo_registry_new(SeloRole *role, GError **error);
/* Calls each plugin's start, once role->registry is set and the role is confined. A start that
 * fails is logged. */
void selo_registry_start(SeloRegistry *registry);
/* No new work comes: calls each plugin's drain; @drained runs in the loop when all have returned,
 * never before this function returns. Once. */
void selo_registry_drain(SeloRegistry *registry, void (*drained)(void *data), void *data);
/* Destroys the instances and closes the plugins, last first; modules stay mapped. */
void selo_registry_free(SeloRegistry *registry);
/* By section type and name: ("store", "mail"); NULL = none here. */
SeloInstance *selo_registry_find(SeloRegistry *registry, const char *type, const char *name);
/* All instances of an interface, in order (filters: run order; others: as the configuration has
 * them). */
SeloInstance *const *selo_registry_all(SeloRegistry *registry, const char *interface,
                                       size_t *out_n);
/* What a filter instance declared for @stage in its manifest; on_failure is the administrator's
 * word if there is one. FALSE: it does not want that stage. */
typedef struct {
    uint32_t may;           /* bit per word of the manifest's "may", SELO_MAY_* */
    const char *on_failure; /* "defer", "reject", "accept", "quarantine", "disconnect" */
    gboolean reads_body;
} SeloStageDeclaration;
enum {
    SELO_MAY_REJECT = 1 << 0,
    SELO_MAY_DEFER = 1 << 1,
    SELO_MAY_DISCARD = 1 << 2,
    SELO_MAY_QUARANTINE = 1 << 3,
    SELO_MAY_DISCONNECT = 1 << 4,
    SELO_MAY_ADD_HEADER = 1 << 5,
    SELO_MAY_CHANGE_HEADER = 1 << 6,
    SELO_MAY_REPLACE_BODY = 1 << 7,
    SELO_MAY_ADD_RCPT = 1 << 8,
    SELO_MAY_DELETE_RCPT = 1 << 9,
    SELO_MAY_CHANGE_SENDER = 1 << 10,
    SELO_MAY_KEEP = 1 << 11,
    SELO_MAY_FILEINTO = 1 << 12,
    SELO_MAY_REDIRECT = 1 << 13,
    SELO_MAY_REPLY = 1 << 14
};
gboolean selo_registry_stage(SeloRegistry *registry, SeloInstance *filter, const char *stage,
                             SeloStageDeclaration *out_declaration);
