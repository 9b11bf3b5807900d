/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-passwd-file.c: any octets as a passwd-file; then every user's extra fields, quota and
 * networks, and a wrong password against what is stored, unless that is slow on purpose.
 */
#include "config.h"

#include <string.h>

#include "plugins/passwd-file/passwd-file-scheme.h"
#include "plugins/passwd-file/passwd-file-users.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static void
ignore_fault(void *data, uint32_t line, const char *fault)
{
    g_assert(line > 0 && fault != NULL);
}

static void
look_at(const PasswdUsers *users, const PasswdUser *user)
{
    uint64_t quota_octets, quota_messages;
    SeloStr nets;

    g_assert(passwd_users_find(users, user->name) == user);
    passwd_user_quota(user, &quota_octets, &quota_messages);
    if (passwd_user_extra(user, "allow_nets", &nets))
        passwd_nets_hold(nets, SELO_STR("192.0.2.7"));
    if (user->password.len > 0 && !selo_password_is_slow(user->password, "PLAIN"))
        selo_password_verify(user->password, "PLAIN", user->name, SELO_STR("no such password"),
                             NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    char *copy = g_malloc(size + 1);
    g_autoptr(PasswdUsers) users = NULL;

    if (size > 0)
        memcpy(copy, octets, size);
    users = passwd_users_parse(copy, size, ignore_fault, NULL);
    for (size_t i = 0; i < passwd_users_count(users); i++)
        look_at(users, passwd_users_at(users, i));
    return 0;
}
