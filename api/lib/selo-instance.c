/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-instance.c: an instance of a plugin: its table, its threads, its counters, and the breaker
 * that keeps a server which hangs behind it from taking every session along.
 */
#include "config.h"

#include <string.h>

#include "api/lib/selo-call-struct.h"

#include "server/base/selo-event.h"

#define FAILURES_TO_OPEN   5
#define FIRST_PAUSE        (G_USEC_PER_SEC / 10)
#define LONGEST_PAUSE      (60 * G_USEC_PER_SEC)
#define WAITING_PER_THREAD 4
#define WAITING_STORE      1024 /* every session of the worker may have a call here */

SeloInstance *
selo_instance_new(const SeloInstanceOptions *options)
{
    SeloInstance *instance = g_new0(SeloInstance, 1);
    uint32_t n_threads = options->model == SELO_MODEL_SINGLE ? 1 : MAX(options->n_threads, 1);
    uint32_t max_waiting = options->max_waiting;

    g_atomic_ref_count_init(&instance->refs);
    instance->name = g_strdup(options->name);
    instance->plugin = g_strdup(options->plugin);
    instance->type = options->type;
    instance->table = options->table;
    instance->self = options->self;
    instance->conf = options->conf;
    instance->model = options->model;
    instance->call_timeout = options->call_timeout;
    instance->role = options->role;
    if (options->model == SELO_MODEL_POOL || options->model == SELO_MODEL_SINGLE) {
        if (max_waiting == 0)
            max_waiting = strcmp(options->type->name, "store") == 0
                              ? WAITING_STORE
                              : WAITING_PER_THREAD * n_threads;
        instance->pool = selo_pool_new(options->name, n_threads, max_waiting, selo_invoke_run_item);
    }
    return instance;
}

SeloInstance *
selo_instance_ref(SeloInstance *instance)
{
    g_atomic_ref_count_inc(&instance->refs);
    return instance;
}

void
selo_instance_unref(SeloInstance *instance)
{
    if (!g_atomic_ref_count_dec(&instance->refs))
        return;
    g_free(instance->name);
    g_free(instance->plugin);
    g_free(instance);
}

void
selo_instance_free(SeloInstance *instance)
{
    SeloCall *next;

    if (instance == NULL)
        return;
    instance->is_closed = TRUE;
    for (SeloCall *call = instance->in_flight; call != NULL; call = next) {
        next = call->in_flight.next;
        selo_call_stop(call);
    }
    selo_pool_free(g_steal_pointer(&instance->pool));
    selo_instance_unref(instance);
}

const char *
selo_instance_name(SeloInstance *instance)
{
    return instance->name;
}

const SeloInterfaceType *
selo_instance_type(SeloInstance *instance)
{
    return instance->type;
}

const void *
selo_instance_table(SeloInstance *instance)
{
    return instance->table;
}

void *
selo_instance_self(SeloInstance *instance)
{
    return instance->self;
}

SeloOpFunc
selo_instance_function(SeloInstance *instance, const SeloOpType *op)
{
    SeloOpFunc function;
    uint32_t table_size;

    memcpy(&table_size, instance->table, sizeof table_size);
    if (op->offset + sizeof function >
        table_size) /* the plugin was built before this operation came */
        return NULL;
    memcpy(&function, (const char *) instance->table + op->offset, sizeof function);
    return function;
}

gboolean
selo_instance_can(SeloInstance *instance, const char *op)
{
    const SeloOpType *type = selo_interface_op(instance->type, op);
    int64_t now = selo_loop_now(selo_loop_get());

    return type != NULL && !instance->is_closed && selo_instance_function(instance, type) != NULL &&
           (instance->breaker.open_until == 0 || instance->breaker.open_until <= now);
}

void
selo_instance_counts(SeloInstance *instance, SeloInstanceCounts *out_counts)
{
    *out_counts = instance->counts;
    out_counts->is_breaker_open = instance->breaker.open_until != 0;
}

gboolean
selo_breaker_admits(SeloBreaker *breaker, int64_t now)
{
    if (breaker->open_until == 0)
        return TRUE;
    if (breaker->is_probing || now < breaker->open_until)
        return FALSE;
    breaker->is_probing = TRUE;
    return TRUE;
}

static void
open_breaker(SeloInstance *instance, int64_t now)
{
    SeloBreaker *breaker = &instance->breaker;
    g_autofree char *pause = NULL;

    breaker->pause = breaker->pause == 0 ? FIRST_PAUSE : MIN(2 * breaker->pause, LONGEST_PAUSE);
    breaker->open_until = now + breaker->pause;
    pause = g_strdup_printf("%" G_GINT64_FORMAT "ms", breaker->pause / 1000);
    selo_event(G_LOG_LEVEL_WARNING, "instance-suspended", NULL, "plugin", instance->plugin,
               "instance", instance->name, "for", pause, "reason", "its calls time out or crash",
               NULL);
}

void
selo_breaker_note(SeloInstance *instance, SeloStatus status, int64_t now)
{
    SeloBreaker *breaker = &instance->breaker;
    gboolean was_open = breaker->open_until != 0;

    if (status == SELO_CANCELLED) { /* says nothing about the plugin: let another call probe */
        breaker->is_probing = FALSE;
    } else if (status == SELO_TIMEOUT || status == SELO_CRASHED) {
        breaker->n_failures++;
        if (was_open ? breaker->is_probing : breaker->n_failures >= FAILURES_TO_OPEN)
            open_breaker(instance, now);
        breaker->is_probing = FALSE;
    } else {
        if (was_open)
            selo_event(G_LOG_LEVEL_MESSAGE, "instance-resumed", NULL, "plugin", instance->plugin,
                       "instance", instance->name, NULL);
        *breaker = (SeloBreaker){ 0 };
    }
}
