/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-mailbox.h: one mailbox, one a process, store, account and name: columns of uid, flags,
 * keywords and modseq that all views share. Kept up by msg_changes since the modseq known, and by
 * the batches that answer this process's own changes. A view that is in step with it owns no list
 * of its own.
 */
#pragma once

#include "server/mailbox/selo-task.h"

/* Uids, ascending. Counted; only the mailbox appends, beyond what any view counts as its own. */
typedef struct {
    uint32_t refs, capacity;
    uint32_t v[];
} SeloUidList;
SeloUidList *selo_uid_list_new(uint32_t capacity);
SeloUidList *selo_uid_list_ref(SeloUidList *list);
void selo_uid_list_unref(SeloUidList *list);
/* Index of the first uid of at least @uid; @n if there is none. */
uint32_t selo_uid_list_find(const SeloUidList *list, uint32_t n, uint32_t uid);

typedef struct {
    SeloUidList *uids;
    uint32_t n, n_recent; /* n_recent: messages that no session has had as \Recent */
    uint32_t *flags;
    uint64_t *keywords, *modseqs;
    uint32_t *stamps; /* of the last change that this process saw */
    uint32_t stamp;   /* counts changes */
} SeloColumns;

typedef struct { /* the store's box */
    void *handle;
    gboolean is_opening, is_read_only, keeps_recent;
    gboolean opens_target, is_target; /* open only to append to (SELO_BOX_APPEND_ONLY) */
    gboolean is_gone; /* deleted or replaced: what is known stands, and nothing more can be asked */
    GQueue waiting;   /* SeloTask: until it is open */
} SeloMailboxBox;

typedef struct {
    SeloJob *job;
    uint64_t modseq;              /* highest in the batches of this one */
    gboolean is_due;              /* again, when this one is over */
    GQueue waiting, waiting_next; /* SeloTask: for this one, for one that begins after it */
} SeloMailboxRefresh;

typedef struct {
    uint32_t n_views;
    SeloCall *call; /* box_watch */
    SeloTimer retry;
} SeloMailboxWatch;

struct SeloMailbox {
    uint32_t refs; /* views and tasks; 0 = idle */
    SeloHome *home;
    char *name;
    SeloMailboxBox box;
    SeloMailboxRefresh refresh;
    SeloMailboxWatch watch;
    SeloColumns columns;
    GPtrArray *keyword_names; /* char * */
    GArray *keyword_strs;     /* SeloStr of the same */
    uint32_t uidvalidity, uidnext;
    uint64_t modseq; /* highest known */
    uint64_t since;  /* all changes up to here are known */
    gboolean is_loaded;
    GQueue views; /* SeloView */
    SeloTimer idle;
};

/* The mailbox of that name, not open yet if it is new here. (transfer full) */
SeloMailbox *selo_mailbox_get(SeloHome *home, SeloStr name);
SeloMailbox *selo_mailbox_ref(SeloMailbox *box);
void selo_mailbox_unref(SeloMailbox *box);
void selo_mailbox_free(SeloMailbox *box); /* by its home */
/* Opens it in the store. @flags SELO_BOX_KEEP_RECENT: only to look; SELO_BOX_APPEND_ONLY: not even
 * that. */
void selo_mailbox_wait_open(SeloMailbox *box, uint32_t flags, SeloTask *task, SeloTaskStep step);
/* Asks the store for what changed, in a call that begins after this one. @task NULL: nobody
 * waits. */
void selo_mailbox_refresh(SeloMailbox *box, SeloTask *task, SeloTaskStep step);
/* Takes up the answer to a change of our own. @silent_for (nullable): a view that is not told. */
void selo_mailbox_apply(SeloMailbox *box, const SeloMsgBatch *batch, SeloView *silent_for);
/* Deleted, renamed or replaced: whoever opens the name next gets a new one. */
void selo_mailbox_set_gone(SeloMailbox *box);
void selo_mailbox_watch(SeloMailbox *box, gboolean is_more);
/* Closes it now; only when it is idle. */
void selo_mailbox_close(SeloMailbox *box);

/* selo-columns.c. @changed (uint32_t): gets the uids whose flags, keywords or modseq are new,
 * messages that are new themselves left out. Uses a new stamp if there are any. */
void selo_columns_apply(SeloMailbox *box, const SeloMsgBatch *batch, GArray *changed);

/* selo-view.c: tells the view's watcher, if the view is behind. */
void selo_view_notify(SeloView *view);
/* selo-view.c: changes of @uids up to the newest stamp are known to the view. */
void selo_view_skip_stamp(SeloView *view, uint32_t before, const uint32_t *uids, uint32_t n);
