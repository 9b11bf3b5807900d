/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-loop.c: one GSource that holds an epoll descriptor, the timer wheel, the deferred queue and
 * what other threads have posted. GLib polls two descriptors, whatever the number of connections:
 * one source a socket would make each poll cost as much as there are idle sessions.
 *
 * A turn is: timers that are due, descriptors that are ready, then deferred work until there is
 * none. The source allows recursion: for one that does not, GLib takes the descriptor out around
 * every dispatch and wakes itself up over it, three more system calls a turn.
 */
#include "config.h"

#include "api/lib/selo-loop.h"

#include <errno.h>
#include <selo/plugin.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <glib-unix.h>

#include "api/lib/selo-wheel.h"

#define EVENTS_A_TURN 256
/* Deferred work may defer more; after so many items the descriptors get their turn. */
#define DEFERRED_A_TURN 10000

typedef struct {
    SeloDeferred *head, **tail;
} Queue;

struct SeloWatch {
    SeloLoop *loop;
    SeloWatchFunc ready; /* NULL once it is removed */
    void *data;
    SeloWatch *next_removed;
    int fd;
};

struct SeloLoop {
    GSource source; /* first: GLib allocates it */
    GMainContext *context;
    GMainLoop *main_loop;
    void *epoll_tag;
    int epoll_fd, wake_fd;
    SeloWatch *wake_watch;
    SeloWatch *removed; /* freed when no dispatch can have them in its list of events any more */
    uint32_t depth;     /* dispatches inside one another */
    Queue deferred, next_turn, this_turn;
    _Atomic(SeloDeferred *) posted; /* newest first */
    int64_t now;
    SeloWheel wheel;
};

static SeloLoop *the_loop;
static _Thread_local gboolean is_loop_thread;

/* ---- deferred and posted work ---- */

static void
push(Queue *queue, SeloDeferred *item, void (*run)(void *data), void *data)
{
    if (item->is_queued)
        return;
    *item = (SeloDeferred){ .run = run, .data = data, .is_queued = TRUE };
    *queue->tail = item;
    queue->tail = &item->next;
}

static SeloDeferred *
pop(Queue *queue)
{
    SeloDeferred *item = queue->head;

    if (item == NULL)
        return NULL;
    queue->head = item->next;
    if (queue->head == NULL)
        queue->tail = &queue->head;
    item->next = NULL;
    item->is_queued = FALSE;
    return item;
}

static gboolean
take_out(Queue *queue, SeloDeferred *item)
{
    for (SeloDeferred **link = &queue->head; *link != NULL; link = &(*link)->next) {
        if (*link != item)
            continue;
        *link = item->next;
        if (queue->tail == &item->next)
            queue->tail = link;
        item->next = NULL;
        item->is_queued = FALSE;
        return TRUE;
    }
    return FALSE;
}

void
selo_loop_defer(SeloLoop *loop, SeloDeferred *item, void (*run)(void *data), void *data)
{
    push(&loop->deferred, item, run,
         data); /* outside of a turn too: GLib asks prepare before it polls */
}

void
selo_loop_defer_turn(SeloLoop *loop, SeloDeferred *item, void (*run)(void *data), void *data)
{
    push(&loop->next_turn, item, run, data);
}

void
selo_loop_undefer(SeloLoop *loop, SeloDeferred *item)
{
    if (item->is_queued && !take_out(&loop->deferred, item) && !take_out(&loop->next_turn, item))
        take_out(&loop->this_turn, item);
}

void
selo_loop_post(SeloLoop *loop, SeloDeferred *item, void (*run)(void *data), void *data)
{
    SeloDeferred *newest = atomic_load_explicit(&loop->posted, memory_order_relaxed);
    const uint64_t one = 1;

    *item = (SeloDeferred){ .run = run, .data = data, .is_queued = TRUE };
    do
        item->next = newest;
    while (!atomic_compare_exchange_weak_explicit(&loop->posted, &newest, item,
                                                  memory_order_release, memory_order_relaxed));
    /* Whoever found the queue empty wakes the loop for all that follow. The descriptor is
     * registered edge-triggered and so never read; its counter cannot fill up in this life. */
    if (newest == NULL && write(loop->wake_fd, &one, sizeof one) < 0)
        g_error("the loop cannot be woken: %s", g_strerror(errno));
}

static void
run_posted(SeloLoop *loop)
{
    SeloDeferred *newest = atomic_exchange_explicit(&loop->posted, NULL, memory_order_acquire),
                 *oldest = NULL;

    while (newest != NULL) {
        SeloDeferred *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        SeloDeferred *item = oldest;

        oldest = item->next;
        item->next = NULL;
        item->is_queued = FALSE;
        item->run(item->data); /* it may free the item */
    }
}

static void
run_deferred(SeloLoop *loop)
{
    SeloDeferred *item;

    for (int n = 0; n < DEFERRED_A_TURN && (item = pop(&loop->deferred)) != NULL; n++)
        item->run(item->data);
}

/* Runs what earlier turns left for this one, and nothing that is added meanwhile. */
static void
run_this_turn(SeloLoop *loop)
{
    SeloDeferred *item;

    if (loop->next_turn.head != NULL) {
        *loop->this_turn.tail = loop->next_turn.head; /* empty, but for a turn inside a turn */
        loop->this_turn.tail = loop->next_turn.tail;
        loop->next_turn = (Queue){ NULL, &loop->next_turn.head };
    }
    while ((item = pop(&loop->this_turn)) != NULL)
        item->run(item->data);
}

/* ---- descriptors ---- */

static void
woken(void *data, uint32_t events)
{
    run_posted(data);
}

SeloWatch *
selo_loop_watch(SeloLoop *loop, int fd, uint32_t events, SeloWatchFunc ready, void *data)
{
    SeloWatch *watch = g_new(SeloWatch, 1);
    struct epoll_event event = { .events = events, .data.ptr = watch };

    *watch = (SeloWatch){ .loop = loop, .ready = ready, .data = data, .fd = fd };
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        g_error("descriptor %d cannot be watched: %s", fd, g_strerror(errno));
    return watch;
}

void
selo_watch_modify(SeloWatch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    if (epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
        g_critical("descriptor %d is not watched: %s", watch->fd, g_strerror(errno));
}

void
selo_watch_forget(SeloWatch *watch)
{
    SeloLoop *loop;

    if (watch == NULL)
        return;
    loop = watch->loop;
    watch->ready = NULL;
    if (loop->depth == 0) {
        g_free(watch);
        return;
    }
    watch->next_removed = loop->removed;
    loop->removed = watch;
}

void
selo_watch_remove(SeloWatch *watch)
{
    if (watch != NULL)
        epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    selo_watch_forget(watch);
}

static void
free_removed(SeloLoop *loop)
{
    while (loop->removed != NULL) {
        SeloWatch *watch = loop->removed;

        loop->removed = watch->next_removed;
        g_free(watch);
    }
}

static void
serve_descriptors(SeloLoop *loop)
{
    struct epoll_event events[EVENTS_A_TURN];
    int n = epoll_wait(loop->epoll_fd, events, EVENTS_A_TURN, 0);

    for (int i = 0; i < n; i++) {
        SeloWatch *watch = events[i].data.ptr;

        if (watch->ready != NULL)
            watch->ready(watch->data, events[i].events);
    }
}

/* ---- the source ---- */

static gboolean
has_work(SeloLoop *loop)
{
    return loop->deferred.head != NULL || loop->next_turn.head != NULL ||
           loop->this_turn.head != NULL;
}

static gboolean
source_prepare(GSource *source, int *out_timeout_ms)
{
    SeloLoop *loop = (SeloLoop *) source;
    int64_t next, left;

    *out_timeout_ms = 0;
    if (has_work(loop))
        return FALSE; /* poll first, without waiting: work left over must not starve descriptors */
    next = selo_wheel_next(&loop->wheel);
    if (next == -1) {
        *out_timeout_ms = -1;
        return FALSE;
    }
    left = next - g_get_monotonic_time();
    *out_timeout_ms = left <= 0 ? 0 : (int) MIN((left + 999) / 1000, G_MAXINT);
    return FALSE;
}

static gboolean
source_check(GSource *source)
{
    SeloLoop *loop = (SeloLoop *) source;
    int64_t next;

    if (g_source_query_unix_fd(source, loop->epoll_tag) != 0 || has_work(loop))
        return TRUE;
    next = selo_wheel_next(&loop->wheel);
    return next != -1 && next <= g_get_monotonic_time();
}

static gboolean
source_dispatch(GSource *source, GSourceFunc callback, void *data)
{
    SeloLoop *loop = (SeloLoop *) source;

    loop->depth++;
    loop->now = g_get_monotonic_time();
    selo_wheel_advance(&loop->wheel, loop->now);
    if (g_source_query_unix_fd(source, loop->epoll_tag) != 0)
        serve_descriptors(loop);
    run_this_turn(loop);
    run_deferred(loop);
    loop->depth--;
    if (loop->depth == 0)
        free_removed(loop);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .prepare = source_prepare,
                                     .check = source_check,
                                     .dispatch = source_dispatch };

static SeloLoop *
make_loop(void)
{
    SeloLoop *loop = (SeloLoop *) g_source_new(&source_funcs, sizeof *loop);

    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->wake_fd < 0)
        g_error("no descriptor is left for the loop: %s", g_strerror(errno));
    loop->context = g_main_context_ref(g_main_context_default());
    loop->main_loop = g_main_loop_new(loop->context, FALSE);
    loop->deferred.tail = &loop->deferred.head;
    loop->next_turn.tail = &loop->next_turn.head;
    loop->this_turn.tail = &loop->this_turn.head;
    loop->now = g_get_monotonic_time();
    selo_wheel_init(&loop->wheel, loop->now);
    is_loop_thread = TRUE;

    g_source_set_static_name(&loop->source, "selo-loop");
    g_source_set_can_recurse(&loop->source, TRUE);
    loop->epoll_tag = g_source_add_unix_fd(&loop->source, loop->epoll_fd, G_IO_IN);
    g_source_attach(&loop->source, loop->context);
    loop->wake_watch = selo_loop_watch(loop, loop->wake_fd, EPOLLIN | EPOLLET, woken, loop);
    return loop;
}

SeloLoop *
selo_loop_get(void)
{
    if (the_loop == NULL)
        the_loop = make_loop();
    return the_loop;
}

GMainContext *
selo_loop_context(SeloLoop *loop)
{
    return loop->context;
}

GMainContext *
selo_context(void)
{
    return selo_loop_get()->context;
}

gboolean
selo_loop_is_current(SeloLoop *loop)
{
    return is_loop_thread;
}

void
selo_loop_run(SeloLoop *loop)
{
    g_main_loop_run(loop->main_loop);
}

void
selo_loop_quit(SeloLoop *loop)
{
    g_main_loop_quit(loop->main_loop);
}

int64_t
selo_loop_now(SeloLoop *loop)
{
    return loop->depth > 0 ? loop->now : g_get_monotonic_time();
}

void
selo_timer_arm(SeloLoop *loop, SeloTimer *timer, int64_t delay_usec, void (*fired)(void *data),
               void *data)
{
    selo_timer_disarm(timer);
    timer->due = selo_loop_now(loop) + MAX(delay_usec, 0);
    timer->fired = fired;
    timer->data = data;
    selo_wheel_insert(&loop->wheel, timer);
}
