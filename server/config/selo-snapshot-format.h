/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-snapshot-format.h: the one type of the snapshot, shared by its writer (selo-compiler.c) and
 * its reader (selo-snapshot.c). Both come from one build: a change needs no version, the number
 * only tells a foreign file apart.
 */
#pragma once

#define SELO_SNAPSHOT_MAGIC 0x53454c31u /* "SEL1" */

/* name, SeloType, SeloReload, value; unset is "()". */
#define SELO_SNAPSHOT_VALUES "a(syyv)"
/* type, name, plugin, as ("" = none), values, overrides: selector, its value, values */
#define SELO_SNAPSHOT_SECTION "(ssss" SELO_SNAPSHOT_VALUES "a(ys" SELO_SNAPSHOT_VALUES "))"
/* name, may, on-failure, reads body */
#define SELO_SNAPSHOT_STAGE "(susb)"
/* interface, as, major, minor, threading model, threads, threads-from, features, stages */
#define SELO_SNAPSHOT_PROVIDED \
    "(ssuusus"                 \
    "as"                       \
    "a" SELO_SNAPSHOT_STAGE ")"
/* name, module, version, ABI major, minor, places, isolated, critical, call-timeout, provides */
#define SELO_SNAPSHOT_PLUGIN "(sssuuubbxa" SELO_SNAPSHOT_PROVIDED ")"
#define SELO_SNAPSHOT_TYPE   "(ua" SELO_SNAPSHOT_SECTION "a" SELO_SNAPSHOT_PLUGIN ")"
