/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/login.h>: how a protocol logs a client in. Passwords go from here to the auth role and are
 * wiped; the worker never sees a stored hash. Failed logins are slowed per address and per user by
 * the core, so the callback of a failure comes late on purpose.
 */
#pragma once

#include <selo/stream.h>

SELO_BEGIN_DECLS

typedef struct SeloLogin SeloLogin; /* one exchange; freed by its last callback or selo_login_cancel */

typedef enum {
    SELO_LOGIN_OK,          /* reply->user is who it is */
    SELO_LOGIN_CHALLENGE,   /* send reply->challenge, then selo_login_step() */
    SELO_LOGIN_FAILED,      /* wrong, or unknown user: a client never learns which */
    SELO_LOGIN_UNAVAILABLE, /* could not ask: try again later */
    SELO_LOGIN_NEEDS_TLS,   /* a plaintext secret would travel in the clear */
    SELO_LOGIN_UNSUPPORTED, /* no such mechanism here */
    SELO_LOGIN_MALFORMED    /* the response does not follow the mechanism */
} SeloLoginResult;

typedef struct {
    uint32_t struct_size, reserved;
    SeloStr user;      /* canonical name */
    SeloStr challenge; /* raw octets, not base64 */
} SeloLoginReply;

/* @reply lives during the callback. Runs once for each step, in the session's loop, never before the
 * function that began the step returns. After SELO_LOGIN_OK, selo_call_conf(root) is the user's. */
typedef void (*SeloLoginFunc)(void *data, SeloLoginResult result, const SeloLoginReply *reply);

/* Mechanisms that may be used now ("PLAIN", "LOGIN"), strongest first; none if the listener has no
 * auth. Those that would show a password are left out without TLS, unless the peer is on loopback
 * and [auth] allows it. */
SeloStrs selo_login_mechanisms(SeloCall *root, SeloStream *stream);
/* Would a plaintext password be accepted now (LOGINDISABLED, USER)? */
gboolean selo_login_allows_plaintext(SeloCall *root, SeloStream *stream);

/**
 * selo_login_start:
 * @mechanism: SASL name, any case
 * @initial: first response, raw octets; unset (NULL) if the client sent none. An empty one
 *   ("=" on the wire) is s != NULL, len 0
 *
 * Begins a SASL exchange (RFC 4422).
 *
 * Returns: the exchange, owned by itself until the first result that is not SELO_LOGIN_CHALLENGE.
 */
SeloLogin *selo_login_start(SeloCall *root, SeloStream *stream, SeloStr mechanism, SeloStr initial,
                            SeloLoginFunc done, void *data);
void selo_login_step(SeloLogin *login, SeloStr response);
/* The client cancelled ("*") or went away: @done is not called any more. */
void selo_login_cancel(SeloLogin *login);
/* Name and password as IMAP LOGIN and POP3 PASS have them. */
SeloLogin *selo_login_password(SeloCall *root, SeloStream *stream, SeloStr user, SeloStr password,
                               SeloLoginFunc done, void *data);

SELO_END_DECLS
