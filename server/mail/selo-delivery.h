/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-delivery.h: puts a finished message into the mailboxes of its recipients, after the filters'
 * deliver stage. Each append is durable when it is answered, and carries an id that makes it
 * idempotent.
 */
#pragma once

#include "server/mail/selo-transaction-private.h"

/* Delivers @tx->message to all mailboxes; each recipient's cause is set. @done runs once, never
 * before this returns. */
SeloDelivery *selo_delivery_start(SeloTransaction *tx, void (*done)(void *data), void *data);
void selo_delivery_cancel(SeloDelivery *delivery);
