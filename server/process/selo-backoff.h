/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-backoff.h: how long to wait before something that died is started again: 0.1 s, doubling to
 * 60 s, from the beginning again after a healthy minute.
 */
#pragma once

#include <glib.h>

typedef struct {
    gint64 delay_usec; /* the last one, 0 = none yet */
} SeloBackoff;

/* It died after @lived_usec. */
gint64 selo_backoff_next(SeloBackoff *backoff, gint64 lived_usec);
