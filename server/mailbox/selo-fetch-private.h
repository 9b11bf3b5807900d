/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-fetch-private.h: reading the octets of a blob that has to be in memory as a whole.
 */
#pragma once

#include "server/mailbox/selo-view-private.h"

/* NULL: it cannot be read. *out_owned: to free, NULL if they are the blob's own. */
char *selo_blob_octets(const SeloBlob *blob, char **out_owned);
