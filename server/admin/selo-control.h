/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-control.h: the supervisor's end of the control socket RUN/control, by which selo administers a
 * running server. A packet is a request (sa{sv}: verb, arguments), one packet (a{sv}) is the answer:
 * "error" (s) if it failed.
 */
#pragma once

#include "api/lib/selo-loop.h"

#include "server/base/selo-paths.h"
#include "server/process/selo-supervisor.h"

#define SELO_CONTROL_REQUEST_TYPE "(sa{sv})"
#define SELO_CONTROL_MAX_PACKET   (256u << 10)

typedef struct SeloControl SeloControl;

/* Errors, domain %G_FILE_ERROR: EXIST if a server runs there already. */
SeloControl *selo_control_new(SeloSupervisor *supervisor, SeloLoop *loop, const SeloPaths *paths,
                              GError **error);
void selo_control_free(SeloControl *control);

/* RUN/control, or an error if that does not fit into a socket's address. */
char *selo_control_path(const SeloPaths *paths, GError **error);
