/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-job.c: the queue of a home. A job starts when none of its boxes is in use and no earlier job
 * waits for one of them. One queue an account and not one a box, so that a copy, which needs two,
 * can never wait for another copy that waits for it.
 */
#include "config.h"

#include <string.h>

#include "server/mailbox/selo-mailbox.h"

struct SeloJob {
    GList link;
    SeloJobOptions options;
    const SeloOpType *op;
    void *request;  /* a copy, if it had to wait */
    SeloCall *call; /* running */
    gboolean has_started, is_paused, has_yielded;
};

/* Every request that names an account has it filled in here, for a box may be opened anew while the
 * job waits. */
static void
fill_request(const SeloJob *job, void *request)
{
    const SeloJobOptions *options = &job->options;

    if (g_str_has_prefix(options->op, "msg_append")) {
        SeloAppendRequest *append = request;

        append->account = options->home->account;
        append->box = options->box->box.handle;
    } else if (g_str_has_prefix(options->op, "msg_")) {
        SeloMsgRequest *msg = request;

        msg->account = options->home->account;
        msg->box = options->box->box.handle;
        msg->target = options->target != NULL ? options->target->box.handle : NULL;
    } else if (g_str_has_prefix(options->op, "box_")) {
        ((SeloBoxRequest *) request)->account = options->home->account;
    } else if (strcmp(options->op, "account_open") != 0) {
        ((SeloAccountRequest *) request)->account = options->home->account;
    }
}

static gboolean
uses(const SeloJob *job, const SeloMailbox *box)
{
    return box != NULL && (job->options.box == box || job->options.target == box);
}

static gboolean
is_in_conflict(const SeloJob *job, const SeloJob *other)
{
    return ((job->options.flags | other->options.flags) & SELO_JOB_EXCLUSIVE) != 0 ||
           uses(job, other->options.box) || uses(job, other->options.target);
}

/* The first job before @job that it has to wait for. */
static SeloJob *
find_obstacle(const SeloJob *job)
{
    for (GList *item = job->link.prev; item != NULL; item = item->prev) {
        if (is_in_conflict(job, item->data))
            return item->data;
    }
    return NULL;
}

static void
free_job(SeloJob *job)
{
    g_queue_unlink(&job->options.home->jobs, &job->link);
    if (job->request != NULL)
        selo_record_free(job->op->request, job->request);
    g_clear_pointer(&job->call, selo_call_unref);
    g_free(job);
}

static void run_next(SeloHome *home);

static void
pass_row(void *data, const void *row)
{
    SeloJob *job = data;

    if (job->options.row != NULL)
        job->options.row(job->options.data, row);
}

static void
pass_done(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloJob *job = data;
    SeloJobOptions options = job->options;
    gboolean is_last = strcmp(options.op, "account_close") == 0; /* its done frees the home */

    free_job(job);
    if (!is_last)
        selo_home_ref(options.home);
    options.done(options.data, status, operator_text, reply);
    if (is_last)
        return;
    run_next(options.home);
    selo_home_unref(options.home);
}

static void
start(SeloJob *job, const void *request)
{
    job->has_started = TRUE;
    job->call = selo_invoke_full(job->options.parent, job->options.home->store, job->op, request, 0,
                                 pass_row, pass_done, job);
}

/* A job that its own client holds up gives way to one that waits behind it. */
static void
ask_to_yield(const SeloJob *job)
{
    SeloJob *obstacle = find_obstacle(job);

    if (obstacle == NULL || !obstacle->is_paused || obstacle->has_yielded ||
        obstacle->options.yield == NULL)
        return;
    obstacle->has_yielded = TRUE;
    obstacle->options.yield(obstacle->options.data);
}

static void
run_next(SeloHome *home)
{
    GList *next;

    for (GList *item = home->jobs.head; item != NULL; item = next) {
        SeloJob *job = item->data;

        next = item->next;
        if (job->has_started)
            continue;
        if (find_obstacle(job) != NULL) {
            ask_to_yield(job);
            continue;
        }
        fill_request(job, job->request);
        start(job, job->request);
    }
}

SeloJob *
selo_job_new(const SeloJobOptions *options)
{
    SeloJob *job = g_new0(SeloJob, 1);

    job->link.data = job;
    job->options = *options;
    job->op = selo_interface_op(selo_instance_type(options->home->store), options->op);
    g_queue_push_tail_link(&options->home->jobs, &job->link);
    if (find_obstacle(job) == NULL) {
        fill_request(job, (void *) options->request);
        start(job, options->request);
    } else {
        job->request = selo_record_copy(job->op->request, options->request);
        ask_to_yield(job);
    }
    return job;
}

gboolean
selo_job_drop(SeloJob *job)
{
    SeloHome *home = job->options.home;

    if (job->has_started)
        return FALSE;
    free_job(job);
    selo_home_ref(home);
    run_next(home);
    selo_home_unref(home);
    return TRUE;
}

void
selo_jobs_forget(SeloHome *home)
{
    SeloJob *job;

    while (home->jobs.head != NULL) {
        job = home->jobs.head->data;
        if (job->options.forgotten != NULL)
            job->options.forgotten(job->options.data);
        free_job(job);
    }
}

gboolean
selo_job_has_started(SeloJob *job)
{
    return job->has_started;
}

void
selo_job_stop(SeloJob *job)
{
    if (job->call == NULL)
        return;
    selo_call_stop(job->call);
    if (job->is_paused) /* an answer that is there already comes behind its rows */
        selo_call_resume_rows(job->call);
}

void
selo_job_pause(SeloJob *job)
{
    job->is_paused = TRUE;
    if (job->call != NULL)
        selo_call_pause_rows(job->call);
    for (GList *item = job->link.next; item != NULL && !job->has_yielded; item = item->next) {
        if (find_obstacle(item->data) == job)
            ask_to_yield(item->data);
    }
}

void
selo_job_resume(SeloJob *job)
{
    if (!job->is_paused)
        return;
    job->is_paused = FALSE;
    if (job->call != NULL)
        selo_call_resume_rows(job->call);
}
