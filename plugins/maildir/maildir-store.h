/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-store.h: what the files of this plugin share: a store instance, its accounts, their boxes
 * and the sessions' handles on them.
 *
 * Locks: store->lock guards the table of accounts and their counts; account->lock all that an
 * account and its boxes hold in memory. Files are written and synced outside of account->lock
 * wherever the data is large; store->lock is never held while one waits for a file.
 */
#pragma once

#include <selo/store.h>

#include "plugins/maildir/maildir-dotlock.h"
#include "plugins/maildir/maildir-folders.h"
#include "plugins/maildir/maildir-keywords.h"
#include "plugins/maildir/maildir-uidlist.h"

typedef struct MaildirStore MaildirStore;
typedef struct MaildirAccount MaildirAccount;
typedef struct MaildirBox MaildirBox;
typedef struct MaildirWatcher MaildirWatcher;

struct MaildirStore {
    const SeloConf *conf; /* of the instance, borrowed */
    char *host;           /* for file names, without "/", ":" and "," */
    gboolean is_fs, is_utf8, is_crlf, is_unsynced;
    GMutex lock;
    GHashTable *accounts; /* root → MaildirAccount, borrowed */
    MaildirWatcher *watcher;
};

struct MaildirAccount {
    MaildirStore *store;
    char *root;
    MaildirLayout layout;
    uint64_t octets_limit, messages_limit; /* 0 = none */
    uint32_t n_refs;                       /* under store->lock */
    GMutex lock;
    uint64_t modseq;                       /* highest given in this process */
    GHashTable *boxes;                     /* path → MaildirBox */
    GHashTable *last_modseqs;              /* path → uint64_t: of boxes that were in memory */
};

/* marks of a message */
enum {
    MAILDIR_SHOWN = 1,   /* its file was seen: it is a message */
    MAILDIR_NEW = 2,     /* its file is in new/ */
    MAILDIR_FOUND = 4,   /* by the scan that is going on */
    MAILDIR_CHANGED = 8, /* that scan found it new or changed */
    MAILDIR_MET = 16     /* its file was met in this round of the scan */
};

/* Messages in columns, by uid, so that they cross the interface as they are. */
typedef struct {
    uint32_t n, size;
    uint32_t *uids;
    uint32_t *flags;    /* SELO_FLAG_*, without RECENT */
    uint32_t *names;    /* where the base name begins in box->names */
    uint64_t *keywords; /* bits of box->keywords */
    uint64_t *modseqs;
    uint8_t *marks;
} MaildirMessages;

typedef struct {
    uint32_t first, last;
    uint64_t modseq;
} MaildirGone;

/* What the directories looked like when they were scanned last. */
typedef struct {
    struct timespec new_mtime, cur_mtime;
    uint64_t new_inode, cur_inode;
    int64_t recheck_usec; /* real time from which one more scan is due; 0 = none */
} MaildirStamps;

struct MaildirBox {
    MaildirAccount *account;
    char *name, *path;
    uint32_t n_handles;
    gboolean is_loaded;
    uint32_t uidvalidity;
    MaildirUidlist list;
    MaildirKeywords keywords;
    MaildirMessages messages;
    GString *names;     /* base names, each with a 0 behind it */
    GHashTable *odd;    /* uid → whole file name, where it is not just base and flags */
    GHashTable *fields; /* uid → fields of its uidlist record */
    GHashTable *sizes;  /* uid → RFC822.SIZE, where the name does not tell */
    GArray *gone;       /* MaildirGone, by modseq */
    uint64_t modseq, base_modseq; /* changes up to base_modseq are not known one by one */
    MaildirStamps stamps;
    MaildirDotlock lock; /* of the uidlist, while an operation holds it */
};

/* A session's open box: the store's own pointer of the interface. */
typedef struct {
    MaildirBox *box;
    gboolean is_looking; /* EXAMINE: leaves \Recent to others */
    GArray *recent;      /* SeloRange: messages this session was the first to see */
} MaildirHandle;

/* ---- maildir-account.c ---- */

/* The mail directory of a user by the template @path. Errors: INVALID. */
char *maildir_expand_path(const char *path, SeloStr user, SeloStr home, GError **error);
MaildirAccount *maildir_account_ref(MaildirStore *store, const SeloAccountRequest *request,
                                    const SeloConf *conf, GError **error);
void maildir_account_unref(MaildirAccount *account);
/* Every user the template has a directory for. */
void maildir_account_each(MaildirStore *store, void (*found)(void *data, SeloStr user), void *data);

/* ---- maildir-box.c; account->lock held ---- */

/* Errors: INVALID, NOT_FOUND. Not loaded yet. */
MaildirBox *maildir_box_find(MaildirAccount *account, SeloStr name, GError **error);
/* Forgets what is in memory, if no handle is left. */
void maildir_box_release(MaildirBox *box);
/* A TEMPORARY failure in a mailbox that another process has deleted becomes NOT_FOUND. */
void maildir_explain(const MaildirAccount *account, const char *path, GError **error);
void maildir_box_reset(MaildirBox *box);
void maildir_box_free(MaildirBox *box);
MaildirHandle *maildir_handle_new(MaildirBox *box, gboolean is_looking);
void maildir_handle_free(MaildirHandle *handle);
void maildir_box_describe(MaildirBox *box, MaildirHandle *handle, SeloBoxInfo *out_info);

/* Index of the first message with at least @uid. */
uint32_t maildir_messages_seek(const MaildirMessages *messages, uint32_t uid);
/* Walks those of @uids that are there: start with 0, 0; FALSE at the end. */
typedef struct {
    size_t range;
    uint32_t next;
} MaildirWalk;
gboolean maildir_messages_walk(const MaildirMessages *messages, SeloUids uids, MaildirWalk *walk,
                               uint32_t *out_index);
/* Adds a message behind the last, without flags; its index. */
uint32_t maildir_box_add(MaildirBox *box, const MaildirUidRecord *record);
/* Takes out those that @is_kept says no to, in one pass. */
void maildir_box_compact(MaildirBox *box, uint8_t kept_mark);
const char *maildir_box_base(const MaildirBox *box, uint32_t index);
/* "new/NAME" or "cur/NAME". */
void maildir_box_file(const MaildirBox *box, uint32_t index, GString *out);
/* Takes over what a file's name says. */
void maildir_box_observe(MaildirBox *box, uint32_t index, const char *file, gboolean is_in_new);
/* A new modseq: greater than all before, and no less than the time of the change. */
uint64_t maildir_box_bump(MaildirBox *box, int64_t changed_usec);
void maildir_box_add_gone(MaildirBox *box, uint32_t uid);
gboolean maildir_handle_is_recent(const MaildirHandle *handle, uint32_t uid);
void maildir_ranges_add(GArray *ranges, uint32_t uid);

/* ---- maildir-sync.c; account->lock held ---- */

/* Brings memory up to date with the directories; a few stat calls if nothing changed. */
gboolean maildir_box_sync(MaildirBox *box, SeloCall *call, GError **error);
/* The same, and what lies in new/ goes to cur/ and becomes this session's \Recent. */
gboolean maildir_handle_sync(MaildirHandle *handle, SeloCall *call, GError **error);
/* After changes of our own in a box that was in sync: they need no new scan. Returns the modseq
 * that these changes get. */
uint64_t maildir_box_settle(MaildirBox *box);
/* The dotlock of the uidlist. */
gboolean maildir_box_lock(MaildirBox *box, SeloCall *call, GError **error);
void maildir_box_unlock(MaildirBox *box);
/* Reads the uidlist, or only its two ends where the box is not loaded. Lock held. */
gboolean maildir_box_refresh_list(MaildirBox *box, GError **error);
/* Makes sure that there is a uidlist to append to. Lock held and list refreshed. */
gboolean maildir_box_ensure_list(MaildirBox *box, GError **error);
char *maildir_box_list_path(const MaildirBox *box);

/* ---- operations, one file a concern ---- */

void maildir_msg_changes(void *self, SeloCall *call, const SeloMsgRequest *request);
void maildir_msg_fetch(void *self, SeloCall *call, const SeloMsgRequest *request);
void maildir_msg_append(void *self, SeloCall *call, const SeloAppendRequest *request);
void maildir_msg_copy(void *self, SeloCall *call, const SeloMsgRequest *request);
void maildir_msg_move(void *self, SeloCall *call, const SeloMsgRequest *request);
void maildir_msg_flags(void *self, SeloCall *call, const SeloMsgRequest *request);
void maildir_msg_expunge(void *self, SeloCall *call, const SeloMsgRequest *request);
void maildir_box_list(void *self, SeloCall *call, const SeloBoxRequest *request);
void maildir_box_create(void *self, SeloCall *call, const SeloBoxRequest *request);
void maildir_box_rename(void *self, SeloCall *call, const SeloBoxRequest *request);
void maildir_box_delete(void *self, SeloCall *call, const SeloBoxRequest *request);
void maildir_box_subscribe(void *self, SeloCall *call, const SeloBoxRequest *request);
void maildir_box_watch(void *self, SeloCall *call, const SeloBoxRequest *request);

/* Ends a call with what went wrong. */
void maildir_return_error(SeloCall *call, const GError *error);
/* Moves all messages of INBOX into the new mailbox (RFC 9051 section 6.3.6). */
gboolean maildir_move_all(MaildirBox *from, MaildirBox *to, SeloCall *call, GError **error);
/* NULL if the folder has none. */
char *maildir_special_use(MaildirStore *store, const char *name);

/* ---- maildir-quota.c ---- */

typedef struct {
    uint64_t octets, messages;
} MaildirUsage;
gboolean maildir_quota_read(MaildirAccount *account, MaildirUsage *out_usage, GError **error);
/* Errors: OVER_QUOTA. */
gboolean maildir_quota_check(MaildirAccount *account, uint64_t octets, uint64_t messages,
                             GError **error);
/* Tells of a change; nothing where no quota is set. */
void maildir_quota_add(MaildirAccount *account, int64_t octets, int64_t messages);
/* More changed than can be told: the sum is made anew when it is next asked for. */
void maildir_quota_forget(MaildirAccount *account);

/* ---- maildir-watch.c ---- */

MaildirWatcher *maildir_watcher_new(void);
void maildir_watcher_free(MaildirWatcher *watcher);
