/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-call-private.h: the core's side of SeloCall and SeloInstance: making instances over a plugin's
 * table, root calls for sessions, running operations on the loop or on the instance's own threads.
 */
#pragma once

#include <selo/plugin.h>

#include "api/lib/selo-interface.h"
#include "api/lib/selo-loop.h"

typedef struct SeloRole SeloRole; /* server/process/selo-role.h */

typedef enum { SELO_MODEL_MAIN_LOOP, SELO_MODEL_ANY_THREAD, SELO_MODEL_POOL, SELO_MODEL_SINGLE } SeloModel;

typedef struct {
    const char *name, *plugin;      /* instance and plugin name, copied */
    const SeloInterfaceType *type;
    const void *table;              /* begins with SELO_INSTANCE */
    void *self;
    const SeloConf *conf;           /* borrowed from the snapshot */
    SeloModel model;
    uint32_t n_threads;             /* pools */
    int64_t call_timeout;           /* from the manifest's limits, 0 = the operation's own */
    SeloRole *role;
} SeloInstanceOptions;
SeloInstance *selo_instance_new(const SeloInstanceOptions *options);
/* Waits for the threads to end; calls in flight end with SELO_CANCELLED. */
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

/* A root call: a session, a delivery, an admin command. @returned runs in the loop when somebody
 * calls selo_call_return() on it. @id is copied. */
SeloCall *selo_call_new_root(SeloRole *role, const char *id, const SeloConf *conf, SeloDoneFunc returned,
                             void *data);
/* Cancels the call and all it invoked: stop callbacks run. */
void selo_call_stop(SeloCall *call);
/* A child that shares id, conf and deadline of @parent but can be stopped by itself. The owner ends it
 * with selo_call_return(). */
SeloCall *selo_call_new_child(SeloCall *parent, const char *id);
SeloRole *selo_call_role(SeloCall *call);
/* After login, at a recipient: the scope in which settings are read. */
void selo_call_set_conf(SeloCall *call, const SeloConf *conf);
/* Like selo_invoke() and gives the call, so that it alone can be stopped (a reference is returned). */
SeloCall *selo_invoke_full(SeloCall *parent, SeloInstance *target, const SeloOpType *op, const void *request,
                           int64_t timeout_usec, SeloRowFunc on_row, SeloDoneFunc on_done, void *data);
/* Rows are held back until selo_call_resume_rows(): the consumer's side of flow control. */
void selo_call_pause_rows(SeloCall *call);
void selo_call_resume_rows(SeloCall *call);
