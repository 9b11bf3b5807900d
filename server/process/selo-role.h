/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-role.h: what a role has: its kind, the settings in force, its plugin instances, its links to
 * other roles. One in each process; with --single several in one, on the same loop. Components ask
 * the role, never a global.
 */
#pragma once

#include <selo/plugin.h>

#include "api/lib/selo-call-private.h"

typedef struct SeloSnapshot SeloSnapshot;     /* server/config/selo-snapshot.h */
typedef struct SeloRegistry SeloRegistry;     /* server/plugin/selo-registry.h */
typedef struct SeloAuthClient SeloAuthClient; /* server/auth/selo-auth-client.h */
typedef struct SeloChannel SeloChannel;       /* server/process/selo-channel.h */

typedef enum {
    SELO_ROLE_SUPERVISOR,
    SELO_ROLE_WORKER,
    SELO_ROLE_AUTH,
    SELO_ROLE_QUEUE,
    SELO_ROLE_COURIER,
    SELO_ROLE_HOST
} SeloRoleKind;

struct SeloRole {
    SeloRoleKind kind;
    uint32_t index;      /* worker 0, 1 ... */
    uint32_t generation; /* counts reloads that made new processes */
    SeloLoop *loop;
    SeloSnapshot *snapshot;  /* settings in force */
    SeloRegistry *registry;  /* plugin instances; NULL in supervisor and queue */
    SeloChannel *supervisor; /* to the supervisor; NULL in itself */
    SeloAuthClient *auth;    /* worker, courier: asks the auth role */
    const char *hostname;    /* [server] hostname, borrowed from the snapshot */
    const char *temp_dir;    /* for unlinked files of large messages */
    gboolean is_draining;    /* no new sessions; the old ones finish */
};

const char *selo_role_kind_name(SeloRoleKind kind); /* "worker" */
