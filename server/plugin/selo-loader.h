/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-loader.h: maps a plugin's module into this process, after everything that can be known
 * without running its code has been checked. A module is never unmapped.
 */
#pragma once

#include <selo/plugin.h>

#include "server/plugin/selo-elf.h"

typedef struct {
    const char *name, *file; /* plugin, absolute file name of its module */
    guint abi_major, abi_minor;
} SeloModule;

/* Opens the file without following links and checks owner, mode, note and dynamic section, but maps
 * nothing. The open descriptor, -1: *error, domain %G_FILE_ERROR. @out_elf may be NULL. */
int selo_module_check(const SeloModule *module, SeloElf **out_elf, GError **error);
/* Checked and mapped; the second time the same module. NULL: *error. */
const SeloPlugin *selo_module_load(const SeloModule *module, GError **error);
