/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-supervisor.h: the process that starts, watches, reloads and stops all others. It loads no plugin
 * and reads no XML.
 */
#pragma once

#include <glib.h>

#include "server/base/selo-paths.h"

typedef struct SeloSupervisor SeloSupervisor;

typedef struct {
    const char *root;       /* NULL = the configured directories */
    const SeloPaths *paths; /* borrowed */
    gboolean is_single;     /* all roles in this process */
    gboolean is_log_stderr; /* whatever [server] log says */
} SeloSupervisorOptions;

/* Runs the server in the foreground until it is stopped; returns the exit status. */
int selo_supervisor_run(const SeloSupervisorOptions *options);

/* ---- what the control socket asks for; the callbacks come later, in the loop ---- */

/* @is_done: new processes serve with the new settings. @lines: the faults, for people. */
typedef void (*SeloReloadedFunc)(void *data, gboolean is_done, const GPtrArray *lines);
void selo_supervisor_reload(SeloSupervisor *supervisor, SeloReloadedFunc reloaded, void *data);
/* @status: a{sv}. */
typedef void (*SeloStatusFunc)(void *data, GVariant *status);
void selo_supervisor_status(SeloSupervisor *supervisor, SeloStatusFunc told, void *data);
void selo_supervisor_stop(SeloSupervisor *supervisor);
void selo_supervisor_reopen_log(SeloSupervisor *supervisor);
void selo_supervisor_set_log_level(SeloSupervisor *supervisor, GLogLevelFlags level,
                                   const char *name);
