/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-buffer.h: pooled buffers of streams. An idle stream has none; a busy one borrows them. Loop
 * thread only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#define SELO_BUFFER_SMALL ((size_t) 1 << 10) /* half a line of a slow peer */
#define SELO_BUFFER_USUAL ((size_t) 16 << 10)
#define SELO_BUFFER_LARGE ((size_t) 64 << 10) /* bulk */

typedef struct SeloBuffer SeloBuffer;
struct SeloBuffer {
    SeloBuffer *next;
    size_t size, start, end; /* octets start to end are filled */
    char octets[];
};

/* At least @size octets. Beyond SELO_BUFFER_LARGE it is not pooled. */
SeloBuffer *selo_buffer_get(size_t size);
void selo_buffer_put(SeloBuffer *buffer); /* NULL is fine */
