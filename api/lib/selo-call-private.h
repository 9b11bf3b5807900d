/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-call-private.h: the core's side of SeloCall and SeloInstance: making instances over a
 * plugin's table, root calls for sessions, running operations on the loop or on the instance's own
 * threads.
 */
#pragma once

#include <selo/plugin.h>

#include "api/lib/selo-interface.h"
#include "api/lib/selo-loop.h"

typedef struct SeloRole SeloRole; /* server/process/selo-role.h */

typedef enum {
    SELO_MODEL_MAIN_LOOP,
    SELO_MODEL_ANY_THREAD,
    SELO_MODEL_POOL,
    SELO_MODEL_SINGLE
} SeloModel;

typedef struct {
    const char *name, *plugin; /* instance and plugin name, copied */
    const SeloInterfaceType *type;
    const void *table; /* begins with SELO_INSTANCE */
    void *self;
    const SeloConf *conf; /* borrowed from the snapshot */
    SeloModel model;
    uint32_t n_threads;   /* pools */
    uint32_t max_waiting; /* calls that may wait for a thread; 0 = 4 a thread, 1024 for a store */
    int64_t call_timeout; /* from the manifest's limits, 0 = the operation's own */
    SeloRole *role;
} SeloInstanceOptions;
SeloInstance *selo_instance_new(const SeloInstanceOptions *options);
/* Waits for the threads to end; calls in flight end with SELO_CANCELLED, later ones with
 * SELO_TEMPORARY. The plugin still returns its calls, and may do so after this. */
void selo_instance_free(SeloInstance *instance);
const char *selo_instance_name(SeloInstance *instance);
const SeloInterfaceType *selo_instance_type(SeloInstance *instance);
const void *selo_instance_table(SeloInstance *instance);
void *selo_instance_self(SeloInstance *instance);
/* Does its table have this operation, and the breaker not stand open? */
gboolean selo_instance_can(SeloInstance *instance, const char *op);
typedef struct {
    uint64_t calls, failures, timeouts, refused;
    uint32_t in_flight;
    gboolean is_breaker_open;
} SeloInstanceCounts;
void selo_instance_counts(SeloInstance *instance, SeloInstanceCounts *out_counts);

/* A root call: a session, a delivery, an admin command. (transfer full): the owner also drops
 * his reference. @returned runs once, in the loop, after somebody called selo_call_return() on
 * it and all that it invoked has ended; it gets no reply record. @id is copied. */
SeloCall *selo_call_new_root(SeloRole *role, const char *id, const SeloConf *conf,
                             SeloDoneFunc returned, void *data);
/* A child that shares id (@id NULL), conf and deadline of @parent but can be stopped by itself.
 * (transfer full): the owner ends it with selo_call_return() and drops his reference. */
SeloCall *selo_call_new_child(SeloCall *parent, const char *id);
/* Cancels the call and all that it invoked. Stop functions run now; then each call that was
 * invoked ends exactly once, in the loop, with SELO_CANCELLED or with the answer that had come
 * before. Whoever made a root or a child still returns it. What is invoked on a stopped call
 * ends with SELO_CANCELLED. */
void selo_call_stop(SeloCall *call);
/* The same, and the functions of its requester never run again: those of @call itself if it was
 * invoked; those of all that was invoked on it, if it is a root or a child. For owners that go
 * away. */
void selo_call_abandon(SeloCall *call);
/* Asks a session to end (protocol.h: a stop of its root): the stop function runs, and nothing is
 * cancelled; it may go on to invoke. */
void selo_call_drain(SeloCall *call);
SeloRole *selo_call_role(SeloCall *call);
/* The settings of a root or a child itself; the scope, below, gives those of what it invokes. */
void selo_call_set_conf(SeloCall *call, const SeloConf *conf);
/* For whom settings are read from here on: at accept, after login, at a recipient. Each may be NULL;
 * copied; what was invoked before keeps its own. */
void selo_call_set_scope(SeloCall *call, const char *listener, const char *domain,
                         const char *user);
/* Like selo_invoke() and gives the call, so that it alone can be stopped (a reference is returned).
 * @op NULL: not in this core. @timeout_usec 0 = the instance's, else the operation's own. */
SeloCall *selo_invoke_full(SeloCall *parent, SeloInstance *target, const SeloOpType *op,
                           const void *request, int64_t timeout_usec, SeloRowFunc on_row,
                           SeloDoneFunc on_done, void *data);
/* Rows are held back until selo_call_resume_rows(): the consumer's side of flow control. */
void selo_call_pause_rows(SeloCall *call);
void selo_call_resume_rows(SeloCall *call);

/* Counters of selo_metric_add() and selo_metric_observe(), for status and export. */
typedef void (*SeloMetricFunc)(void *data, const char *name, const char *labels, int64_t count,
                               int64_t sum);
void selo_metric_each(SeloMetricFunc found, void *data);
