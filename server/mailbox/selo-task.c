/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-task.c: see selo-task.h. A task that is stopped while it waits is told at once, inside of
 * the stop: the session that asked may be gone after it.
 */
#include "config.h"

#include "server/mailbox/selo-task.h"

#include "server/mailbox/selo-mailbox.h"
#include "server/mailbox/selo-view-private.h"

void
selo_task_leave(SeloTask *task)
{
    if (task->waiting_in == NULL)
        return;
    g_queue_unlink(task->waiting_in, &task->waiting_link);
    task->waiting_in = NULL;
}

static void
task_stopped(SeloCall *call, void *data)
{
    SeloTask *task = data;

    gboolean was_queued = task->job != NULL;

    task->is_stopped = TRUE;
    if (task->job != NULL && !selo_job_drop(task->job)) {
        selo_job_stop(task->job); /* its end comes, even if its rows were held back */
        return;
    }
    task->job = NULL;
    if (!was_queued && task->waiting_in == NULL && !task->later.is_queued)
        return; /* just being made: its first step sees it */
    selo_task_leave(task);
    selo_loop_undefer(selo_loop_get(), &task->later);
    selo_task_finish(task, SELO_CANCELLED, NULL, NULL);
}

SeloTask *
selo_task_new(size_t size, SeloHome *home, SeloView *view, SeloCall *call, SeloRowFunc row,
              SeloDoneFunc done, void *data)
{
    SeloTask *task = g_malloc0(size);

    task->home = home != NULL ? selo_home_ref(home) : NULL;
    task->row = row;
    task->done = done;
    task->data = data;
    task->view_link.data = task->waiting_link.data = task;
    task->call = selo_call_new_child(call, NULL);
    if (view != NULL) {
        task->view = view;
        task->box = selo_mailbox_ref(view->box);
        g_queue_push_tail_link(&view->tasks, &task->view_link);
    }
    selo_call_on_stop(task->call, task_stopped, task);
    return task;
}

void
selo_task_wait(SeloTask *task, GQueue *list, SeloTaskStep step)
{
    task->step = step;
    if (task->is_stopped) {
        selo_task_later(task, SELO_CANCELLED, selo_task_finish_step);
        return;
    }
    task->waiting_in = list;
    g_queue_push_tail_link(list, &task->waiting_link);
}

void
selo_task_wake_all(GQueue *list, SeloStatus status, const char *operator_text)
{
    guint n = list->length; /* those that come back wait for the next time */

    for (; n > 0 && list->head != NULL; n--) {
        SeloTask *task = list->head->data;

        selo_task_leave(task);
        task->step(task, status, operator_text);
    }
}

static void
run_later(void *data)
{
    SeloTask *task = data;

    task->step(task, task->later_status, NULL);
}

void
selo_task_later(SeloTask *task, SeloStatus status, SeloTaskStep step)
{
    task->later_status = task->is_stopped ? SELO_CANCELLED : status;
    task->step = task->is_stopped ? selo_task_finish_step : step;
    selo_loop_defer(selo_loop_get(), &task->later, run_later, task);
}

static void
job_ended(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloTask *task = data;

    task->job = NULL;
    task->job_done(task, status, operator_text, reply);
}

static void
run_job(SeloTask *task, SeloJobOptions *options, SeloDoneFunc done)
{
    if (task->is_stopped) {
        selo_task_later(task, SELO_CANCELLED, selo_task_finish_step);
        return;
    }
    options->home = task->home;
    options->box = task->box;
    options->target = task->target;
    options->parent = task->call;
    options->done = job_ended;
    options->data = task;
    task->job_done = done;
    task->job = selo_job_new(options);
}

void
selo_task_run(SeloTask *task, uint32_t flags, const char *op, const void *request, SeloRowFunc row,
              SeloDoneFunc done)
{
    run_job(task, &(SeloJobOptions){ .flags = flags, .op = op, .request = request, .row = row },
            done);
}

void
selo_task_run_yielding(SeloTask *task, const char *op, const void *request, SeloRowFunc row,
                       SeloDoneFunc done, void (*yield)(void *data))
{
    run_job(task, &(SeloJobOptions){ .op = op, .request = request, .row = row, .yield = yield },
            done);
}

void
selo_task_tell(SeloTask *task, const void *row)
{
    if (task->row != NULL)
        task->row(task->data, row);
}

void
selo_task_forget_view(SeloTask *task)
{
    if (task->view == NULL)
        return;
    g_queue_unlink(&task->view->tasks, &task->view_link);
    if (task->job != NULL)
        selo_job_resume(task->job); /* nobody is left to do it */
    task->view = NULL;
    task->row = NULL;
    task->done = NULL;
}

void
selo_task_finish(SeloTask *task, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloDoneFunc done = task->done;
    void *data = task->data;

    selo_call_on_stop(task->call, NULL, NULL);
    selo_task_forget_view(task);
    if (done != NULL)
        done(data, status, operator_text, reply);
    if (task->clear != NULL)
        task->clear(task);
    selo_call_return(task->call, status, NULL, NULL);
    selo_call_unref(task->call);
    selo_mailbox_unref(task->box);
    selo_mailbox_unref(task->target);
    selo_home_unref(task->home);
    g_free(task);
}

void
selo_task_finish_step(SeloTask *task, SeloStatus status, const char *operator_text)
{
    selo_task_finish(task, status, operator_text, NULL);
}

void
selo_task_finish_job(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    selo_task_finish(data, status, operator_text, reply);
}
