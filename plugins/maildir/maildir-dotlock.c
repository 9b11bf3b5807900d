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

#define DEAD_HOLDER_SECONDS 2  /* from this age on a lock of a process that is gone is broken */
#define NO_HOLDER_SECONDS   10 /* and an empty one: its maker died before it wrote its name */

const MaildirDotlockLimits maildir_uidlist_limits = { 122 * G_USEC_PER_SEC, 120 * G_USEC_PER_SEC };
const MaildirDotlockLimits maildir_subscriptions_limits = { 120 * G_USEC_PER_SEC,
                                                            30 * G_USEC_PER_SEC };

/* FALSE with errno. */
static gboolean
write_holder(int fd)
{
    char holder[320], host[256] = "";
    size_t size;
    ssize_t put;

    gethostname(host, sizeof host - 1);
    size = (size_t) g_snprintf(holder, sizeof holder, "%d:%s", (int) getpid(), host);
    put = write(fd, holder, size);
    if (put >= 0 && (size_t) put < size)
        errno = ENOSPC;
    return put == (ssize_t) size;
}

/* The lock appears with its holder in it: a process killed on the way leaves nothing behind. FALSE
 * with errno; EOPNOTSUPP or EISDIR: this file system cannot do it. */
static gboolean
link_lock(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600), saved_errno;
    char name[64];
    gboolean is_linked;

    if (fd < 0)
        return FALSE;
    g_snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    is_linked =
        write_holder(fd) && linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
    saved_errno = errno == ENOENT ? EOPNOTSUPP : errno; /* no /proc */
    close(fd);
    errno = saved_errno;
    return is_linked;
}

static gboolean
create_lock(const char *path)
{
    int fd, saved_errno;
    gboolean is_written;

    if (link_lock(path))
        return TRUE;
    if (errno != EOPNOTSUPP && errno != EISDIR)
        return FALSE;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return FALSE;
    is_written = write_holder(fd);
    saved_errno = errno;
    close(fd);
    if (!is_written)
        unlink(path);
    errno = saved_errno;
    return is_written;
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
    if (lock->st_size == 0 && is_older(lock, NO_HOLDER_SECONDS * G_USEC_PER_SEC))
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
