/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-component.h: a role at work: its SeloRole, its channel to the supervisor and the part that is
 * particular to its kind. It is a component first and a process second: selo-role-main.c runs one in a
 * process of its own, the supervisor runs several on its own loop with --single.
 *
 * Life: new (still with the rights of the supervisor) → begin (plugins come up) → message "start" →
 * work → drain or stop → ended.
 */
#pragma once

#include "server/base/selo-paths.h"
#include "server/process/selo-channel.h"
#include "server/process/selo-role.h"

typedef struct SeloComponent SeloComponent;

/* What a kind of role does; one constant table a kind. */
typedef struct {
    /* (opt) with the rights of the supervisor: opens what the role's own user may not */
    gboolean (*open)(SeloComponent *component, GError **error);
    gboolean (*begin)(SeloComponent *component, GError **error); /* rights are down: load plugins */
    /* (opt) "start", and the messages of its own */
    void (*received)(SeloComponent *component, const char *message, GVariant *body, int *fds,
                     size_t n_fds);
    void (*drain)(SeloComponent *component); /* no new work; selo_component_ended() when idle */
    void (*stop)(SeloComponent *component);  /* the same, and what is under way is told to end */
    void (*abandon)(
        SeloComponent *component); /* (opt) the time for stop is over: drop connections */
    void (*report)(SeloComponent *component, GVariantBuilder *status); /* (opt) adds to a{sv} */
    void (*free)(SeloComponent *component);
} SeloRoleWork;

typedef struct {
    const char *name;            /* "worker" */
    const char *user_key, *user; /* key in [server] of the account it runs as, and its default */
    gboolean is_per_core;        /* [server] workers of them; else one */
    const SeloRoleWork *work; /* NULL: not a component (supervisor), or not part of this release */
} SeloRoleType;

const SeloRoleType *selo_role_type(SeloRoleKind kind);
gboolean selo_role_parse_kind(const char *name, SeloRoleKind *out_kind);
/* The account of a role when the supervisor is root: [server] user or auth-user, else the packaged ones. */
const char *selo_role_user(SeloRoleKind kind, const SeloConf *server);
/* [server] workers; 0 = one a core. */
uint32_t selo_worker_count(const SeloConf *server);

extern const SeloRoleWork selo_worker_work, selo_auth_role_work;

typedef struct {
    SeloRoleKind kind;
    uint32_t index, generation;
    const char *id; /* begins all session ids made here; no other role on this machine has it */
    const SeloPaths *paths;    /* borrowed */
    int channel_fd;            /* taken */
    int snapshot_fd;           /* borrowed, mapped at once */
    gboolean is_single;        /* shares its process with others */
    void (*ended)(void *data); /* deferred; selo_component_free() is in order */
    void *data;
} SeloComponentOptions;

struct SeloComponent {
    SeloRole role; /* first: plugins' calls see this part only */
    const SeloRoleWork *work;
    void *state; /* of its kind */
    const SeloPaths *paths;
    char *id, *temp_dir;
    gboolean is_single, is_stopping, has_ended, is_failed, is_abandoned;
    SeloTimer deadline; /* of draining, then of stopping */
    SeloDeferred ending;
    void (*ended)(void *data);
    void *data;
};

SeloComponent *selo_component_new(const SeloComponentOptions *options, GError **error);
/* After the privileges were dropped. A failure is told to the supervisor; the component then ends. */
void selo_component_begin(SeloComponent *component);
void selo_component_stop(SeloComponent *component);
/* For its kind: all is done. */
void selo_component_ended(SeloComponent *component);
void selo_component_ready(SeloComponent *component);
void selo_component_free(SeloComponent *component);
