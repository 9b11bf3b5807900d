/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-client.h: a worker's or courier's end of the link to the auth role: logins and lookups
 * of users. What is asked while the auth role restarts waits, at most until the call's deadline.
 * Found users are cached for a short time ([server] auth-cache-ttl); nothing secret is.
 *
 * Callbacks run once, in the loop, never before the function returns. A stop of @call ends the
 * request with SELO_CANCELLED.
 */
#pragma once

#include <selo/authenticator.h>

#include "server/process/selo-role.h"

/* Without a channel yet; requests wait for selo_auth_client_connect(). */
SeloAuthClient *selo_auth_client_new(SeloRole *role);
/* What is under way ends with SELO_CANCELLED, inside. */
void selo_auth_client_free(SeloAuthClient *client);
/* Takes @fd, one end of a channel pair whose other end the auth role has. Replaces a broken one;
 * what was not answered is asked again. */
void selo_auth_client_connect(SeloAuthClient *client, int fd);
/* Where the user's mail is: reply SeloAuthUser; NOT_FOUND, TEMPORARY. @auth: name of the [auth]
 * section to ask, NULL = all in order. */
void selo_auth_client_lookup(SeloAuthClient *client, SeloCall *call, const char *auth, SeloStr user,
                             SeloDoneFunc done, void *data);
/* Is this the password (authenticator/1 verify)? @auths: the sections to ask, in order. Reply
 * SeloAuthIdentity; DENIED and NOT_FOUND come late on purpose. */
void selo_auth_client_verify(SeloAuthClient *client, SeloCall *call, SeloStrs auths,
                             const SeloAuthLogin *login, SeloDoneFunc done, void *data);

/* The other end: the auth role's service. One per auth role; takes a channel end per client. */
typedef struct SeloAuthService SeloAuthService;
SeloAuthService *selo_auth_service_new(SeloRole *role);
void selo_auth_service_free(SeloAuthService *service);
void selo_auth_service_add_client(SeloAuthService *service, int fd);
