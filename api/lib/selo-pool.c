/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-pool.c: threads of one instance. GThreadPool lost: a shared one lets a slow server behind
 * one plugin stall the others, an exclusive one starts all its threads at once, and both allocate
 * per item.
 */
#include "config.h"

#include "api/lib/selo-pool.h"

struct SeloPool {
    GMutex lock;
    GCond work; /* there is an item, or the end has come */
    SeloPoolItem *head, **tail;
    SeloPoolFunc run;
    char *name;
    GThread **threads;
    uint32_t max_threads, n_threads, n_idle, n_waiting, max_waiting;
    gboolean is_ending;
};

SeloPool *
selo_pool_new(const char *name, uint32_t n_threads, uint32_t max_waiting, SeloPoolFunc run)
{
    SeloPool *pool = g_new0(SeloPool, 1);

    g_mutex_init(&pool->lock);
    g_cond_init(&pool->work);
    pool->tail = &pool->head;
    pool->run = run;
    pool->name = g_strdup(name);
    pool->max_threads = MAX(n_threads, 1);
    pool->max_waiting = max_waiting;
    pool->threads = g_new0(GThread *, pool->max_threads);
    return pool;
}

static SeloPoolItem *
pop(SeloPool *pool)
{
    SeloPoolItem *item;

    while (pool->head == NULL && !pool->is_ending) {
        pool->n_idle++;
        g_cond_wait(&pool->work, &pool->lock);
        pool->n_idle--;
    }
    item = pool->head;
    if (item != NULL) {
        pool->head = item->next;
        if (pool->head == NULL)
            pool->tail = &pool->head;
        pool->n_waiting--;
    }
    return item;
}

static void *
work(void *data)
{
    SeloPool *pool = data;
    SeloPoolItem *item;

    g_mutex_lock(&pool->lock);
    while ((item = pop(pool)) != NULL) {
        g_mutex_unlock(&pool->lock);
        pool->run(item);
        g_mutex_lock(&pool->lock);
    }
    g_mutex_unlock(&pool->lock);
    return NULL;
}

/* Under the lock. Without a thread at all the item would never run; with one it only waits
 * longer. */
static gboolean
add_thread(SeloPool *pool)
{
    GThread *thread = g_thread_try_new(pool->name, work, pool, NULL);

    if (thread != NULL)
        pool->threads[pool->n_threads++] = thread;
    return pool->n_threads > 0;
}

gboolean
selo_pool_push(SeloPool *pool, SeloPoolItem *item)
{
    gboolean is_taken = FALSE;

    g_mutex_lock(&pool->lock);
    if (pool->n_waiting < pool->max_waiting + pool->n_idle &&
        (pool->n_waiting < pool->n_idle || pool->n_threads == pool->max_threads ||
         add_thread(pool))) {
        item->next = NULL;
        *pool->tail = item;
        pool->tail = &item->next;
        pool->n_waiting++;
        is_taken = TRUE;
        if (pool->n_idle > 0)
            g_cond_signal(&pool->work);
    }
    g_mutex_unlock(&pool->lock);
    return is_taken;
}

void
selo_pool_free(SeloPool *pool)
{
    if (pool == NULL)
        return;
    g_mutex_lock(&pool->lock);
    pool->is_ending = TRUE;
    g_cond_broadcast(&pool->work);
    g_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->n_threads; i++)
        g_thread_join(pool->threads[i]);
    g_mutex_clear(&pool->lock);
    g_cond_clear(&pool->work);
    g_free(pool->threads);
    g_free(pool->name);
    g_free(pool);
}
