/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-routing.h: where a recipient's mail goes: domain, aliases, user, catch-all, mailbox. A lookup
 * has three outcomes, found, absent and unavailable; unavailable is always a temporary refusal.
 */
#pragma once

#include "server/mail/selo-transaction-private.h"

#define SELO_ROUTING_MAX_DEPTH    20   /* aliases of aliases */
#define SELO_ROUTING_MAX_ACCOUNTS 1000 /* mailboxes one recipient may stand for */

/* @accounts: SeloAccount (transfer full), NULL unless @cause is SELO_MAIL_OK. */
typedef void (*SeloRoutingFunc)(void *data, SeloMailCause cause, uint32_t flags,
                                GPtrArray *accounts);
/* Resolves @forward_path; @done runs once, never before this returns. */
SeloRoutingRun *selo_routing_resolve(SeloMailPeer *peer, SeloCall *call, SeloStr forward_path,
                                     SeloRoutingFunc done, void *data);
void selo_routing_cancel(SeloRoutingRun *run);
/* "10.0.0.0/8", "2001:db8::/32" or an address: is @ip in one of them? */
gboolean selo_routing_networks_contain(SeloStrs networks, const char *ip);
