/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-message-edit.h: a message as filters changed it: header fields added, inserted, changed or
 * deleted, the body or all of it replaced. Nothing is copied until there is something to change.
 */
#pragma once

#include "server/mail/selo-transaction-private.h"

/* Does any of @actions (SeloFilterAction) change the message? */
gboolean selo_message_edit_is_needed(GPtrArray *actions);
/**
 * selo_message_edit:
 * @envelope: octets that come before the message and are copied as they are
 * @message: from our own Received field on
 * @actions: SeloFilterAction, in order
 *
 * Returns: (transfer full): a writer with envelope and the changed message. NULL: @error, domain
 * %G_FILE_ERROR.
 */
SeloBlobWriter *selo_message_edit(SeloStr envelope, const SeloBlob *message, GPtrArray *actions,
                                  GError **error);
