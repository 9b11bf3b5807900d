/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-backoff.c: arithmetic only; the owner has the timer.
 */
#include "config.h"

#include "server/process/selo-backoff.h"

#define FIRST_USEC   (G_USEC_PER_SEC / 10)
#define LONGEST_USEC (60 * G_USEC_PER_SEC)
#define HEALTHY_USEC (60 * G_USEC_PER_SEC)

gint64
selo_backoff_next(SeloBackoff *backoff, gint64 lived_usec)
{
    if (backoff->delay_usec == 0 || lived_usec >= HEALTHY_USEC)
        backoff->delay_usec = FIRST_USEC;
    else
        backoff->delay_usec = MIN(backoff->delay_usec * 2, LONGEST_USEC);
    return backoff->delay_usec;
}
