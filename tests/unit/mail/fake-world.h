/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-world.h: filters, a client and mailboxes of a few lines each, with the symbols of libselo, so
 * that a stage of the filters or a delivery can be tested alone.
 */
#pragma once

#include "server/mail/selo-filter-chain.h"

typedef struct {
    uint32_t verdict;         /* of filter "one"; "two" always passes */
    const char *fileinto;     /* what "two" wants at deliver; NULL = nothing */
    gboolean holds_filter;    /* "one" does not answer until it is stopped */
    guint n_one, n_two;       /* calls */
    GString *appended;        /* "MAILBOX ..." in order; "lost" does not exist */
    SeloRole role;
    SeloMailPeer *peer;
    SeloTransaction *tx;      /* to ann@example.org, with one mailbox */
} World;
extern World world;

void world_set_up(void);
void world_tear_down(void);
