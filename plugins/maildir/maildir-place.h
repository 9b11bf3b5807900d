/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-place.h: how messages come into a mailbox, whether appended, copied or moved: files get
 * their place and their UID together, all or none.
 */
#pragma once

#include "plugins/maildir/maildir-store.h"

typedef struct {
    char *from;     /* file in the source directory, such as "tmp/NAME" */
    char *file;     /* "new/NAME" or "cur/NAME:2,FLAGS" in the mailbox */
    char *fields;   /* of its uidlist record; NULL = none */
    uint32_t uid;   /* filled in; if set before: it is there already, nothing is placed */
    gboolean is_in_place;
} MaildirPlacement;
void maildir_placement_clear(gpointer placement);

typedef enum { MAILDIR_PLACE_RENAME, MAILDIR_PLACE_LINK } MaildirPlaceMode;

/* account->lock and the uidlist's lock held, list refreshed and ensured. CONFLICT: a source file
 * has gone meanwhile. On failure all is as before. */
gboolean maildir_place(MaildirBox *box, const char *source, GArray *placements,
                       MaildirPlaceMode mode, GError **error);
/* What maildir_place() did is on disk after this. No lock held: @path is the mailbox's. */
gboolean maildir_place_sync(const char *path, const GArray *placements, GError **error);
/* The batch that answers append, copy and move, to be emitted when no lock is held any more: its
 * new_uids are @new_uids, which has room for all placements. */
SeloMsgBatch maildir_place_batch(const MaildirBox *box, const GArray *placements,
                                 uint32_t *new_uids);
