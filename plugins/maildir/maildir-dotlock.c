/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-dotlock.c: lock files. fcntl locks lost: Dovecot does not look at them here, and they do
 * not exclude two threads of one process. Who finds the lock taken waits for the file's removal
 * with inotify; a time-out of two seconds at most serves only the test for abandoned locks.
 */
#include "config.h"

#include "plugins/maildir/maildir-dotlock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"

#define DEAD_HOLDER_SECONDS 2 /* a lock of a process that is gone counts from this age on */

const MaildirDotlockLimits maildir_uidlist_limits = { 122 * G_USEC_PER_SEC, 120 * G_USEC_PER_SEC };
const MaildirDotlockLimits maildir_subscriptions_limits = { 120 * G_USEC_PER_SEC,
                                                            30 * G_USEC_PER_SEC };

/* FALSE with errno. */
static gboolean
create_lock(const char *path)
{
    char holder[320], host[256] = "";
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), saved_errno;
    ssize_t put;

    if (fd < 0)
        return FALSE;
    gethostname(host, sizeof host - 1);
    g_snprintf(holder, sizeof holder, "%d:%s", (int) getpid(), host);
    put = write(fd, holder, strlen(holder));
    saved_errno = errno;
    close(fd);
    if (put == (ssize_t) strlen(holder))
        return TRUE;
    unlink(path);
    errno = put < 0 ? saved_errno : ENOSPC;
    return FALSE;
}

/* Does the lock name a process of this host that does not exist any more? */
static gboolean
is_holder_dead(const char *path)
{
    char host[256] = "";
    size_t size;
    g_autofree char *holder = maildir_read_file(path, 1024, &size, NULL);
    char *name = holder != NULL ? strchr(holder, ':') : NULL;
    long pid;

    if (name == NULL)
        return FALSE;
    *name++ = '\0';
    gethostname(host, sizeof host - 1);
    pid = strtol(holder, NULL, 10);
    return pid > 0 && strcmp(name, host) == 0 && kill((pid_t) pid, 0) < 0 && errno == ESRCH;
}

static gboolean
is_older(const struct stat *facts, int64_t usec)
{
    return (int64_t) facts->st_mtim.tv_sec * G_USEC_PER_SEC + usec < g_get_real_time();
}

static gboolean
is_abandoned(const char *path, const struct stat *lock, const char *file,
             const MaildirDotlockLimits *limits)
{
    struct stat guarded;

    if (is_older(lock, DEAD_HOLDER_SECONDS * G_USEC_PER_SEC) && is_holder_dead(path))
        return TRUE;
    return is_older(lock, limits->stale_usec)
           && (stat(file, &guarded) < 0 || is_older(&guarded, limits->stale_usec));
}

/* Removes the lock if it is abandoned, and still the same when that is known. */
static void
break_abandoned(const char *path, const char *file, const MaildirDotlockLimits *limits)
{
    struct stat before, after;

    if (lstat(path, &before) == 0 && is_abandoned(path, &before, file, limits)
        && lstat(path, &after) == 0 && after.st_ino == before.st_ino
        && after.st_mtim.tv_sec == before.st_mtim.tv_sec
        && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec)
        unlink(path);
}

static void
wait_for_removal(int watch, int64_t usec)
{
    struct pollfd item = { .fd = watch, .events = POLLIN };
    char events[4096] __attribute__((aligned(8)));

    if (poll(&item, 1, (int) (usec / 1000) + 1) > 0)
        while (read(watch, events, sizeof events) > 0)
            continue;
}

static int
watch_directory_of(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    if (watch >= 0)
        inotify_add_watch(watch, directory, IN_DELETE | IN_MOVED_FROM);
    return watch;
}

/* The lock is taken by somebody else: waits its turn. */
static gboolean
wait_and_create(const char *path, const char *file, const MaildirDotlockLimits *limits,
                SeloCall *call, GError **error)
{
    int64_t give_up = g_get_monotonic_time() + limits->wait_usec, left;
    int watch = watch_directory_of(path);
    gboolean is_created = FALSE;

    for (;;) {
        break_abandoned(path, file, limits);
        is_created = create_lock(path);
        if (is_created || errno != EEXIST)
            break;
        left = give_up - g_get_monotonic_time();
        errno = EEXIST;
        if (left <= 0 || (call != NULL && selo_call_stopped(call)))
            break;
        wait_for_removal(watch, MIN(left, (DEAD_HOLDER_SECONDS * G_USEC_PER_SEC) / 2));
    }
    if (!is_created)
        maildir_fail_errno(error, "%s: cannot take the lock", path);
    if (watch >= 0)
        close(watch);
    return is_created;
}

gboolean
maildir_dotlock_take(MaildirDotlock *lock, const char *file, const MaildirDotlockLimits *limits,
                     SeloCall *call, GError **error)
{
    g_autofree char *path = g_strconcat(file, ".lock", NULL);

    g_assert(lock->path == NULL);
    if (!create_lock(path)) {
        if (errno != EEXIST)
            return maildir_fail_errno(error, "%s: cannot create the lock", path);
        if (!wait_and_create(path, file, limits, call, error))
            return FALSE;
    }
    lock->path = g_steal_pointer(&path);
    return TRUE;
}

gboolean
maildir_dotlock_replace(MaildirDotlock *lock, const char *file, const char *octets, size_t size,
                        GError **error)
{
    if (!maildir_replace_file(file, lock->path, octets, size, 0600, error)) {
        g_clear_pointer(&lock->path, g_free); /* removed with the failure */
        return FALSE;
    }
    g_clear_pointer(&lock->path, g_free);
    return TRUE;
}

void
maildir_dotlock_release(MaildirDotlock *lock)
{
    if (lock->path != NULL)
        unlink(lock->path);
    g_clear_pointer(&lock->path, g_free);
}
