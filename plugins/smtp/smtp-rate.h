/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-rate.h: how much each client did in the last minute, in this process. An IPv4 address or the first
 * half of an IPv6 one is a client. Memory has a bound; clients beyond it go uncounted.
 */
#pragma once

#include <selo/plugin.h>

typedef struct SeloSmtpRate SeloSmtpRate;

SeloSmtpRate *selo_smtp_rate_new(void);
void selo_smtp_rate_free(SeloSmtpRate *rate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloSmtpRate, selo_smtp_rate_free)

/* Counts one more for @address. %FALSE: it had @max in this minute already (@max 0 = any number; then
 * nothing is counted). @now: monotonic microseconds. */
gboolean selo_smtp_rate_take(SeloSmtpRate *rate, const char *address, uint32_t max, int64_t now);
