/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-wire.h: requests and answers between SeloAuthClient and SeloAuthService as bodies of
 * channel messages. Signatures stand in selo-channel-messages.h, and the channel has checked them.
 */
#pragma once

#include <selo/authenticator.h>

/* What a request reads as; texts live as long as the body. */
typedef struct {
    guint64 serial;
    SeloStrs auths; /* names of [auth] sections to ask, in order; none: all */
    SeloAuthLogin login;
} SeloAuthVerifyMessage;
/* The body wipes its copy of the secret when it is freed. */
GVariant *selo_auth_wire_verify(guint64 serial, SeloStrs auths, const SeloAuthLogin *login);
void selo_auth_wire_read_verify(GVariant *body, SeloAuthVerifyMessage *out_message);
void selo_auth_wire_clear_verify(SeloAuthVerifyMessage *message); /* wipes the secret in the body */

typedef struct {
    guint64 serial;
    const char *auth, *user, *session; /* auth "": all */
} SeloAuthLookupMessage;
GVariant *selo_auth_wire_lookup(const SeloAuthLookupMessage *message);
void selo_auth_wire_read_lookup(GVariant *body, SeloAuthLookupMessage *out_message);

/* Answers; @reply may be NULL unless @status is SELO_OK. */
typedef struct {
    guint64 serial;
    SeloStatus status;
    const char *operator_text; /* "" = none */
} SeloAuthAnswer;
GVariant *selo_auth_wire_identity(const SeloAuthAnswer *answer, const SeloAuthIdentity *reply);
void selo_auth_wire_read_identity(GVariant *body, SeloAuthAnswer *out_answer,
                                  SeloAuthIdentity *out_reply);
GVariant *selo_auth_wire_user(const SeloAuthAnswer *answer, const SeloAuthUser *reply);
void selo_auth_wire_read_user(GVariant *body, SeloAuthAnswer *out_answer, SeloAuthUser *out_reply);
/* Frees the attributes that a read made. */
void selo_auth_wire_clear_strs(SeloStrs *strs);
