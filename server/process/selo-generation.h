/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-generation.h: the processes that serve with one snapshot of the settings: workers and the auth
 * role they ask. A reload makes a new generation; the old one drains, its workers still asking their
 * own auth role, which ends last.
 */
#pragma once

#include <gio/gio.h>

#include "server/base/selo-paths.h"
#include "server/process/selo-role.h"
#include "server/process/selo-sockets.h"

typedef struct SeloGeneration SeloGeneration;

typedef enum {
    SELO_GENERATION_STARTING, /* a role that fails now fails the whole generation */
    SELO_GENERATION_RUNNING,  /* what dies is started again */
    SELO_GENERATION_DRAINING, /* sessions finish; workers that end stay away */
    SELO_GENERATION_STOPPING  /* the same within seconds */
} SeloGenerationPhase;

typedef struct { /* what the generation tells its owner, later in the loop */
    void (*ready)(void *data, SeloGeneration *generation);
    void (*failed)(void *data, SeloGeneration *generation, const char *reason);
    void (*gone)(void *data, SeloGeneration *generation); /* no process is left; free it */
    void (*answered)(void *data);                         /* a child answered "status" */
} SeloGenerationEvents;

typedef struct {
    SeloLoop *loop;
    const char *root;
    const SeloPaths *paths;
    SeloSockets *sockets;
    int snapshot_fd; /* taken */
    int log_fd;
    const char *log_level; /* NULL = as configured */
    uint32_t number;
    gboolean is_single;
    const SeloGenerationEvents *events;
    void *data;
} SeloGenerationOptions;

/* Errors: the snapshot cannot be read. */
SeloGeneration *selo_generation_new(const SeloGenerationOptions *options, GError **error);
void selo_generation_free(SeloGeneration *generation);
SeloSnapshot *selo_generation_snapshot(SeloGeneration *generation);
SeloGenerationPhase selo_generation_phase(SeloGeneration *generation);

/* Opens the sockets of its listeners, with selo_sockets_settle() still to come. */
gboolean selo_generation_open_sockets(SeloGeneration *generation, GError **error);
void selo_generation_start(SeloGeneration *generation);
void selo_generation_drain(SeloGeneration *generation);
void selo_generation_stop(SeloGeneration *generation);
void selo_generation_kill(SeloGeneration *generation);

/* TRUE: @pid was one of its processes. */
gboolean selo_generation_reap(SeloGeneration *generation, pid_t pid, int status);
/* To all roles; the log's descriptor counts for later children too. */
void selo_generation_set_log(SeloGeneration *generation, int log_fd);
void selo_generation_set_log_level(SeloGeneration *generation, const char *level);
/* Asks every role; returns how many will answer. */
guint selo_generation_ask_status(SeloGeneration *generation, guint32 serial);
/* Adds a row a{sv} for each role, with its last answer. */
void selo_generation_report(SeloGeneration *generation, GVariantBuilder *roles);
