/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-commit.h: the way of a complete message to its answer: checks, header and message stages,
 * changes, delivery. The states and their order are in selo-commit.c.
 */
#pragma once

#include "server/mail/selo-transaction-private.h"

/* Answers through @tx->recipient_done and @tx->answer, never before this returns. */
void selo_commit(SeloTransaction *tx);
/* Applies @actions (SeloFilterAction) to @tx->message, so that the next filter sees them, and moves them
 * to @tx->changes. Errors, domain
 * %G_FILE_ERROR: the changed message could not be written. */
gboolean selo_commit_change(SeloTransaction *tx, GPtrArray *actions, GError **error);
