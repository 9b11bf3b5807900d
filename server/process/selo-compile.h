/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-compile.h: one run of the compiler, the short-lived child that reads XML and configuration so
 * that the supervisor need not.
 */
#pragma once

#include <sys/types.h>

#include <glib.h>

#include "api/lib/selo-loop.h"

typedef struct SeloCompile SeloCompile;

/* @snapshot_fd: the sealed snapshot, taken by the callback; -1 = there are faults. @faults: lines for
 * people. The compile is over and may be freed. */
typedef void (*SeloCompiledFunc)(void *data, int snapshot_fd, const GPtrArray *faults);

/* @root NULL: the configured directories. Never fails: what keeps it from starting is a fault. */
SeloCompile *selo_compile_start(SeloLoop *loop, const char *root, SeloCompiledFunc compiled,
                                void *data);
/* NULL: nothing. Kills a compiler that still runs. */
void selo_compile_free(SeloCompile *compile);
