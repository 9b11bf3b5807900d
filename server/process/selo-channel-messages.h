/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-channel-messages.h: all messages that roles send each other: one table. What is not in it, has
 * another body, or brings other descriptors, is refused by the channel on both sides.
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *name;
    const char *signature; /* of the body, a GVariant type */
    guint n_fds;
    const char *from, *to; /* roles; "*" = any but the supervisor */
    const char *meaning;
} SeloMessageType;

/* clang-format off */
static const SeloMessageType selo_message_types[] = {
    /* the life of a role */
    { "socket", "(s)", 1, "supervisor", "worker",
      "a listening socket of this listener" },
    { "auth-link", "()", 1, "supervisor", "worker",
      "the other end is the auth role; replaces a broken one" },
    { "auth-client", "()", 1, "supervisor", "auth",
      "the other end is a worker or courier" },
    { "start", "()", 0, "supervisor", "*",
      "all is handed over: begin to work, answer ready" },
    { "ready", "()", 0, "*", "supervisor",
      "plugins are up, connections are accepted" },
    { "failed", "(s)", 0, "*", "supervisor",
      "it cannot work with these settings, and why" },
    { "drain", "()", 0, "supervisor", "*",
      "accept nothing new; finish sessions, then end" },
    { "stop", "()", 0, "supervisor", "*",
      "tell sessions to say goodbye, then end" },
    { "log", "()", 1, "supervisor", "*",
      "write the log here from now on" },
    { "log-level", "(s)", 0, "supervisor", "*",
      "the least severe level that is written" },
    { "status", "(u)", 0, "supervisor", "*",
      "tell how you are; the number comes back" },
    { "status-reply", "(ua{sv})", 0, "*", "supervisor",
      "sessions and counters of the instances" },
    /* logins and users: what one answers carries the other's number */
    { "auth-verify", "(tasssssayssssb)", 0, "*", "auth",
      "is this the password; selo-auth-wire.c has the fields" },
    { "auth-identity", "(tussas)", 0, "auth", "*",
      "the answer" },
    { "auth-lookup", "(tsss)", 0, "*", "auth",
      "where is this user's mail" },
    { "auth-user", "(tussssuuttas)", 0, "auth", "*",
      "the answer" },
    /* the compiler */
    { "fault", "(s)", 0, "compiler", "supervisor",
      "one fault of the configuration, with file and line" },
    { "compiled", "()", 1, "compiler", "supervisor",
      "the snapshot, a sealed memory file" },
};
/* clang-format on */
