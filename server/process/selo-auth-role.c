/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-role.c: the auth role: authenticator instances behind the auth service. Passwords and
 * hashes stay in here; the sessions of workers see results only. It holds no connection of a client,
 * so it ends as soon as it is told to: the supervisor tells it after the last worker has gone.
 */
#include "config.h"

#include <string.h>

#include "server/auth/selo-auth-client.h"
#include "server/plugin/selo-registry.h"
#include "server/process/selo-component.h"

typedef struct {
    SeloAuthService *service;
} AuthRole;

static gboolean
auth_begin(SeloComponent *component, GError **error)
{
    AuthRole *self = g_new0(AuthRole, 1);

    component->state = self;
    component->role.registry = selo_registry_new(&component->role, error);
    if (component->role.registry == NULL)
        return FALSE;
    self->service = selo_auth_service_new(&component->role);
    return TRUE;
}

static void
auth_received(SeloComponent *component, const char *message, GVariant *body, int *fds, size_t n_fds)
{
    AuthRole *self = component->state;

    if (strcmp(message, "auth-client") == 0 && self->service != NULL) {
        selo_auth_service_add_client(self->service, fds[0]);
        fds[0] = -1;
    } else if (strcmp(message, "start") == 0)
        selo_component_ready(component);
}

static void
auth_free(SeloComponent *component)
{
    AuthRole *self = component->state;

    if (self == NULL)
        return;
    g_clear_pointer(&self->service, selo_auth_service_free);
    g_clear_pointer(&component->role.registry, selo_registry_free);
    g_free(self);
}

const SeloRoleWork selo_auth_role_work = {
    .begin = auth_begin,
    .received = auth_received,
    .drain = selo_component_ended,
    .stop = selo_component_ended,
    .free = auth_free,
};
