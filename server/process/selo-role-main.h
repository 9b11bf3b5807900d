/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-role-main.h: one role in a process of its own, as the supervisor starts it.
 */
#pragma once

#include "server/base/selo-paths.h"
#include "server/process/selo-role.h"

typedef struct {
    const char *role; /* "worker", "compiler" */
    const char *id;   /* begins the ids of its sessions */
    const char *log_level;
    int index, generation;
} SeloRoleArguments;

/* Returns the exit status. */
int selo_role_main(const SeloPaths *paths, const SeloRoleArguments *arguments);
/* The compiler: reads the configuration, gives the snapshot or its faults to the supervisor, ends. */
int selo_compiler_role_main(const SeloPaths *paths);
/* selod --config-check: prints the faults. */
int selo_compiler_check(const SeloPaths *paths);
