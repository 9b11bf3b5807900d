/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-users.h: the users of one passwd-file, parsed: "user:password:uid:gid:(gecos):home:
 * (shell):extra fields". Pure and immutable: threads share it by reference. A damaged line costs
 * that line only.
 */
#pragma once

#include <selo/plugin.h>

#define PASSWD_MAX_FILE  (256u << 20)
#define PASSWD_MAX_LINE  (16u << 10)
#define PASSWD_MAX_NAME  255
#define PASSWD_MAX_USERS 4000000u

typedef struct {
    SeloStr name, password; /* name: lower case */
    SeloStr uid, gid, home; /* unset if the line is short */
    SeloStr extra;          /* "key=value key" */
    const char *scheme;     /* said by "[13]" after the password (libpam-pwdfile); NULL = not */
    uint32_t line, reserved;
} PasswdUser;

typedef struct PasswdUsers PasswdUsers;

/* Called for each line that is left out; @fault holds no secret. */
typedef void (*PasswdFaultFunc)(void *data, uint32_t line, const char *fault);

/* Takes @octets, allocated with one octet more than @size. */
PasswdUsers *passwd_users_parse(char *octets, size_t size, PasswdFaultFunc fault, void *data);
PasswdUsers *passwd_users_ref(PasswdUsers *users);
void passwd_users_unref(PasswdUsers *users); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PasswdUsers, passwd_users_unref)

/* NULL: not there. */
const PasswdUser *passwd_users_find(const PasswdUsers *users, SeloStr name);
size_t passwd_users_count(const PasswdUsers *users);
const PasswdUser *passwd_users_at(const PasswdUsers *users, size_t index); /* file order */

/* "key=value" (or "key": an empty value) of the extra fields. */
gboolean passwd_user_extra(const PasswdUser *user, const char *key, SeloStr *out_value);
typedef struct {
    const PasswdUser *user;
    size_t at;
} PasswdExtraIter;
gboolean passwd_extra_next(PasswdExtraIter *iter, SeloStr *out_key, SeloStr *out_value);

/* Of userdb_quota_rule* ("*:storage=1G", "*:messages=1000"); a number alone is KiB. 0 = no limit.
 * FALSE: a rule that cannot be read. */
gboolean passwd_user_quota(const PasswdUser *user, uint64_t *out_octets, uint64_t *out_messages);
/* Does "10.0.0.0/8,2001:db8::/32,local" hold @ip? */
gboolean passwd_nets_hold(SeloStr nets, SeloStr ip);
