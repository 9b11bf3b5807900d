/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-loop.c: timers, deferred and posted work, watches that go away while they are served.
 */
#include "config.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/lib/selo-loop.h"
#include "api/lib/selo-wheel.h"

#include "tests/lib/selo-test.h"

/* ---- the wheel, with a clock of our own ---- */

typedef struct {
    SeloTimer timer;
    int64_t *now, fired_at;
    SeloTimer *also_disarm;
} Alarm;

static void
alarm_fired(void *data)
{
    Alarm *alarm = data;

    alarm->fired_at = *alarm->now;
    if (alarm->also_disarm != NULL)
        selo_timer_disarm(alarm->also_disarm);
}

static void
set_alarm(SeloWheel *wheel, Alarm *alarm, int64_t *now, int64_t delay)
{
    alarm->now = now;
    alarm->timer.due = *now + delay;
    alarm->timer.fired = alarm_fired;
    alarm->timer.data = alarm;
    selo_wheel_insert(wheel, &alarm->timer);
}

static void
test_wheel(void)
{
    static const int64_t delays[] = { 0,
                                      999,
                                      1000,
                                      500000,
                                      999999,
                                      1000000,
                                      5000000,
                                      63999999,
                                      64000000,
                                      64000001,
                                      127999999,
                                      1800000000,
                                      INT64_C(86400000000),
                                      INT64_C(864000000000) };
    const int64_t start = INT64_C(123456789012);

    for (size_t i = 0; i < G_N_ELEMENTS(delays); i++) {
        g_autofree SeloWheel *wheel = g_new(SeloWheel, 1);
        Alarm alarm = { 0 };
        int64_t now = start, slack = delays[i] < G_USEC_PER_SEC ? 1001 : G_USEC_PER_SEC / 8 + 1;
        int n_turns = 0;

        selo_wheel_init(wheel, now);
        set_alarm(wheel, &alarm, &now, delays[i]);
        while (alarm.fired_at == 0) {
            int64_t next = selo_wheel_next(wheel);

            g_assert_cmpint(next, >, now);
            now = next;
            selo_wheel_advance(wheel, now);
            n_turns++;
        }
        g_assert_cmpint(alarm.fired_at, >=, start + delays[i]);
        g_assert_cmpint(alarm.fired_at, <=, start + delays[i] + slack);
        g_assert_cmpint(n_turns, <=, 3 + (int) (delays[i] / INT64_C(60000000000)));
        g_assert_cmpint(selo_wheel_next(wheel), ==, -1);
    }
}

static void
test_wheel_random(void)
{
    enum { N = 2000 };
    g_autofree SeloWheel *wheel = g_new(SeloWheel, 1);
    g_autofree Alarm *alarms = g_new0(Alarm, N);
    int64_t now = 1, start = now;
    g_autofree int64_t *delays = g_new(int64_t, N);

    selo_wheel_init(wheel, now);
    for (int i = 0; i < N; i++) {
        delays[i] = (int64_t) g_test_rand_int_range(0, 1 << 20) << g_test_rand_int_range(0, 12);
        set_alarm(wheel, &alarms[i], &now, delays[i]);
    }
    for (int i = 0; i < N; i += 3)
        selo_timer_disarm(&alarms[i].timer);
    for (int64_t next; (next = selo_wheel_next(wheel)) != -1;) {
        now = MAX(now, next) + g_test_rand_int_range(0, 5000);
        selo_wheel_advance(wheel, now);
    }
    for (int i = 0; i < N; i++) {
        if (i % 3 == 0)
            g_assert_cmpint(alarms[i].fired_at, ==, 0);
        else
            g_assert_cmpint(alarms[i].fired_at, >=, start + delays[i]);
    }
}

static void
test_wheel_disarm_while_firing(void)
{
    g_autofree SeloWheel *wheel = g_new(SeloWheel, 1);
    Alarm a = { 0 }, b = { 0 };
    int64_t now = 5000000;

    selo_wheel_init(wheel, now);
    set_alarm(wheel, &a, &now, 2000);
    set_alarm(wheel, &b, &now, 2000);
    a.also_disarm = &b.timer;
    b.also_disarm = &a.timer;
    now += 10000;
    selo_wheel_advance(wheel, now);
    g_assert_true((a.fired_at == 0) != (b.fired_at == 0));
}

/* ---- the loop ---- */

static gboolean has_fired;

static void
set_flag(void *data)
{
    *(gboolean *) data = TRUE;
}

static void
test_timer(void)
{
    SeloLoop *loop = selo_loop_get();
    SeloTimer timer = { 0 };
    int64_t start = g_get_monotonic_time();

    has_fired = FALSE;
    selo_timer_arm(loop, &timer, 20000, set_flag, &has_fired);
    selo_test_wait(&has_fired);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 20000);

    has_fired = FALSE;
    selo_timer_arm(loop, &timer, 5000, set_flag, &has_fired);
    selo_timer_disarm(&timer);
    selo_timer_disarm(&timer);
    selo_test_run_for(20000);
    g_assert_false(has_fired);
}

static GString *order;
typedef struct {
    SeloDeferred item;
    char letter;
    void *then;
} Note;

static void
note_down(void *data)
{
    Note *note = data;

    g_string_append_c(order, note->letter);
    if (note->then != NULL)
        selo_loop_defer(selo_loop_get(), &((Note *) note->then)->item, note_down, note->then);
}

static gboolean
is_order_long(void *data)
{
    return order->len >= GPOINTER_TO_SIZE(data);
}

static void
test_defer(void)
{
    SeloLoop *loop = selo_loop_get();
    Note c = { .letter = 'c' }, a = { .letter = 'a', .then = &c }, b = { .letter = 'b' };
    Note d = { .letter = 'd' }, e = { .letter = 'e' };

    order = g_string_new(NULL);
    selo_loop_defer_turn(loop, &d.item, note_down, &d);
    selo_loop_defer(loop, &a.item, note_down, &a);
    selo_loop_defer(loop, &e.item, note_down, &e);
    selo_loop_defer(loop, &b.item, note_down, &b);
    selo_loop_defer(loop, &b.item, note_down, &b); /* queued once */
    selo_loop_undefer(loop, &e.item);
    selo_loop_undefer(loop, &e.item);
    g_assert_cmpstr(order->str, ==, "");
    selo_test_run_until(is_order_long, GSIZE_TO_POINTER(4));
    selo_test_run_for(1000);
    g_assert_cmpstr(order->str, ==, "dabc");
    g_string_free(g_steal_pointer(&order), TRUE);
}

enum { N_THREADS = 4, N_POSTS = 20000 };
typedef struct {
    SeloDeferred item;
    int thread, number;
} Post;
static Post posts[N_THREADS][N_POSTS];
static int last_number[N_THREADS], n_posts_run;

static void
post_arrived(void *data)
{
    Post *post = data;

    g_assert_true(selo_loop_is_current(selo_loop_get()));
    g_assert_cmpint(post->number, ==,
                    last_number[post->thread]++); /* in order, none lost, none twice */
    n_posts_run++;
}

static void *
post_many(void *data)
{
    int thread = GPOINTER_TO_INT(data);

    g_assert_false(selo_loop_is_current(selo_loop_get()));
    for (int i = 0; i < N_POSTS; i++) {
        posts[thread][i].thread = thread;
        posts[thread][i].number = i;
        selo_loop_post(selo_loop_get(), &posts[thread][i].item, post_arrived, &posts[thread][i]);
    }
    return NULL;
}

static gboolean
all_posts_have_run(void *data)
{
    return n_posts_run == N_THREADS * N_POSTS;
}

static void
test_post(void)
{
    GThread *threads[N_THREADS];

    selo_loop_get();
    for (int i = 0; i < N_THREADS; i++)
        threads[i] = g_thread_new("poster", post_many, GINT_TO_POINTER(i));
    selo_test_run_until(all_posts_have_run, NULL);
    for (int i = 0; i < N_THREADS; i++)
        g_thread_join(threads[i]);
}

typedef struct Pair Pair;
struct Pair {
    int fds[2];
    SeloWatch *watch;
    Pair *other;
    int n_calls;
};

static void
removes_the_other(void *data, uint32_t events)
{
    Pair *pair = data;

    pair->n_calls++;
    selo_watch_remove(g_steal_pointer(&pair->other->watch));
    selo_watch_remove(g_steal_pointer(&pair->watch));
    pair->other->other = pair;
}

static void
test_watch_removed_while_served(void)
{
    Pair a = { .other = NULL }, b = { .other = &a };

    a.other = &b;
    for (Pair *pair = &a; pair != NULL; pair = pair == &a ? &b : NULL) {
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair->fds), ==, 0);
        pair->watch =
            selo_loop_watch(selo_loop_get(), pair->fds[0], EPOLLIN, removes_the_other, pair);
        g_assert_cmpint(write(pair->fds[1], "x", 1), ==, 1);
    }
    selo_test_run_for(10000);
    g_assert_cmpint(a.n_calls + b.n_calls, ==, 1);
    for (int i = 0; i < 2; i++) {
        close(a.fds[i]);
        close(b.fds[i]);
    }
}

/* A turn inside a turn serves others and frees nothing that the outer one still has in its list. */
static void
runs_the_loop(void *data, uint32_t events)
{
    Pair *pair = data;
    char octet;

    g_assert_cmpint(read(pair->fds[0], &octet, 1), ==, 1);
    pair->n_calls++;
    selo_watch_remove(g_steal_pointer(&pair->watch));
    selo_test_run_for(5000);
}

static void
test_recursion(void)
{
    Pair a = { .other = NULL }, b = { .other = &a };

    for (Pair *pair = &a; pair != NULL; pair = pair == &a ? &b : NULL) {
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair->fds), ==, 0);
        pair->watch = selo_loop_watch(selo_loop_get(), pair->fds[0], EPOLLIN, runs_the_loop, pair);
        g_assert_cmpint(write(pair->fds[1], "x", 1), ==, 1);
    }
    selo_test_run_for(30000);
    g_assert_cmpint(a.n_calls, ==, 1);
    g_assert_cmpint(b.n_calls, ==, 1);
    for (int i = 0; i < 2; i++) {
        close(a.fds[i]);
        close(b.fds[i]);
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/api/wheel/delays", test_wheel);
    g_test_add_func("/api/wheel/random", test_wheel_random);
    g_test_add_func("/api/wheel/disarm-while-firing", test_wheel_disarm_while_firing);
    g_test_add_func("/api/loop/timer", test_timer);
    g_test_add_func("/api/loop/defer", test_defer);
    g_test_add_func("/api/loop/post", test_post);
    g_test_add_func("/api/loop/watch-removed-while-served", test_watch_removed_while_served);
    g_test_add_func("/api/loop/recursion", test_recursion);
    return g_test_run();
}
