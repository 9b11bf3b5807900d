/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-buffer.c: a free list for each of three sizes, each bounded: what a burst took goes back to
 * the system after it.
 */
#include "config.h"

#include "api/lib/selo-buffer.h"

static struct {
    const size_t size;
    const uint32_t max_free;
    uint32_t n_free;
    SeloBuffer *free;
} pools[] = {
    { SELO_BUFFER_SMALL, 512, 0, NULL },
    { SELO_BUFFER_USUAL, 64, 0, NULL },
    { SELO_BUFFER_LARGE, 16, 0, NULL },
};

SeloBuffer *
selo_buffer_get(size_t size)
{
    SeloBuffer *buffer = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(pools); i++) {
        if (size > pools[i].size)
            continue;
        size = pools[i].size;
        buffer = pools[i].free;
        if (buffer != NULL) {
            pools[i].free = buffer->next;
            pools[i].n_free--;
        }
        break;
    }
    if (buffer == NULL) {
        buffer = g_malloc(sizeof *buffer + size);
        buffer->size = size;
    }
    buffer->next = NULL;
    buffer->start = buffer->end = 0;
    return buffer;
}

void
selo_buffer_put(SeloBuffer *buffer)
{
    if (buffer == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(pools); i++) {
        if (buffer->size != pools[i].size || pools[i].n_free == pools[i].max_free)
            continue;
        buffer->next = pools[i].free;
        pools[i].free = buffer;
        pools[i].n_free++;
        return;
    }
    g_free(buffer);
}
