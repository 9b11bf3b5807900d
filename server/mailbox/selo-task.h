/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-task.h: one asynchronous function of <selo/mailbox.h> under way, for one session. At any
 * time it is in one place: in a list of those who wait for something shared, in one job, or due at
 * the end of the current dispatch. A stop of the session's call takes it out of there and ends it.
 */
#pragma once

#include "server/mailbox/selo-home.h"

/* Runs when what the task waited for is there, or not to be had. */
typedef void (*SeloTaskStep)(SeloTask *task, SeloStatus status, const char *operator_text);

struct SeloTask {              /* first in the record of each kind of task */
    SeloHome *home;            /* held */
    SeloMailbox *box, *target; /* held; each may be NULL */
    SeloView *view;            /* NULL: not of a view, or it was freed */
    GList view_link;
    SeloCall *call;  /* a child of the asker's */
    SeloRowFunc row; /* row and done NULL: nobody wants to know any more */
    SeloDoneFunc done;
    void *data;
    SeloTaskStep step;
    GQueue *waiting_in;
    GList waiting_link;
    SeloJob *job;
    SeloDoneFunc job_done;
    SeloDeferred later;
    SeloStatus later_status;
    gboolean is_stopped;
    void (*clear)(SeloTask *task); /* (opt) of its kind's own fields */
};

/* Zeroed, @size octets. @view, @home may be NULL. */
SeloTask *selo_task_new(size_t size, SeloHome *home, SeloView *view, SeloCall *call,
                        SeloRowFunc row, SeloDoneFunc done, void *data);
/* Into a list; whoever empties the list calls selo_task_wake() on each. */
void selo_task_wait(SeloTask *task, GQueue *list, SeloTaskStep step);
/* Continues all that are in @list now. */
void selo_task_wake_all(GQueue *list, SeloStatus status, const char *operator_text);
/* Continues at the end of this dispatch. */
void selo_task_later(SeloTask *task, SeloStatus status, SeloTaskStep step);
/* One call to the store: rows to @row, its end to @done, both with the task as data; afterwards the
 * task is in no place. */
void selo_task_run(SeloTask *task, uint32_t flags, const char *op, const void *request,
                   SeloRowFunc row, SeloDoneFunc done);
/* The same for a job that gives way while its client holds it up (SeloJobOptions.yield). */
void selo_task_run_yielding(SeloTask *task, const char *op, const void *request, SeloRowFunc row,
                            SeloDoneFunc done, void (*yield)(void *data));
/* Out of the list it waits in. */
void selo_task_leave(SeloTask *task);
/* Tells a row, if anybody wants it. */
void selo_task_tell(SeloTask *task, const void *row);
/* Tells the end and frees the task. */
void selo_task_finish(SeloTask *task, SeloStatus status, const char *operator_text,
                      const void *reply);
/* A step that ends the task as it went. */
void selo_task_finish_step(SeloTask *task, SeloStatus status, const char *operator_text);
/* SeloDoneFunc of a job: ends its task with the store's answer. */
void selo_task_finish_job(void *task, SeloStatus status, const char *operator_text,
                          const void *reply);
/* The view goes away: no callback comes any more. */
void selo_task_forget_view(SeloTask *task);
