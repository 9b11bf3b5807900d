/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-scan.h: between maildir-sync.c and its two helpers: reading the directories, and the
 * uidlist of a mailbox. account->lock is held for all of it.
 */
#pragma once

#include "plugins/maildir/maildir-store.h"

/* ---- maildir-scan.c ---- */

typedef struct {
    uint32_t *slots; /* index + 1; 0 = free */
    uint32_t mask;
} MaildirNameIndex;

typedef struct {
    MaildirBox *box;
    MaildirNameIndex names;
    GPtrArray *strangers; /* "new/NAME", "cur/NAME": files without a record */
    MaildirStamps stamps; /* of the directories, taken before they were read */
    gboolean is_new_due, is_cur_due;
} MaildirScan;

/* Errors: NOT_FOUND, the mailbox has gone. Missing subdirectories are made. */
gboolean maildir_stamps_take(const MaildirBox *box, MaildirStamps *out_stamps, GError **error);
gboolean maildir_stamps_is_same_new(const MaildirStamps *a, const MaildirStamps *b);
gboolean maildir_stamps_is_same_cur(const MaildirStamps *a, const MaildirStamps *b);
/* Time of the last change, in microseconds. */
int64_t maildir_stamps_newest(const MaildirStamps *stamps);
/* Could a change after @stamps were taken have left the same times? Then until when; else 0. */
int64_t maildir_stamps_racy_until(const MaildirStamps *stamps, int64_t taken_usec);
/* Marks what is found and what is changed, and lists strangers. */
gboolean maildir_scan_run(MaildirScan *scan, GError **error);

/* ---- maildir-records.c ---- */

/* Takes over what the list says; messages we know keep what we know of them. */
gboolean maildir_box_read_list(MaildirBox *box, const MaildirStamps *stamps, GError **error);
gboolean maildir_box_is_list_current(const MaildirBox *box, const char *path);
/* Header and the records of all files that were found. Lock held. */
gboolean maildir_box_rewrite_list(MaildirBox *box, GError **error);
