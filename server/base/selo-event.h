/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-event.h: event records: one line a step, for people, fail2ban and observers. A record is an
 * event name, the session or transaction id and key=value details; docs/logging.md has the form.
 *
 *   2026-11-24T21:32:58.123Z info smtp[1234] login-failed id=3fQk2a.1 ip=192.0.2.7 user=ann mechanism=PLAIN
 */
#pragma once

#include <stdint.h>

#include <glib.h>

/* Sets the writer of g_log_structured() for this process: lines to @fd (borrowed), prefixed with
 * @role. @level: the least severe that is written. Called once at start, again at reload. */
void selo_event_start(const char *role, int fd, GLogLevelFlags level);
void selo_event_set_fd(int fd); /* after the log file was rotated */
int selo_event_fd(void);

/* One record: pairs key, value until NULL; a NULL value leaves its pair out. Values are quoted as
 * needed, control characters escaped, cut at 512 octets. */
void selo_event(GLogLevelFlags level, const char *event, const char *id,
                ...) G_GNUC_NULL_TERMINATED;
gboolean selo_event_is_wanted(GLogLevelFlags level);
void selo_event_set_level(GLogLevelFlags level);
/* "error", "critical", "warning", "notice", "info", "debug". FALSE: no such level. */
gboolean selo_event_parse_level(const char *name, GLogLevelFlags *out_level);
