/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-call.c: one operation after the other, on the loop and on threads, through a table whose
 * functions do what the test wants.
 */
#include "config.h"

#include <selo/table.h>
#include <string.h>

#include "api/lib/selo-call-private.h"
#include "api/lib/selo-call-struct.h"

#include "tests/lib/selo-test.h"

/* ---- an instance whose behaviour is a function ---- */

typedef void (*Behaviour)(SeloCall *call, const SeloTableQuery *query);
static Behaviour behaviour;

static void
table_get(void *self, SeloCall *call, const SeloTableQuery *query)
{
    behaviour(call, query);
}

static const SeloTableV1 table = { .struct_size = sizeof table,
                                   .get = table_get,
                                   .list = table_get };

static SeloInstance *
make_instance(SeloModel model, uint32_t n_threads, int64_t timeout)
{
    return selo_instance_new(&(SeloInstanceOptions){ .name = "test",
                                                     .plugin = "test",
                                                     .type = selo_interface_find("table"),
                                                     .table = &table,
                                                     .model = model,
                                                     .n_threads = n_threads,
                                                     .call_timeout = timeout });
}

typedef struct {
    int n_done, n_rows;
    SeloStatus status;
    char *text, *value;
    GString *keys;
    gboolean is_done;
} Answer;

static void
clear_answer(Answer *answer)
{
    g_free(answer->text);
    g_free(answer->value);
    if (answer->keys != NULL)
        g_string_free(answer->keys, TRUE);
    *answer = (Answer){ 0 };
}

static void
row_came(void *data, const void *row)
{
    Answer *answer = data;
    const SeloTableEntry *entry = row;

    g_assert_cmpint(answer->n_done, ==, 0);
    answer->n_rows++;
    if (answer->keys == NULL)
        answer->keys = g_string_new(NULL);
    g_string_append(answer->keys, entry->key.s);
}

static void
answered(void *data, SeloStatus status, const char *text, const void *reply)
{
    Answer *answer = data;
    const SeloTableAnswer *table_answer = reply;

    answer->n_done++;
    answer->status = status;
    answer->text = g_strdup(text);
    if (table_answer != NULL && table_answer->values.n > 0)
        answer->value = g_strdup(table_answer->values.v[0].s);
    answer->is_done = TRUE;
}

static SeloCall *root;
static gboolean root_has_returned;

static void
root_returned(void *data, SeloStatus status, const char *text, const void *reply)
{
    root_has_returned = TRUE;
}

static void
set_up(void)
{
    root_has_returned = FALSE;
    root = selo_call_new_root(NULL, "s.1", NULL, root_returned, NULL);
}

static void
tear_down(SeloInstance *instance)
{
    selo_call_return(root, SELO_OK, NULL, NULL);
    selo_call_unref(root);
    selo_test_wait(&root_has_returned);
    selo_instance_free(instance);
}

static SeloCall *
ask(SeloInstance *instance, const char *op, const char *key, Answer *answer)
{
    SeloTableQuery query = { .struct_size = sizeof query, .key = { key, strlen(key) } };

    return selo_invoke_full(root, instance, selo_interface_op(selo_interface_find("table"), op),
                            &query, 0, row_came, answered, answer);
}

/* ---- behaviours ---- */

static SeloCall *held;
static int n_hooks;

static void
echo(SeloCall *call, const SeloTableQuery *query)
{
    SeloStr value = query->key;
    SeloTableAnswer reply = { .struct_size = sizeof reply, .values = { &value, 1 } };

    g_assert_cmpstr(selo_call_id(call), ==, "s.1");
    selo_call_return(call, SELO_OK, "fine", &reply);
}

static void
hold(SeloCall *call, const SeloTableQuery *query)
{
    held = call;
}

static void
count_hook(SeloCall *call, void *data)
{
    g_assert_true(selo_call_stopped(call));
    n_hooks++;
}

static void
return_from_hook(SeloCall *call, void *data)
{
    n_hooks++;
    selo_call_return(call, SELO_CANCELLED, NULL, NULL);
}

static void
hold_with_hook(SeloCall *call, const SeloTableQuery *query)
{
    held = call;
    selo_call_on_stop(call, count_hook, NULL);
}

static void
hold_until_hook(SeloCall *call, const SeloTableQuery *query)
{
    selo_call_on_stop(call, return_from_hook, NULL);
}

/* ---- tests ---- */

static void
test_at_once(gconstpointer data)
{
    SeloInstance *instance = make_instance((SeloModel) GPOINTER_TO_INT(data), 2, 0);
    Answer answer = { 0 };
    SeloInstanceCounts counts;

    set_up();
    behaviour = echo;
    for (int i = 0; i < 100; i++) {
        char key[] = "key";
        SeloCall *call = ask(instance, "get", key, &answer);

        memset(key, 'x', sizeof key - 1); /* the request was copied */
        g_assert_false(answer.is_done);   /* never before the function returns */
        selo_call_unref(call);
        selo_test_wait(&answer.is_done);
        g_assert_cmpint(answer.n_done, ==, 1);
        g_assert_cmpint(answer.status, ==, SELO_OK);
        g_assert_cmpstr(answer.text, ==, "fine");
        if (GPOINTER_TO_INT(data) == SELO_MODEL_POOL)
            g_assert_cmpstr(answer.value, ==, "key");
        clear_answer(&answer);
    }
    selo_instance_counts(instance, &counts);
    g_assert_cmpint(counts.calls, ==, 100);
    g_assert_cmpint(counts.in_flight, ==, 0);
    tear_down(instance);
}

static void
test_refused(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_MAIN_LOOP, 0, 0);
    Answer none = { 0 }, missing = { 0 };

    set_up();
    selo_invoke(root, NULL, "get", NULL, NULL, answered, &none);
    selo_call_unref(ask(instance, "put", "k", &missing)); /* not in its table */
    g_assert_false(none.is_done || missing.is_done);
    selo_test_wait(&none.is_done);
    selo_test_wait(&missing.is_done);
    g_assert_cmpint(none.status, ==, SELO_UNSUPPORTED);
    g_assert_cmpint(missing.status, ==, SELO_UNSUPPORTED);
    g_assert_nonnull(missing.text);
    clear_answer(&none);
    clear_answer(&missing);
    tear_down(instance);
}

/* The requester learns of the time-out at once; what the plugin says later is dropped. */
static void
test_timeout(gconstpointer data)
{
    SeloInstance *instance = make_instance((SeloModel) GPOINTER_TO_INT(data), 1, 20000);
    Answer answer = { 0 };

    set_up();
    behaviour = hold_with_hook;
    n_hooks = 0;
    selo_call_unref(ask(instance, "get", "k", &answer));
    selo_test_wait(&answer.is_done);
    g_assert_cmpint(answer.status, ==, SELO_TIMEOUT);
    g_assert_cmpint(n_hooks, ==, 1);
    g_assert_true(selo_call_stopped(held));
    selo_call_return(held, SELO_OK, NULL, NULL);
    selo_test_run_for(2000);
    g_assert_cmpint(answer.n_done, ==, 1);
    clear_answer(&answer);
    tear_down(instance);
}

static void
test_stop(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_MAIN_LOOP, 0, 0);
    Answer before = { 0 }, during = { 0 }, after = { 0 }, inside = { 0 };
    SeloCall *call;

    set_up();
    n_hooks = 0;
    behaviour = echo; /* the answer is on its way: it is delivered */
    call = ask(instance, "get", "k", &before);
    selo_call_stop(call);
    selo_call_unref(call);
    behaviour = hold_with_hook;
    call = ask(instance, "get", "k", &during);
    selo_call_stop(call);
    selo_call_stop(call);
    selo_call_unref(call);
    behaviour = hold_until_hook;
    call = ask(instance, "get", "k", &inside);
    selo_call_stop(call);
    selo_call_unref(call);
    g_assert_cmpint(n_hooks, ==, 2);
    selo_test_wait(&before.is_done);
    selo_test_wait(&during.is_done);
    selo_test_wait(&inside.is_done);
    g_assert_cmpint(before.status, ==, SELO_OK);
    g_assert_cmpint(during.status, ==, SELO_CANCELLED);
    g_assert_cmpint(inside.status, ==, SELO_CANCELLED);
    selo_call_return(held, SELO_OK, NULL, NULL);
    selo_call_stop(root);
    behaviour = echo;
    selo_call_unref(ask(instance, "get", "k", &after)); /* a stopped parent */
    selo_test_wait(&after.is_done);
    g_assert_cmpint(after.status, ==, SELO_CANCELLED);
    clear_answer(&before);
    clear_answer(&during);
    clear_answer(&after);
    clear_answer(&inside);
    tear_down(instance);
}

static void
test_abandon(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_MAIN_LOOP, 0, 0);
    Answer answer = { 0 };
    SeloCall *child, *call;

    set_up();
    behaviour = hold;
    child = selo_call_new_child(root, "t.1");
    call = selo_invoke_full(child, instance, selo_interface_op(selo_interface_find("table"), "get"),
                            &(SeloTableQuery){ .struct_size = sizeof(SeloTableQuery) }, 0, NULL,
                            answered, &answer);
    g_assert_cmpstr(selo_call_id(call), ==, "t.1");
    selo_call_abandon(child);
    selo_call_return(child, SELO_OK, NULL, NULL);
    selo_call_unref(child);
    selo_call_unref(call);
    selo_test_run_for(2000);
    g_assert_cmpint(answer.n_done, ==, 0);
    selo_call_return(held, SELO_OK, NULL, NULL);
    tear_down(instance);
}

/* A parent that returns takes its children along: they end before it. */
static void
test_parent_returns_last(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_MAIN_LOOP, 0, 0);
    Answer answer = { 0 };
    SeloCall *child;

    set_up();
    behaviour = hold;
    child = selo_call_new_child(root, NULL);
    selo_call_unref(selo_invoke_full(
        child, instance, selo_interface_op(selo_interface_find("table"), "get"),
        &(SeloTableQuery){ .struct_size = sizeof(SeloTableQuery) }, 0, NULL, answered, &answer));
    selo_call_return(root, SELO_OK, NULL, NULL);
    selo_call_unref(root);
    selo_test_wait(&root_has_returned);
    g_assert_cmpint(answer.n_done, ==, 1);
    g_assert_cmpint(answer.status, ==, SELO_CANCELLED);
    selo_call_return(child, SELO_OK, NULL, NULL);
    selo_call_unref(child);
    selo_call_return(held, SELO_OK, NULL, NULL);
    selo_test_run_for(1000);
    selo_instance_free(instance);
}

static void
returns_twice(SeloCall *call, const SeloTableQuery *query)
{
    selo_call_ref(call);
    selo_call_return(call, SELO_OK, NULL, NULL);
    selo_call_return(call, SELO_DENIED, NULL, NULL);
    selo_call_unref(call);
}

static void
test_double_return(void)
{
    if (g_test_subprocess()) {
        SeloInstance *instance = make_instance(SELO_MODEL_MAIN_LOOP, 0, 0);
        Answer answer = { 0 };

        set_up();
        behaviour = returns_twice;
        selo_call_unref(ask(instance, "get", "k", &answer));
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*returned twice*");
}

enum { N_ROWS = 1000 };
static int n_emitted, n_refused;

static gboolean
emit_some(SeloCall *call)
{
    while (n_emitted < N_ROWS) {
        SeloTableEntry entry = { .struct_size = sizeof entry, .key = { "k", 1 } };

        n_emitted++;
        if (!selo_call_emit(call, &entry)) {
            n_refused++;
            return FALSE;
        }
    }
    return TRUE;
}

static void
go_on(SeloCall *call, void *data)
{
    if (emit_some(call))
        selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
emit_many(SeloCall *call, const SeloTableQuery *query)
{
    selo_call_on_ready(call, go_on, NULL);
    if (emit_some(call) || !selo_loop_is_current(selo_loop_get()))
        selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
test_rows(gconstpointer data)
{
    gboolean is_pool = GPOINTER_TO_INT(data) == SELO_MODEL_POOL;
    SeloInstance *instance = make_instance((SeloModel) GPOINTER_TO_INT(data), 1, 0);
    Answer answer = { 0 };
    SeloCall *call;

    set_up();
    behaviour = emit_many;
    n_emitted = n_refused = 0;
    call = ask(instance, "list", "k", &answer);
    selo_call_pause_rows(call);
    selo_test_run_for(20000);
    g_assert_cmpint(answer.n_rows, ==, 0);
    g_assert_cmpint(n_emitted, ==, 65);
    selo_call_resume_rows(call);
    selo_call_unref(call);
    selo_test_wait(&answer.is_done);
    g_assert_cmpint(answer.n_rows, ==, N_ROWS);
    g_assert_cmpint(answer.keys->len, ==, N_ROWS);
    if (is_pool)
        g_assert_cmpint(n_refused, ==, 0);
    else
        g_assert_cmpint(n_refused, >, 10);
    clear_answer(&answer);
    tear_down(instance);
}

/* A thread that waits for room is let go by a stop. */
static void
test_rows_stopped(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_POOL, 1, 0);
    Answer answer = { 0 };
    SeloCall *call;

    set_up();
    behaviour = emit_many;
    n_emitted = n_refused = 0;
    call = ask(instance, "list", "k", &answer);
    selo_call_pause_rows(call);
    selo_test_run_for(10000);
    selo_call_stop(call);
    selo_call_unref(call);
    selo_test_wait(&answer.is_done);
    g_assert_cmpint(answer.status, ==, SELO_CANCELLED);
    g_assert_cmpint(answer.n_rows, ==, 0);
    clear_answer(&answer);
    tear_down(instance);
    g_assert_cmpint(n_refused, ==, 1);
}

static GMutex gate;

static void
pass_gate(SeloCall *call, const SeloTableQuery *query)
{
    g_mutex_lock(&gate);
    g_mutex_unlock(&gate);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
test_queue_full(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_SINGLE, 8, 0);
    Answer answers[12] = { 0 };
    int n_ok = 0, n_temporary = 0;

    set_up();
    behaviour = pass_gate;
    g_mutex_lock(&gate);
    for (int i = 0; i < 12; i++)
        selo_call_unref(ask(instance, "get", "k", &answers[i]));
    selo_test_wait(&answers[11].is_done);
    g_mutex_unlock(&gate);
    for (int i = 0; i < 12; i++) {
        selo_test_wait(&answers[i].is_done);
        n_ok += answers[i].status == SELO_OK;
        n_temporary += answers[i].status == SELO_TEMPORARY;
        clear_answer(&answers[i]);
    }
    g_assert_cmpint(n_ok + n_temporary, ==, 12);
    g_assert_cmpint(n_ok, >=, 4);
    g_assert_cmpint(n_ok, <=, 5);
    tear_down(instance);
}

static void
test_breaker(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_MAIN_LOOP, 0, 2000);
    Answer answer = { 0 };

    set_up();
    for (int i = 0; i < 5; i++) {
        g_assert_true(selo_instance_can(instance, "get"));
        behaviour = hold;
        selo_call_unref(ask(instance, "get", "k", &answer));
        selo_test_wait(&answer.is_done);
        g_assert_cmpint(answer.status, ==, SELO_TIMEOUT);
        clear_answer(&answer);
        selo_call_return(held, SELO_OK, NULL, NULL);
    }
    behaviour = echo;
    g_assert_false(selo_instance_can(instance, "get"));
    selo_call_unref(ask(instance, "get", "k", &answer));
    selo_test_wait(&answer.is_done);
    g_assert_cmpint(answer.status, ==, SELO_TEMPORARY);
    clear_answer(&answer);
    selo_test_run_for(110000);
    selo_call_unref(ask(instance, "get", "k", &answer)); /* probes */
    selo_test_wait(&answer.is_done);
    g_assert_cmpint(answer.status, ==, SELO_OK);
    g_assert_true(selo_instance_can(instance, "get"));
    clear_answer(&answer);
    tear_down(instance);
}

static SeloInstance *inner;

static void
ask_inner(SeloCall *call, const SeloTableQuery *query)
{
    const void *reply = NULL;
    SeloStatus status;

    if (g_strcmp0(query->key.s, "inner") == 0) {
        echo(call, query);
        return;
    }
    status = selo_invoke_wait(
        call, inner, "get",
        &(SeloTableQuery){ .struct_size = sizeof *query, .key = SELO_STR("inner") }, NULL, NULL,
        &reply);
    selo_call_return(call, status, NULL, reply);
}

static void
test_invoke_wait(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_POOL, 2, 0);
    Answer answer = { 0 };

    set_up();
    inner = make_instance(SELO_MODEL_MAIN_LOOP, 0, 0);
    behaviour = ask_inner;
    selo_call_unref(ask(instance, "get", "outer", &answer));
    selo_test_wait(&answer.is_done);
    g_assert_cmpint(answer.status, ==, SELO_OK);
    g_assert_cmpstr(answer.value, ==, "inner");
    clear_answer(&answer);
    selo_call_unref(ask(instance, "get", "outer",
                        &answer)); /* the instance goes while its thread waits for the loop */
    selo_instance_free(instance);
    selo_test_wait(&answer.is_done);
    clear_answer(&answer);
    tear_down(inner);
}

/* Threads that answer at once, late, in rows or only when stopped, and a requester that stops some. */
static void
behave_at_random(SeloCall *call, const SeloTableQuery *query)
{
    SeloTableEntry entry = { .struct_size = sizeof entry, .key = query->key };

    switch (query->limit % 5) {
    case 0:
        break;
    case 1:
        g_usleep(query->limit % 300);
        break;
    case 2:
        for (uint32_t i = 0; i < query->limit % 200 && selo_call_emit(call, &entry); i++)
            ;
        break;
    case 3:
        while (!selo_call_stopped(call))
            g_usleep(50);
        break;
    default:
        selo_call_on_stop(call, return_from_hook, NULL);
        return;
    }
    selo_call_return(call, SELO_OK, "done", NULL);
}

static int n_left;

static void
one_answered(void *data, SeloStatus status, const char *text, const void *reply)
{
    answered(data, status, text, reply);
    n_left--;
}

static gboolean
none_is_left(void *data)
{
    return n_left == 0;
}

static void
test_storm(void)
{
    enum { N = 3000 };
    SeloInstance *instance = make_instance(SELO_MODEL_POOL, 4, 20000);
    const SeloOpType *op = selo_interface_op(selo_interface_find("table"), "list");
    g_autofree Answer *answers = g_new0(Answer, N);
    g_autofree SeloCall **calls = g_new0(SeloCall *, N);

    set_up();
    behaviour = behave_at_random;
    for (int i = 0; i < N; i++) {
        SeloTableQuery query = { .struct_size = sizeof query,
                                 .limit = (uint32_t) g_test_rand_int_range(0, 1000),
                                 .key = SELO_STR("key") };

        n_left++;
        calls[i] =
            selo_invoke_full(root, instance, op, &query, 0, row_came, one_answered, &answers[i]);
        if (g_test_rand_int_range(0, 3) == 0)
            selo_call_stop(calls[g_test_rand_int_range(0, i + 1)]);
        if (i % 8 == 0)
            g_main_context_iteration(selo_context(), FALSE);
    }
    selo_test_run_until(none_is_left, NULL);
    for (int i = 0; i < N; i++) {
        g_assert_cmpint(answers[i].n_done, ==, 1);
        clear_answer(&answers[i]);
        selo_call_unref(calls[i]);
    }
    tear_down(instance);
}

static void
test_alloc(void)
{
    SeloInstance *instance = make_instance(SELO_MODEL_MAIN_LOOP, 0, 0);

    set_up();
    for (size_t size = 0; size < 5000; size += 37) {
        char *memory = selo_call_alloc(root, size);

        for (size_t i = 0; i < size; i++)
            g_assert_cmpint(memory[i], ==, 0);
        memset(memory, 0xff, size);
    }
    tear_down(instance);
}

static void
test_cost(void)
{
    enum { N = 200000 };
    SeloInstance *instance = make_instance(SELO_MODEL_MAIN_LOOP, 0, 30 * G_USEC_PER_SEC);
    Answer answer = { 0 };
    int64_t begun;

    if (!g_test_perf()) {
        g_test_skip("run with -m perf");
        selo_instance_free(instance);
        return;
    }
    set_up();
    behaviour = echo;
    begun = g_get_monotonic_time();
    for (int i = 0; i < N; i++) {
        selo_call_unref(ask(instance, "get", "k", &answer));
        if (i % 100 == 99)
            g_main_context_iteration(selo_context(), FALSE);
    }
    g_test_message("%.3f usec a call", (double) (g_get_monotonic_time() - begun) / N);
    tear_down(instance);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_data_func("/api/call/at-once/loop", GINT_TO_POINTER(SELO_MODEL_MAIN_LOOP),
                         test_at_once);
    g_test_add_data_func("/api/call/at-once/pool", GINT_TO_POINTER(SELO_MODEL_POOL), test_at_once);
    g_test_add_func("/api/call/refused", test_refused);
    g_test_add_data_func("/api/call/timeout/loop", GINT_TO_POINTER(SELO_MODEL_MAIN_LOOP),
                         test_timeout);
    g_test_add_data_func("/api/call/timeout/pool", GINT_TO_POINTER(SELO_MODEL_POOL), test_timeout);
    g_test_add_func("/api/call/stop", test_stop);
    g_test_add_func("/api/call/abandon", test_abandon);
    g_test_add_func("/api/call/parent-returns-last", test_parent_returns_last);
    g_test_add_func("/api/call/double-return", test_double_return);
    g_test_add_data_func("/api/call/rows/loop", GINT_TO_POINTER(SELO_MODEL_MAIN_LOOP), test_rows);
    g_test_add_data_func("/api/call/rows/pool", GINT_TO_POINTER(SELO_MODEL_POOL), test_rows);
    g_test_add_func("/api/call/rows/stopped", test_rows_stopped);
    g_test_add_func("/api/call/queue-full", test_queue_full);
    g_test_add_func("/api/call/breaker", test_breaker);
    g_test_add_func("/api/call/invoke-wait", test_invoke_wait);
    g_test_add_func("/api/call/storm", test_storm);
    g_test_add_func("/api/call/alloc", test_alloc);
    g_test_add_func("/api/call/cost", test_cost);
    return g_test_run();
}
