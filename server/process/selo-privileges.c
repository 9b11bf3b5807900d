/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-privileges.c: see its header. Capabilities kept across the switch lost for roles: none needs one
 * after the supervisor has bound the sockets. The compiler, which parses all there is, keeps one.
 */
#include "config.h"

#include "server/process/selo-privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/base/selo-event.h"

#define NOBODY         65534 /* and nogroup: the kernel's overflow ids */
#define ROOT_MAX_FILES (1u << 19) /* what root asks for where the hard limit is lower */

G_DEFINE_QUARK(selo - privileges - error - quark, selo_privileges_error)

static gboolean
fail(GError **error, const char *what)
{
    g_set_error(error, SELO_PRIVILEGES_ERROR, SELO_PRIVILEGES_ERROR_FAILED, "%s: %s", what,
                g_strerror(errno));
    return FALSE;
}

static const struct passwd *
find_account(const char *user, GError **error)
{
    const struct passwd *account;

    errno = 0;
    account = getpwnam(user);
    if (account == NULL)
        g_set_error(
            error, SELO_PRIVILEGES_ERROR, SELO_PRIVILEGES_ERROR_NO_USER,
            "there is no account \"%s\" to run as: create it (adduser --system --group %s), or name another "
            "one in [server] user and auth-user",
            user, user);
    return account;
}

gboolean
selo_privileges_find(const char *user, uid_t *out_uid, gid_t *out_gid, GError **error)
{
    const struct passwd *account = NULL;

    if (geteuid() == 0 && (account = find_account(user, error)) == NULL)
        return FALSE;
    *out_uid = account != NULL ? account->pw_uid : (uid_t) -1;
    *out_gid = account != NULL ? account->pw_gid : (gid_t) -1;
    return TRUE;
}

static gboolean
become(const char *user, GError **error)
{
    const struct passwd *account = find_account(user, error);

    if (account == NULL)
        return FALSE;
    if (initgroups(user, account->pw_gid) < 0)
        return fail(error, "cannot set the groups");
    if (setresgid(account->pw_gid, account->pw_gid, account->pw_gid) < 0)
        return fail(error, "cannot set the group");
    if (setresuid(account->pw_uid, account->pw_uid, account->pw_uid) < 0)
        return fail(error, "cannot set the user");
    return TRUE;
}

gboolean
selo_privileges_drop(const char *user, GError **error)
{
    if (geteuid() == 0 && !become(user, error))
        return FALSE;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return fail(error, "cannot set no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return fail(error, "cannot forbid dumps");
    return TRUE;
}

static gboolean
can_read_all(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

    return syscall(SYS_capget, &header, sets) == 0
           && (sets[0].permitted & (1u << CAP_DAC_READ_SEARCH)) != 0;
}

static gboolean
keep_reading_all(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

    sets[0].permitted = sets[0].effective = 1u << CAP_DAC_READ_SEARCH;
    return syscall(SYS_capset, &header, sets) == 0;
}

void
selo_privileges_only_read(void)
{
    errno = EPERM; /* capabilities that are not there are no error of the kernel */
    if (geteuid() == 0
        && !(can_read_all() && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setgroups(0, NULL) == 0
             && setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0
             && keep_reading_all()))
        selo_event(G_LOG_LEVEL_WARNING, "compiler-not-confined", NULL, "reason", g_strerror(errno),
                   NULL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void
selo_privileges_raise_limits(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return;
    if (geteuid() == 0 && files.rlim_max < ROOT_MAX_FILES) {
        struct rlimit more = { ROOT_MAX_FILES, ROOT_MAX_FILES };

        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            return;
    }
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}
