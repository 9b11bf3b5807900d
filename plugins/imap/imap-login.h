/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-login.h: what AUTHENTICATE and LOGIN share: from the auth role's answer to an open account.
 */
#pragma once

#include "plugins/imap/imap-session.h"

/* SeloLoginFunc, data = command; a challenge goes to the command's own function first. */
void imap_login_answered(ImapCommand *command, SeloLoginResult result, const SeloLoginReply *reply);
