/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-output.h: octets on their way out: text in pooled buffers, and parts of files that are read
 * only as the peer takes them.
 */
#pragma once

#include <selo/plugin.h>

#include "api/lib/selo-buffer.h"

typedef struct SeloOutputPart SeloOutputPart;
typedef struct {
    SeloOutputPart *head, **tail; /* tail NULL: never used */
    uint64_t size;                /* octets, those still in files included */
} SeloOutput;

void selo_output_add(SeloOutput *output, const void *octets, size_t size);
/* Duplicates the descriptor. FALSE: it could not (errno). */
gboolean selo_output_add_blob(SeloOutput *output, const SeloBlob *blob, uint64_t offset,
                              uint64_t size);
void selo_output_clear(SeloOutput *output);
/* What is next, at most one buffer. Reads a file if that is next; FALSE: that failed (errno).
 * NULL with TRUE: there is nothing. */
gboolean selo_output_peek(SeloOutput *output, const char **out_octets, size_t *out_size);
void selo_output_consume(SeloOutput *output, uint64_t size);
/* One system call with as much as it takes. Octets sent, -1 = errno. */
int64_t selo_output_send(SeloOutput *output, int fd);
