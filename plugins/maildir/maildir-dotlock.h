/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-dotlock.h: the lock files that Dovecot and Selo both honour: FILE.lock beside FILE.
 */
#pragma once

#include <selo/plugin.h>

typedef struct {
    char *path; /* of the lock file; NULL = not held */
} MaildirDotlock;

typedef struct {
    int64_t wait_usec;  /* how long to wait for another holder */
    int64_t stale_usec; /* a lock is abandoned if neither it nor the file changed for so long */
} MaildirDotlockLimits;
extern const MaildirDotlockLimits maildir_uidlist_limits, maildir_subscriptions_limits;

/* Blocks. Gives up early when @call (may be NULL) is stopped. Errors: TEMPORARY says
 * who holds it. */
gboolean maildir_dotlock_take(MaildirDotlock *lock, const char *file,
                              const MaildirDotlockLimits *limits, SeloCall *call, GError **error);
/* Lets @octets become the file, through the lock file itself, which ends the lock. */
gboolean maildir_dotlock_replace(MaildirDotlock *lock, const char *file, const char *octets,
                                 size_t size, GError **error);
/* No-op if not held. */
void maildir_dotlock_release(MaildirDotlock *lock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MaildirDotlock, maildir_dotlock_release)
