/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-world.h: a stream, a mail layer and a login service of a few lines each, with the symbols of
 * libselo, so that the SMTP dialogue can be tested alone, turn by turn. What a recipient's or sender's local
 * part is called decides what the mail layer says about it (fake-world.c, answers).
 */
#pragma once

#include "plugins/smtp/smtp-session.h"

typedef struct {
    SeloSmtpListener listener; /* may be changed before world_connect() */
    gboolean can_start_tls, has_auth, allows_plaintext, speaks_early, is_refused,
        never_shakes_hands;
    uint64_t max_size;
    GString *delivered; /* message of the last commit */
    GString *envelope;  /* "FROM TO TO ..." of the last commit */
    char *helo;         /* "NAME as PROTOCOL" */
    gboolean is_closed;
} World;

World *world_new(SeloSmtpMode mode);
void world_free(World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

void world_set_tls(void); /* implicit TLS */
void world_connect(World *world);
/* Sends @input in pieces of @step octets (0 = at once) and returns all that came back since. */
char *world_talk(World *world, const char *input, size_t step);
/* The server stops; the client falls silent. */
char *world_stop(World *world);
char *world_expire(World *world);
