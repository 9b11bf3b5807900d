/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-search.h: search programs (RFC 9051 section 6.4.4) as queries of the mailbox layer.
 */
#pragma once

#include <selo/mailbox.h>

#include "plugins/imap/imap-sequence-set.h"

/* Keys of one program; each may cost a look at every message. */
#define IMAP_SEARCH_MAX_KEYS 2000

typedef struct {
    SeloUids saved; /* "$" */
    uint32_t n_keys;
    uint32_t max_seq; /* highest number named by a set, 0 = none */
} ImapSearchContext;

/* Reads all of @args: the keys, all of which must hold. NULL and *out_query (transfer full), or what is
 * wrong. Pure: "$" is the set that the context gives. */
ImapFault imap_search_parse_keys(ImapArgs *args, ImapSearchContext *context, SeloQuery **out_query);
