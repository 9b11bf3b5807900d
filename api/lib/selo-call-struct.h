/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-call-struct.h: SeloCall and SeloInstance laid open to the files that make them up:
 * selo-call.c, selo-call-rows.c, selo-invoke.c, selo-instance.c. What is marked "loop" belongs to
 * the loop's thread alone; the rest says who guards it.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "api/lib/selo-call-private.h"
#include "api/lib/selo-pool.h"

enum {                           /* SeloCall.flags */
       SELO_CALL_MANUAL = 1,     /* root or child: no plugin runs it, its owner returns it */
       SELO_CALL_STOPPED = 2,    /* nobody waits any more */
       SELO_CALL_RETURNED = 4,   /* selo_call_return() was called */
       SELO_CALL_SETTLED = 8,    /* the requester has had its answer */
       SELO_CALL_OVERRULED = 16, /* the answer is ours and not the plugin's */
       SELO_CALL_ABANDONED = 32, /* the requester went away */
       SELO_CALL_DRAINING = 64,
       SELO_CALL_HAS_ID = 128,  /* id is its own */
       SELO_CALL_ANSWERED = 256 /* answer is written */
};

typedef struct SeloCallBlock SeloCallBlock; /* memory of selo_call_alloc() */
typedef struct SeloCallRow SeloCallRow;

typedef struct { /* loop */
    SeloCall *parent, *first_child, *next, **link;
    uint32_t
        pending; /* invoked calls below it, those below manual children included, not settled */
} SeloCallTree;

typedef struct { /* loop */
    SeloRowFunc on_row;
    SeloDoneFunc on_done;
    void *data;
} SeloCallRequester;

typedef struct { /* the plugin's, complete when ANSWERED is set; or the core's, when OVERRULED is */
    SeloStatus status;
    char *text;
    void *reply; /* a copy */
} SeloCallAnswer;

typedef struct { /* the call's lock */
    SeloCallRow *head, **tail;
    size_t octets;
    uint32_t n;
    gboolean is_full, is_paused;
    GCond room; /* what an emitting thread waits for */
} SeloCallRows;

typedef struct { /* the call's lock */
    void (*fn)(SeloCall *call, void *data);
    void *data;
} SeloCallHook;

typedef struct { /* deadline: any thread; the rest: loop */
    _Atomic int64_t due;
    int64_t allowance; /* what selo_call_progress() gives anew */
    int64_t limit;     /* the parent's deadline, never passed */
    _Atomic uint32_t n_progress;
    SeloTimer timer;
} SeloCallDeadline;

typedef struct { /* each may be NULL */
    const char *listener, *domain, *user;
} SeloCallFor;

typedef struct { /* what goes down from parent to child */
    SeloRole *role;
    const SeloConf *conf;
    const char *id;
    const SeloCallFor *whom; /* memory of the ancestor that set it; NULL = nobody in particular */
} SeloCallScope;

typedef struct SeloCallKept SeloCallKept;
typedef struct {   /* the plugin's side */
    void *request; /* a copy */
    SeloCallBlock *blocks;
    SeloCallKept *kept; /* replies to selo_invoke_wait() */
} SeloCallMemory;

typedef struct {            /* loop */
    SeloCall *next, **link; /* link NULL: not counted */
} SeloCallInFlight;

struct SeloCall {
    gatomicrefcount refs;
    _Atomic uint32_t flags;
    atomic_bool is_queued;
    SeloCallScope scope;
    SeloInstance *target;
    const SeloOpType *op;
    SeloCallMemory memory;
    SeloCallTree tree;
    SeloCallRequester requester;
    SeloCallAnswer answer, overruling;
    SeloCallDeadline deadline;
    SeloCallHook on_stop, on_ready;
    SeloCallRows rows;
    SeloCallInFlight in_flight; /* at the target, not settled */
    union {
        SeloDeferred item; /* on its way to selo_call_take_up() */
        SeloCall *next_unused;
    } queue;
    SeloPoolItem pool_item;
    GMutex lock;
};

typedef struct {         /* loop */
    uint32_t n_failures; /* timeouts and crashes in a row */
    gboolean is_probing;
    int64_t open_until, pause; /* 0 = closed */
} SeloBreaker;

struct SeloInstance {
    gatomicrefcount refs; /* one a call and one for selo_instance_free() */
    char *name, *plugin;
    const SeloInterfaceType *type;
    const void *table;
    void *self;
    const SeloConf *conf;
    SeloModel model;
    int64_t call_timeout;
    SeloRole *role;
    SeloPool *pool;
    gboolean is_closed;
    SeloCall *in_flight;
    SeloInstanceCounts counts;
    SeloBreaker breaker;
};

typedef void (*SeloOpFunc)(void *self, SeloCall *call, const void *request);

/* selo-call.c. A new call has two references: the plugin's, given up by selo_call_return(), and the
 * requester's, given up when it is settled. */
SeloCall *selo_call_new(SeloCall *parent, uint32_t flags);
/* Sends the call to selo_call_take_up() on the loop, if it is not on its way already. Any
 * thread. */
void selo_call_queue(SeloCall *call);
/* Loop: ends it with an answer of the core's; the plugin's, if any, is dropped. */
void selo_call_overrule(SeloCall *call, SeloStatus status, const char *text);
/* Keeps a copied record until @call is freed. */
void selo_call_keep(SeloCall *call, const SeloRecordType *type, void *copied);
/* Loop: @timeout_usec 0 = only the parent's deadline counts. */
void selo_call_arm(SeloCall *call, int64_t timeout_usec);
void selo_call_restart_deadline(SeloCall *call);
gboolean selo_call_has(SeloCall *call, uint32_t flag);
/* Not taken when a stop function of the same call is on the stack: it may return the call. */
void selo_call_lock(SeloCall *call);
void selo_call_unlock(SeloCall *call);

/* selo-call-rows.c */
/* Loop: hands rows to the requester; FALSE: some are held back. */
gboolean selo_call_deliver_rows(SeloCall *call);
void selo_call_drop_rows(SeloCall *call);

/* selo-instance.c */
SeloInstance *selo_instance_ref(SeloInstance *instance);
void selo_instance_unref(SeloInstance *instance);
/* The function behind an operation, NULL = not in its table. */
SeloOpFunc selo_instance_function(SeloInstance *instance, const SeloOpType *op);
/* May a call pass the breaker now? */
gboolean selo_breaker_admits(SeloBreaker *breaker, int64_t now);
void selo_breaker_note(SeloInstance *instance, SeloStatus status, int64_t now);

/* selo-invoke.c: a pool's item. */
void selo_invoke_run_item(SeloPoolItem *item);
