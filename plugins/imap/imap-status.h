/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-status.h: status items (RFC 9051 section 6.3.11), for STATUS and LIST RETURN (STATUS ...).
 */
#pragma once

#include <selo/store.h>

#include "plugins/imap/imap-response.h"

/* Reads "(MESSAGES UIDNEXT ...)" into a mask, never 0. NULL or what is wrong. */
ImapFault imap_status_parse_items(ImapArgs *args, uint32_t *out_items);
/* The whole untagged response. */
void imap_status_print(ImapOut *out, const SeloBoxInfo *info, SeloStr name, uint32_t items,
                       gboolean is_utf8);
