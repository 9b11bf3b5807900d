/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-call-rows.c: rows on their way from a plugin to the requester, and the flow control between
 * them: 64 rows or 1 MiB may wait. A thread that emits more waits itself; code on the loop is told.
 */
#include "config.h"

#include "api/lib/selo-call-struct.h"

#define MAX_ROWS   64
#define MAX_OCTETS ((size_t) 1 << 20)

struct SeloCallRow {
    SeloCallRow *next;
    void *record; /* a copy */
    size_t octets;
};

static gboolean
is_full(const SeloCallRows *rows)
{
    return rows->n > MAX_ROWS || rows->octets > MAX_OCTETS;
}

static gboolean
is_half_empty(const SeloCallRows *rows)
{
    return rows->n <= MAX_ROWS / 2 && rows->octets <= MAX_OCTETS / 2;
}

gboolean
selo_call_emit(SeloCall *call, const void *row)
{
    SeloCallRows *rows = &call->rows;
    SeloCallRow *waiting;
    gboolean is_stopped;

    g_return_val_if_fail(call->op != NULL && call->op->row != NULL, FALSE);
    g_return_val_if_fail(!selo_call_has(call, SELO_CALL_RETURNED), FALSE);

    if (selo_call_has(call, SELO_CALL_STOPPED | SELO_CALL_OVERRULED))
        return FALSE;
    waiting = g_new(SeloCallRow, 1);
    waiting->next = NULL;
    waiting->record = selo_record_copy(call->op->row, row);
    waiting->octets = selo_record_copied_size(waiting->record);

    selo_call_lock(call);
    *rows->tail = waiting;
    rows->tail = &waiting->next;
    rows->n++;
    rows->octets += waiting->octets;
    selo_call_queue(call);
    if (!selo_loop_is_current(selo_loop_get()))
        while (is_full(rows) && !selo_call_has(call, SELO_CALL_STOPPED))
            g_cond_wait(&rows->room, &call->lock);
    rows->is_full = is_full(rows);
    is_stopped = selo_call_has(call, SELO_CALL_STOPPED);
    selo_call_unlock(call);
    return !is_stopped && !rows->is_full;
}

void
selo_call_on_ready(SeloCall *call, void (*fn)(SeloCall *, void *), void *data)
{
    selo_call_lock(call);
    call->on_ready = (SeloCallHook){ fn, data };
    selo_call_unlock(call);
}

static SeloCallRow *
pop(SeloCall *call, gboolean *out_is_held_back, SeloCallHook *out_ready)
{
    SeloCallRows *rows = &call->rows;
    SeloCallRow *row = NULL;

    selo_call_lock(call);
    *out_is_held_back = rows->is_paused;
    if (!rows->is_paused && rows->head != NULL) {
        row = rows->head;
        rows->head = row->next;
        if (rows->head == NULL)
            rows->tail = &rows->head;
        rows->n--;
        rows->octets -= row->octets;
        if (is_half_empty(rows)) {
            g_cond_signal(&rows->room);
            if (rows->is_full)
                *out_ready = call->on_ready;
            rows->is_full = FALSE;
        }
    }
    selo_call_unlock(call);
    return row;
}

gboolean
selo_call_deliver_rows(SeloCall *call)
{
    SeloCallHook ready = { NULL, NULL };
    gboolean is_held_back = FALSE;
    SeloCallRow *row;

    while (!selo_call_has(call, SELO_CALL_OVERRULED) &&
           (row = pop(call, &is_held_back, &ready)) != NULL) {
        if (call->requester.on_row != NULL && !selo_call_has(call, SELO_CALL_ABANDONED))
            call->requester.on_row(call->requester.data, row->record);
        selo_record_free(call->op->row, row->record);
        g_free(row);
    }
    /* Once per delivery, and only if the plugin still is at work: it clears the hook as it
     * returns. */
    if (ready.fn != NULL && !selo_call_has(call, SELO_CALL_RETURNED | SELO_CALL_STOPPED))
        ready.fn(call, ready.data);
    return !is_held_back && !selo_call_has(call, SELO_CALL_OVERRULED);
}

void
selo_call_drop_rows(SeloCall *call)
{
    SeloCallRow *row;

    selo_call_lock(call);
    row = call->rows.head;
    call->rows.head = NULL;
    call->rows.tail = &call->rows.head;
    call->rows.n = 0;
    call->rows.octets = 0;
    selo_call_unlock(call);
    while (row != NULL) {
        SeloCallRow *next = row->next;

        selo_record_free(call->op->row, row->record);
        g_free(row);
        row = next;
    }
}

void
selo_call_pause_rows(SeloCall *call)
{
    selo_call_lock(call);
    call->rows.is_paused = TRUE;
    selo_call_unlock(call);
}

void
selo_call_resume_rows(SeloCall *call)
{
    selo_call_lock(call);
    call->rows.is_paused = FALSE;
    selo_call_unlock(call);
    selo_call_restart_deadline(call); /* it ran while the plugin could not */
    selo_call_queue(call);
}
