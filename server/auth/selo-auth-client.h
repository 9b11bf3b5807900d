/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-client.h: a worker's or courier's end of the link to the auth role: logins and lookups of
 * users. What is asked while the auth role restarts waits, at most until the call's deadline. Found
 * users are cached for a short time ([server] auth-cache-ttl).
 */
#pragma once

#include <selo/authenticator.h>

#include "server/process/selo-role.h"

/* Without a channel yet; lookups wait for selo_auth_client_connect(). */
SeloAuthClient *selo_auth_client_new(SeloRole *role);
void selo_auth_client_free(SeloAuthClient *client);
/* Takes @fd, one end of a channel pair whose other end the auth role has. Replaces a broken one. */
void selo_auth_client_connect(SeloAuthClient *client, int fd);
/* Where the user's mail is: reply SeloAuthUser; NOT_FOUND, TEMPORARY. @auth: name of the [auth]
 * section to ask, NULL = all in order. */
void selo_auth_client_lookup(SeloAuthClient *client, SeloCall *call, const char *auth, SeloStr user, SeloDoneFunc done, void *data);
/* One step of a login; request and reply as authenticator/1's login and identity. */
void selo_auth_client_login(SeloAuthClient *client, SeloCall *call, const char *auth, const SeloAuthLogin *login, SeloDoneFunc done, void *data);
void selo_auth_client_forget(SeloAuthClient *client, uint64_t handle);

/* The other end: the auth role's service. One per auth role; takes a channel end per client. */
typedef struct SeloAuthService SeloAuthService;
SeloAuthService *selo_auth_service_new(SeloRole *role);
void selo_auth_service_free(SeloAuthService *service);
void selo_auth_service_add_client(SeloAuthService *service, int fd);
