/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-loop.h: the one event loop of a role. A GMainContext with one recursive GSource that holds
 * an epoll descriptor, a timer wheel and a queue of deferred work (docs/design.md, "Loop").
 * Descriptors are registered here, never as GLib sources one by one.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

typedef struct SeloLoop SeloLoop;
typedef struct SeloWatch SeloWatch; /* one descriptor */

/* The loop of this process: made at first use on the main thread; selo_context() is its context. */
SeloLoop *selo_loop_get(void);
/* GLib's default context, so that GIO's asynchronous functions end here. */
GMainContext *selo_loop_context(SeloLoop *loop);
/* Runs until selo_loop_quit(). */
void selo_loop_run(SeloLoop *loop);
void selo_loop_quit(SeloLoop *loop);

/* @events: EPOLLIN, EPOLLOUT, EPOLLET ...; @ready gets what epoll said. The watch never owns @fd. A
 * watch removed during a dispatch is not called again. */
typedef void (*SeloWatchFunc)(void *data, uint32_t events);
SeloWatch *selo_loop_watch(SeloLoop *loop, int fd, uint32_t events, SeloWatchFunc ready,
                           void *data);
void selo_watch_modify(SeloWatch *watch, uint32_t events);
void selo_watch_remove(SeloWatch *watch);
/* The same, when the descriptor is closed right after: epoll lets go of it by itself then. */
void selo_watch_forget(SeloWatch *watch);

/* Embedded in its owner; zero-initialised is disarmed. Resolution 1/8 s for delays over 1 s, 1
 * ms below. */
typedef struct SeloTimer SeloTimer;
struct SeloTimer {
    SeloTimer *next, **link; /* in a slot of the wheel */
    int64_t due;             /* monotonic microseconds */
    void (*fired)(void *data);
    void *data;
};
void selo_timer_arm(SeloLoop *loop, SeloTimer *timer, int64_t delay_usec, void (*fired)(void *data),
                    void *data);
void selo_timer_disarm(SeloTimer *timer);

/* On the loop's thread: runs before the loop polls again, after the current dispatch. No
 * allocation: the item is embedded in its owner. */
typedef struct SeloDeferred SeloDeferred;
struct SeloDeferred {
    SeloDeferred *next;
    void (*run)(void *data);
    void *data;
    gboolean is_queued;
};
void selo_loop_defer(SeloLoop *loop, SeloDeferred *item, void (*run)(void *data), void *data);
void selo_loop_undefer(SeloLoop *loop, SeloDeferred *item);
/* The same, but only after the loop has polled once more and served the others: for whoever has
 * used up his share of this turn. selo_loop_undefer() takes it back too. */
void selo_loop_defer_turn(SeloLoop *loop, SeloDeferred *item, void (*run)(void *data), void *data);
/* From any thread: the same, on the loop's thread. @item must stay until it has run. One write
 * to the wake-up descriptor serves many posts. */
void selo_loop_post(SeloLoop *loop, SeloDeferred *item, void (*run)(void *data), void *data);
/* Is the caller on the loop's thread? */
gboolean selo_loop_is_current(SeloLoop *loop);
/* Monotonic time, read once a turn. */
int64_t selo_loop_now(SeloLoop *loop);
