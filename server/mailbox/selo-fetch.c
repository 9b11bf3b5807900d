/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-fetch.c: messages of a view, in uid order, as fast as the client takes them. A client that
 * is slow holds nobody up: when somebody else waits for the box, the call to the store is ended and
 * begun anew behind the last row that was told. Where a store keeps no facts they are made here
 * from the message.
 */
#include "config.h"

#include <selo/facts.h>
#include <string.h>

#include "server/mailbox/selo-fetch-private.h"

struct SeloFetch {
    SeloTask task;
    GArray *uids;    /* SeloRange: what is still to come */
    uint32_t fields; /* as asked for */
    gboolean is_paused, has_yielded;
    gboolean reads_bodies; /* because the store keeps no facts */
    gboolean is_restarting;
};

static void run_fetch(SeloFetch *fetch);

/* ---- facts ---- */

char *
selo_blob_octets(const SeloBlob *blob, char **out_owned)
{
    char *octets;
    uint64_t at = 0;

    *out_owned = NULL;
    if (blob->octets != NULL)
        return (char *) blob->octets;
    octets = g_try_malloc(blob->size + 1);
    while (octets != NULL && at < blob->size) {
        int64_t n = selo_blob_read(blob, at, octets + at, blob->size - at);

        if (n <= 0) {
            g_free(octets);
            return NULL;
        }
        at += (uint64_t) n;
    }
    *out_owned = octets;
    return octets;
}

/* NULL: the message cannot be read. */
static GBytes *
make_facts(const SeloBlob *body)
{
    g_autofree char *owned = NULL;
    char *octets = selo_blob_octets(body, &owned);
    g_autoptr(SeloMessage) message = NULL;

    if (octets == NULL)
        return NULL;
    message = selo_message_parse((SeloStr){ octets, body->size });
    return selo_message_facts(message);
}

static void
tell_with_facts(SeloFetch *fetch, const SeloMsg *row)
{
    g_autoptr(GBytes) facts = make_facts(&row->body);
    SeloMsg msg = *row;
    gsize size = 0;

    if (facts != NULL)
        msg.facts.s = g_bytes_get_data(facts, &size);
    msg.facts.len = size;
    if ((fetch->fields & SELO_MSG_BODY) == 0)
        msg.body = (SeloBlob){ .fd = { -1, 0 } };
    selo_task_tell(&fetch->task, &msg);
}

/* ---- rows ---- */

/* Takes all up to @uid off what is still to come. FALSE: @uid was not wanted. */
static gboolean
take_uid(SeloFetch *fetch, uint32_t uid)
{
    GArray *uids = fetch->uids;
    guint n_past = 0;

    while (n_past < uids->len && g_array_index(uids, SeloRange, n_past).last < uid)
        n_past++;
    if (n_past > 0)
        g_array_remove_range(uids, 0, n_past);
    if (uids->len == 0 || g_array_index(uids, SeloRange, 0).first > uid)
        return FALSE;
    if (g_array_index(uids, SeloRange, 0).last == uid)
        g_array_remove_index(uids, 0);
    else
        g_array_index(uids, SeloRange, 0).first = uid + 1;
    return TRUE;
}

static void
restart(SeloFetch *fetch)
{
    fetch->is_restarting = TRUE;
    selo_job_stop(fetch->task.job);
}

static void
message_came(void *data, const void *row)
{
    SeloFetch *fetch = data;
    const SeloMsg *msg = row;
    gboolean lacks_facts = (fetch->fields & SELO_MSG_FACTS) != 0 && msg->facts.s == NULL;

    if (fetch->is_restarting || fetch->has_yielded || fetch->task.is_stopped)
        return;
    if (fetch->task.view == NULL) { /* nobody wants the rest */
        selo_job_stop(fetch->task.job);
        return;
    }
    if (lacks_facts && !fetch->reads_bodies && (fetch->fields & SELO_MSG_BODY) == 0) {
        fetch->reads_bodies = TRUE;
        restart(fetch);
        return;
    }
    if (!take_uid(fetch, msg->uid))
        return;
    if ((fetch->fields & SELO_MSG_FACTS) != 0)
        fetch->task.home->lacks_facts = lacks_facts;
    if (lacks_facts)
        tell_with_facts(fetch, msg);
    else
        selo_task_tell(&fetch->task, msg);
}

static void
fetch_done(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloFetch *fetch = data;

    if ((fetch->is_restarting || fetch->has_yielded) && !fetch->task.is_stopped &&
        fetch->task.view != NULL) {
        fetch->is_restarting = FALSE;
        if (!fetch->has_yielded)
            run_fetch(fetch);
        else if (!fetch->is_paused) { /* resumed while the old call ended */
            fetch->has_yielded = FALSE;
            run_fetch(fetch);
        } else {
            selo_task_wait(&fetch->task, &fetch->task.view->paused, selo_task_finish_step);
        }
        return;
    }
    selo_task_finish(&fetch->task, status, operator_text, NULL);
}

/* Somebody waits for the box while this client does not read. */
static void
yield(void *data)
{
    SeloFetch *fetch = data;

    fetch->has_yielded = TRUE;
    selo_job_stop(fetch->task.job);
}

static void
run_fetch(SeloFetch *fetch)
{
    SeloMsgRequest request = {
        .struct_size = sizeof request,
        .fields = fetch->fields | (fetch->reads_bodies ? SELO_MSG_BODY : 0),
        .uids = { (const SeloRange *) (void *) fetch->uids->data, fetch->uids->len },
    };

    if (fetch->uids->len == 0) {
        selo_task_later(&fetch->task, SELO_OK, selo_task_finish_step);
        return;
    }
    if (fetch->task.box->box.is_gone) {
        selo_task_later(&fetch->task, SELO_NOT_FOUND, selo_task_finish_step);
        return;
    }
    selo_task_run_yielding(&fetch->task, "msg_fetch", &request, message_came, fetch_done, yield);
    if (fetch->is_paused && fetch->task.job != NULL)
        selo_job_pause(fetch->task.job);
}

static void
clear_fetch(SeloTask *task)
{
    g_array_unref(((SeloFetch *) task)->uids);
}

SeloFetch *
selo_view_fetch(SeloView *view, SeloCall *call, SeloUids uids, uint32_t fields, SeloRowFunc row,
                SeloDoneFunc done, void *data)
{
    SeloFetch *fetch =
        (SeloFetch *) selo_task_new(sizeof *fetch, view->box->home, view, call, row, done, data);

    fetch->task.clear = clear_fetch;
    fetch->uids = selo_view_clip(view, uids);
    fetch->fields = fields;
    fetch->reads_bodies = (fields & SELO_MSG_FACTS) != 0 && view->box->home->lacks_facts;
    run_fetch(fetch);
    return fetch;
}

void
selo_view_fetch_pause(SeloFetch *fetch)
{
    fetch->is_paused = TRUE;
    if (fetch->task.job != NULL)
        selo_job_pause(fetch->task.job);
}

void
selo_view_fetch_resume(SeloFetch *fetch)
{
    fetch->is_paused = FALSE;
    if (fetch->task.job != NULL && !fetch->has_yielded) {
        selo_job_resume(fetch->task.job);
    } else if (fetch->task.job == NULL && fetch->has_yielded) {
        fetch->has_yielded = FALSE;
        selo_task_leave(&fetch->task);
        run_fetch(fetch);
    }
}
