/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-commit.h: the way of a complete message to its answer: checks, header and message stages,
 * changes, delivery. The states and their order are in selo-commit.c.
 */
#pragma once

#include "server/mail/selo-transaction-private.h"

/* Answers through @tx->recipient_done and @tx->answer, never before this returns. */
void selo_commit(SeloTransaction *tx);
