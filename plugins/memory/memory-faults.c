/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * memory-faults.c: operations that fail, hang or take their time, by settings that can be changed
 * while the server runs.
 */
#include "config.h"

#include <string.h>

#include "plugins/memory/memory-store.h"

static gboolean
is_named(const SeloConf *conf, const char *option, const char *op)
{
    SeloStrs list = selo_conf_list(conf, option);

    for (size_t i = 0; i < list.n; i++)
        if (strcmp(list.v[i].s, op) == 0 || strcmp(list.v[i].s, "all") == 0)
            return TRUE;
    return FALSE;
}

/* What stores something. */
static gboolean
needs_room(const char *op)
{
    static const char *const ops[] = { "msg_append", "msg_copy", "box_create" };

    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++)
        if (strcmp(op, ops[i]) == 0)
            return TRUE;
    return FALSE;
}

static void
end_hanging(SeloCall *call, void *data)
{
    selo_call_return(call, SELO_CANCELLED, NULL, NULL);
}

typedef struct {
    MemoryHeld held;
    void (*resume)(const MemoryHeld *held);
} Slow;

static gboolean
resume_slow(gpointer data)
{
    const Slow *slow = data;

    if (selo_call_stopped(slow->held.call))
        selo_call_return(slow->held.call, SELO_CANCELLED, NULL, NULL);
    else
        slow->resume(&slow->held);
    return G_SOURCE_REMOVE;
}

static void
free_slow(gpointer data)
{
    Slow *slow = data;

    selo_call_unref(slow->held.call);
    g_free(slow);
}

static void
hold_back(const MemoryHeld *held, int64_t delay_usec, void (*resume)(const MemoryHeld *held))
{
    g_autoptr(GSource) source = g_timeout_source_new((guint) (delay_usec / 1000));
    Slow *slow = g_new(Slow, 1);

    *slow = (Slow){ *held, resume };
    selo_call_ref(held->call);
    g_source_set_callback(source, resume_slow, slow, free_slow);
    g_source_attach(source, selo_context());
}

gboolean
memory_faults_admit(void *self, SeloCall *call, const char *op, const void *request,
                    void (*resume)(const MemoryHeld *held))
{
    const SeloConf *conf = selo_call_conf(call);
    MemoryHeld held = { self, call, request };

    if (is_named(conf, "fail", op))
        selo_call_return(call, SELO_TEMPORARY, "told to fail", NULL);
    else if (selo_conf_bool(conf, "full") && needs_room(op))
        selo_call_return(call, SELO_TEMPORARY, "told to have no space left", NULL);
    else if (is_named(conf, "hang", op))
        selo_call_on_stop(call, end_hanging, NULL);
    else if (is_named(conf, "slow", op))
        hold_back(&held, selo_conf_int(conf, "delay"), resume);
    else
        return TRUE;
    return FALSE;
}
