/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/store.h>: the interface store/1, where mail is kept. Roles worker and courier, in process
 * only; usually on threads of the instance's own pool, so blocking code is right.
 *
 * All operations work on sets and report modseqs. Flags cross in columns, a batch at a time
 * (SeloMsgBatch), so that a first view of 100,000 messages costs milliseconds. Two calls on one box
 * never run at once in a process, box_watch excepted; a call that was stopped or timed out counts as
 * over, so what a store must not do twice at once it still locks. What is particular to IMAP, POP3 or JMAP is in
 * server/mailbox, above this.
 */
#pragma once

#include <selo/plugin.h>

SELO_BEGIN_DECLS

typedef struct SeloQuery SeloQuery; /* a compiled search, read with selo_query_*() */
typedef struct {
    uint32_t first, last; /* both ends included */
} SeloRange;
typedef struct {
    const SeloRange *v; /* ascending, not touching */
    size_t n;
} SeloUids;

/* flags of SeloBoxRequest and SeloBoxInfo */
enum {
    SELO_BOX_SUBSCRIBED = 1,   /* box_list: only these, existing or not; box_subscribe: set or clear */
    SELO_BOX_NO_SELECT = 2,    /* a name with something below it, not a mailbox */
    SELO_BOX_NO_CHILDREN = 4,
    SELO_BOX_HAS_CHILDREN = 8,
    SELO_BOX_READ_ONLY = 16,
    SELO_BOX_WITH_STATUS = 32, /* box_list: fill the counters too */
    SELO_BOX_KEEP_RECENT = 64, /* box_open: look only, \Recent stays for the next (EXAMINE) */
    SELO_BOX_APPEND_ONLY = 128 /* box_open: as a target: the counters need not be filled */
};
/* fields of SeloMsgRequest */
enum {
    SELO_MSG_FLAGS = 1,
    SELO_MSG_DATES = 2,
    SELO_MSG_SIZE = 4, /* RFC822.SIZE: every line end counts two octets */
    SELO_MSG_IDS = 8,
    SELO_MSG_FACTS = 16,
    SELO_MSG_HEADER = 32,
    SELO_MSG_BODY = 64 /* the whole message, header included */
};
/* system flags, one bit each */
enum {
    SELO_FLAG_SEEN = 1,
    SELO_FLAG_ANSWERED = 2,
    SELO_FLAG_FLAGGED = 4,
    SELO_FLAG_DELETED = 8,
    SELO_FLAG_DRAFT = 16,
    SELO_FLAG_RECENT = 32 /* told, never set by a client */
};
enum { SELO_FLAGS_ADD, SELO_FLAGS_REMOVE, SELO_FLAGS_REPLACE };
#define SELO_KEYWORDS_MAX 64 /* keywords a mailbox can have: bits of a uint64_t */

typedef struct {
    uint32_t struct_size, reserved;
    SeloStr user, home; /* home: from the user database, may be unset */
    void *account;
    uint64_t quota_octets, quota_messages; /* account_open: from the user database, 0 = the store's own */
} SeloAccountRequest;
typedef struct {
    uint32_t struct_size, reserved;
    void *account; /* the store's own pointer, given back in every later request */
    uint64_t octets, messages, octets_limit, messages_limit, modseq; /* limits: 0 = none */
} SeloAccountReply;
typedef struct {
    uint32_t struct_size, flags;
    void *account, *box;
    SeloStr name, new_name, pattern; /* names: UTF-8 with "/", "INBOX" in capitals. pattern: unused
                                        by v1.0 callers, which match names themselves */
} SeloBoxRequest;
typedef struct {
    uint32_t struct_size, flags;
    void *box; /* box_open only: the store's own pointer */
    SeloStr name, id, special_use; /* id survives rename; special_use "\Sent" or unset */
    uint32_t uidvalidity, uidnext, messages, unseen, deleted, recent;
    uint64_t octets, modseq;
} SeloBoxInfo;
typedef struct {
    uint32_t struct_size, reserved;
    void *account, *box; /* box NULL = of the account */
    SeloStr name, prefix, value;
} SeloAttrRequest;
typedef struct {
    uint32_t struct_size, reserved;
    SeloStr name, value;
} SeloAttr;

typedef struct {
    uint32_t struct_size, fields;
    void *account, *box, *target; /* target: an open box of the same account */
    SeloUids uids;
    uint64_t since_modseq, unchanged_since; /* 0 = not asked */
    uint64_t body_offset, body_size;        /* the part of the body that is wanted; 0, 0 = all */
    uint32_t flags, flags_mode;             /* msg_flags: system flags and how */
    SeloStrs keywords;                      /* msg_flags: names, as the client spells them */
    const SeloQuery *query;
} SeloMsgRequest;

/* Facts about many messages of one box, in columns of n values; a column that is not filled is NULL.
 * msg_changes emits it for what is new or changed (all of uids, flags, keywords, modseqs) and for
 * what is gone; msg_flags for what it changed; msg_copy and msg_move: uids with new_uids. */
typedef struct {
    uint32_t struct_size, n;
    const uint32_t *uids;     /* ascending */
    const uint32_t *new_uids; /* in the target */
    const uint32_t *flags;    /* SELO_FLAG_* */
    const uint64_t *keywords; /* bit i stands for keyword_names.v[i] */
    const uint64_t *modseqs;
    SeloStrs keyword_names; /* of the box; only ever grows at its end while the box is open */
    SeloUids gone;          /* expunged */
    SeloUids modified;      /* msg_flags: left alone, changed after unchanged_since */
    uint64_t modseq;        /* highest of the box (of the target: copy, move) after this batch */
    uint32_t uidvalidity;   /* of the box; of the target: append, copy, move */
    uint32_t uidnext;
} SeloMsgBatch;

/* One message, from msg_fetch. */
typedef struct {
    uint32_t struct_size, uid;
    uint64_t modseq, size, keywords;
    SeloTime internal_date, save_date;
    uint32_t flags, reserved;
    SeloStr email_id, thread_id; /* email_id: unique in the account, kept by copies (the GUID) */
    SeloStr facts;               /* parsed ENVELOPE, BODYSTRUCTURE, offsets: <selo/facts.h>; unset if
                                    the store does not keep them: the core then parses */
    SeloBlob header, body;
} SeloMsg;

typedef struct {
    uint32_t struct_size, flags; /* SELO_FLAG_* */
    SeloBlob message;
    SeloTime internal_date, save_date; /* unset = now */
    SeloStrs keywords;
    SeloStr facts, delivery_id; /* a mailbox that has this delivery_id answers with the first uid */
    uint32_t first_try, reserved; /* 1: delivery_id was never used before; keep it, but do not look for it */
} SeloAppendItem;
typedef struct {
    uint32_t struct_size, later; /* 1: still in the spool, need not be on disk before the next sync */
    void *account, *box;
    const SeloAppendItem *const *items;
    size_t n;
} SeloAppendRequest; /* all or none */

/**
 * SeloStoreV1:
 *
 * account_open: reply SeloAccountReply. account_usage: the same with counters. account_list (opt):
 *   emits SeloStr, every account with mail here. sync: every append of this process with later = 1 is
 *   on disk.
 * box_list: emits SeloBoxInfo by name; every account has an INBOX. box_create, box_rename (with all
 *   below; RFC 9051 section 6.3.6 for INBOX), box_delete: NOT_FOUND, EXISTS, INVALID (a name this
 *   store cannot keep), DENIED. box_subscribe: flags SUBSCRIBED or 0; it need not exist.
 * box_open: reply SeloBoxInfo with box. box_close. box_status: by name, reply SeloBoxInfo.
 * box_watch: until stopped: emits SeloBoxInfo at each change; box NULL = the whole account.
 * attr_*: reply or rows SeloAttr.
 * msg_changes: emits SeloMsgBatch: new, changed and gone since since_modseq (0 = all that is there).
 * msg_fetch: emits SeloMsg in uid order; a uid that is gone is left out.
 * msg_append: emits one SeloMsgBatch with new_uids, one an item.
 * msg_copy, msg_move, msg_flags: emit SeloMsgBatch. msg_expunge: of @uids those with \Deleted;
 *   emits SeloMsgBatch with gone.
 * msg_search (opt): feature "search": emits SeloMsgBatch with uids; UNSUPPORTED = the core scans.
 *
 * Errors: OVER_QUOTA, TOO_BIG, TEMPORARY (disk full, I/O; operator text says which), CONFLICT.
 */
typedef struct {
    SELO_INSTANCE;
    SELO_OP(account_open, SeloAccountRequest);
    SELO_OP(account_close, SeloAccountRequest);
    SELO_OP(account_usage, SeloAccountRequest);
    SELO_OP(account_list, SeloAccountRequest);
    SELO_OP(sync, SeloAccountRequest);
    SELO_OP(box_list, SeloBoxRequest);
    SELO_OP(box_create, SeloBoxRequest);
    SELO_OP(box_rename, SeloBoxRequest);
    SELO_OP(box_delete, SeloBoxRequest);
    SELO_OP(box_subscribe, SeloBoxRequest);
    SELO_OP(box_open, SeloBoxRequest);
    SELO_OP(box_close, SeloBoxRequest);
    SELO_OP(box_status, SeloBoxRequest);
    SELO_OP(box_watch, SeloBoxRequest);
    SELO_OP(attr_get, SeloAttrRequest);
    SELO_OP(attr_set, SeloAttrRequest);
    SELO_OP(attr_list, SeloAttrRequest);
    SELO_OP(msg_changes, SeloMsgRequest);
    SELO_OP(msg_fetch, SeloMsgRequest);
    SELO_OP(msg_append, SeloAppendRequest);
    SELO_OP(msg_copy, SeloMsgRequest);
    SELO_OP(msg_move, SeloMsgRequest);
    SELO_OP(msg_flags, SeloMsgRequest);
    SELO_OP(msg_expunge, SeloMsgRequest);
    SELO_OP(msg_search, SeloMsgRequest);
} SeloStoreV1;

SELO_END_DECLS
