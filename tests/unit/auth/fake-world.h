/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-world.h: two authenticators, settings and a peer of a few lines each, with the symbols of
 * libselo, so that client, service and login can be tested in one process over a real channel.
 */
#pragma once

#include <selo/stream.h>

#include "server/auth/selo-auth-client.h"

typedef struct {
    SeloRole role;
    SeloAuthService *service;
    SeloCall *session;
    SeloPeer peer;
    const char *username_format, *default_domain; /* of [auth one] */
    gboolean allows_plaintext;                    /* on loopback */
    gboolean has_no_limit;                        /* the stream: the time before the login is over */
    guint n_asked;                                /* questions to both authenticators */
    const char *scope; /* what selo_snapshot_scoped() was asked for last */
} World;
extern World world;

/* [auth one]: ann, password "pass"; down, which is unavailable. [auth two]: bob@example.org,
 * "pass". */
void world_set_up(void);
void world_tear_down(void);
/* Links client and service anew. */
void world_connect(void);
/* Breaks the link. */
void world_disconnect(void);
