/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-pool.h: the threads of one instance and the bounded queue before them.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

typedef struct SeloPool SeloPool;
typedef struct SeloPoolItem SeloPoolItem; /* embedded in what it works on */
struct SeloPoolItem {
    SeloPoolItem *next;
};
typedef void (*SeloPoolFunc)(SeloPoolItem *item);

/* Threads are started when there is work for them. @name: as debuggers show it. */
SeloPool *selo_pool_new(const char *name, uint32_t n_threads, uint32_t max_waiting,
                        SeloPoolFunc run);
/* FALSE: as many wait as may. */
gboolean selo_pool_push(SeloPool *pool, SeloPoolItem *item);
/* Runs what waits, then waits for the threads to end. */
void selo_pool_free(SeloPool *pool);
