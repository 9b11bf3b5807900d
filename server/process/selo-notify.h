/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-notify.h: telling the service manager (sd_notify(3)); nothing happens without one.
 */
#pragma once

#include <glib.h>

void selo_notify_ready(void);
/* Type=notify-reload wants the moment with it. */
void selo_notify_reloading(void);
void selo_notify_stopping(void);
void selo_notify_alive(void);
/* Half the watchdog's time, 0 = no watchdog. */
gint64 selo_notify_watchdog_usec(void);
