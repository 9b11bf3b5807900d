/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-child.h: one role as the supervisor sees it: a process, or with --single a component in this
 * one, at the other end of a channel. It can be started again after its end.
 */
#pragma once

#include <sys/types.h>

#include <gio/gio.h>

#include "server/process/selo-channel.h"
#include "server/process/selo-component.h"

typedef struct SeloChild SeloChild;

typedef enum { SELO_CHILD_DOWN, SELO_CHILD_STARTING, SELO_CHILD_READY } SeloChildState;

typedef struct { /* what all children of a generation share; owned by it, may change */
    SeloLoop *loop;
    const char *root;
    const SeloPaths *paths;
    int snapshot_fd, log_fd;
    char *log_level;
    uint32_t generation;
    gboolean is_single;
    void (*started)(void *data, SeloChild *child); /* time to send it what it needs */
    void (*ready)(void *data, SeloChild *child);
    void (*failed)(void *data, SeloChild *child, const char *reason); /* its end follows */
    void (*gone)(void *data, SeloChild *child);     /* ended, for whatever reason */
    void (*answered)(void *data, SeloChild *child); /* "status-reply" */
    void *data;
} SeloChildContext;

SeloChild *selo_child_new(const SeloChildContext *context, SeloRoleKind kind, uint32_t index);
void selo_child_free(SeloChild *child);

/* FALSE: it could not be started; failed() and gone() were called. */
gboolean selo_child_start(SeloChild *child);
/* After a while that grows with every death. */
void selo_child_restart_later(SeloChild *child);
void selo_child_forget_restart(SeloChild *child);
gboolean selo_child_send(SeloChild *child, const char *message, GVariant *body, const int *fds,
                         size_t n_fds);
void selo_child_kill(SeloChild *child);
/* TRUE: it was this one; gone() was called. */
gboolean selo_child_reap(SeloChild *child, pid_t pid, int status);

uint32_t selo_child_index(const SeloChild *child);
SeloChildState selo_child_state(const SeloChild *child);
/* "worker 1" */
const char *selo_child_name(const SeloChild *child);
/* Its row for "selo status", a{sv}, floating; @phase: its generation's. */
GVariant *selo_child_report(const SeloChild *child, const char *phase);
