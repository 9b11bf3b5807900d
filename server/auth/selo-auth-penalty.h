/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-penalty.h: how long a failed login has to wait. Counts recent failures of an address
 * and of a user name in bounded tables; pure: the caller brings the time and does the waiting.
 */
#pragma once

#include <glib.h>

typedef struct SeloAuthPenalties SeloAuthPenalties;

SeloAuthPenalties *selo_auth_penalties_new(void);
void selo_auth_penalties_free(SeloAuthPenalties *penalties);
/* May this login be tried at all now? FALSE: too many failures of this address are waiting for
 * their answer, or of this user, asked by an address that failed before. */
gboolean selo_auth_penalties_admit(SeloAuthPenalties *penalties, const char *ip, const char *user,
                                   gint64 now);
/* Counts one: microseconds, from the arrival of the request, until it may be answered. */
gint64 selo_auth_penalties_fail(SeloAuthPenalties *penalties, const char *ip, const char *user,
                                gint64 now);
/* That answer is out. */
void selo_auth_penalties_answered(SeloAuthPenalties *penalties, const char *ip, const char *user);
/* This user is in: his slips are forgotten, those of the address are not. */
void selo_auth_penalties_forgive(SeloAuthPenalties *penalties, const char *user);
