/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-home.h: one user's account in one store, opened once a process and shared by all sessions of
 * that user, and the queue through which every call to the store goes: two calls on one box never
 * run at once (<selo/store.h>).
 */
#pragma once

#include <selo/mailbox.h>

#include "server/process/selo-role.h"

typedef struct SeloHome SeloHome;
typedef struct SeloMailbox SeloMailbox; /* selo-mailbox.h */
typedef struct SeloTask SeloTask;       /* selo-task.h */
typedef struct SeloJob SeloJob;         /* one call to the store, waiting or running */

typedef enum { SELO_HOME_NEW, SELO_HOME_OPENING, SELO_HOME_OPEN, SELO_HOME_CLOSING } SeloHomeState;

typedef struct { /* who it is, as the user database told */
    char *user, *directory;
    uint64_t quota_octets, quota_messages;
} SeloHomeUser;

struct SeloHome {
    uint32_t refs; /* accounts, tasks and mailboxes in use; 0 = idle */
    SeloHomeState state;
    char *key;
    SeloRole *role;
    SeloInstance *store;
    SeloHomeUser user;
    void *account;        /* the store's */
    gboolean has_limits;  /* a quota */
    gboolean lacks_facts; /* the last message came without: ask for bodies with the next */
    SeloCall *call;       /* parent of what is done for all sessions together */
    GQueue waiting;       /* SeloTask: until it is open */
    GQueue jobs;          /* SeloJob in the order they came, running ones included */
    GHashTable *boxes;    /* name → SeloMailbox */
    SeloTimer idle;
    GList link; /* among all homes of the process */
};

/* The home of a user in @store, made if it is new here. @home and quotas count for a new one. */
SeloHome *selo_home_get(SeloCall *call, SeloInstance *store, const SeloHomeUser *user);
SeloHome *selo_home_ref(SeloHome *home);
/* The last reference leaves it idle; it is closed after a while if nobody comes. */
void selo_home_unref(SeloHome *home);
/* Continues @task (selo_task_wait) once the account is open, or with what went wrong. */
void selo_home_wait_open(SeloHome *home, SeloTask *task);
/* A role ends and has no session any more: closes all it has; @closed runs when none is left, which
 * may be before this returns. */
void selo_home_close_role(SeloRole *role, void (*closed)(void *data), void *data);
/* The role has no session any more and its stores go next: nothing is asked of them from now on. */
void selo_home_forget_role(SeloRole *role);

/* ---- jobs ---- */

enum { SELO_JOB_EXCLUSIVE = 1 }; /* alone in its home: rename and delete */
typedef struct {
    SeloHome *home;
    SeloMailbox *box, *target; /* each may be NULL */
    uint32_t flags;
    SeloCall *parent;
    const char *op;
    const void *request; /* account, box and target are filled in when it starts */
    SeloRowFunc row;
    SeloDoneFunc done;
    void (*yield)(
        void *data); /* somebody waits for the box of a job that is held up by its own client */
    void (*forgotten)(void *data); /* (opt) instead of @done, when the role ends: to free data */
    void *data;
} SeloJobOptions;
/* @done runs once, in the loop, later, unless the job is dropped. */
SeloJob *selo_job_new(const SeloJobOptions *options);
/* TRUE: it had not started, is gone now, and @done will not run. */
gboolean selo_job_drop(SeloJob *job);
/* Those of a home whose store goes away. */
void selo_jobs_forget(SeloHome *home);
gboolean selo_job_has_started(SeloJob *job);
/* Ends a running one early: @done comes with SELO_CANCELLED or what came before. */
void selo_job_stop(SeloJob *job);
void selo_job_pause(SeloJob *job);
void selo_job_resume(SeloJob *job);
