/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-role.c: the table of roles.
 */
#include "config.h"

#include "server/process/selo-role.h"

#include <string.h>

#include "server/process/selo-component.h"

/* clang-format off */
static const SeloRoleType types[] = {
    [SELO_ROLE_SUPERVISOR] = { "supervisor", NULL,        NULL,        FALSE, NULL },
    [SELO_ROLE_WORKER]     = { "worker",     "user",      "selo",      TRUE,  &selo_worker_work },
    [SELO_ROLE_AUTH]       = { "auth",       "auth-user", "selo-auth", FALSE, &selo_auth_role_work },
    [SELO_ROLE_QUEUE]      = { "queue",      "user",      "selo",      FALSE, NULL },
    [SELO_ROLE_COURIER]    = { "courier",    "user",      "selo",      FALSE, NULL },
    [SELO_ROLE_HOST]       = { "host",       "user",      "selo",      FALSE, NULL },
};
/* clang-format on */

const SeloRoleType *
selo_role_type(SeloRoleKind kind)
{
    return &types[kind];
}

const char *
selo_role_kind_name(SeloRoleKind kind)
{
    return types[kind].name;
}

gboolean
selo_role_parse_kind(const char *name, SeloRoleKind *out_kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (strcmp(types[i].name, name) == 0) {
            *out_kind = (SeloRoleKind) i;
            return TRUE;
        }
    return FALSE;
}

/* A site that names its mail user but no auth user wants one account for all. */
const char *
selo_role_user(SeloRoleKind kind, const SeloConf *server)
{
    const SeloRoleType *type = selo_role_type(kind);
    const char *own = selo_conf_str(server, type->user_key), *mail = selo_conf_str(server, "user");

    if (own != NULL)
        return own;
    return mail != NULL ? mail : type->user;
}

uint32_t
selo_worker_count(const SeloConf *server)
{
    int64_t n = selo_conf_int(server, "workers");

    return n > 0 ? (uint32_t) n : g_get_num_processors();
}
