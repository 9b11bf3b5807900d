/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/mailbox.h>: a user's mail as every protocol sees it: accounts, mailboxes, numbered views.
 * It stands above any store/1 and does once what IMAP, POP3 and JMAP need alike.
 *
 * Functions that take @done are asynchronous: rows and @done come in the session's loop, never
 * before the function returns; a stop of @call ends them with SELO_CANCELLED. The others answer
 * from memory.
 */
#pragma once

#include <selo/store.h>

SELO_BEGIN_DECLS

typedef struct SeloAccount SeloAccount;
typedef struct SeloView SeloView;

/* ---- accounts and the tree of mailboxes; names are UTF-8 with "/", INBOX in capitals ---- */

typedef void (*SeloAccountFunc)(void *data, SeloStatus status, const char *operator_text,
                                SeloAccount *account); /* (transfer full) */
/* Finds the user's store (user database, then [domain], then the only one) and opens the account.
 * */
void selo_account_open(SeloCall *call, SeloStr user, SeloAccountFunc opened, void *data);
SeloAccount *selo_account_ref(SeloAccount *account);
void selo_account_unref(SeloAccount *account);
/* Do both lead to the same mail? Each session opens its own. */
gboolean selo_account_equal(const SeloAccount *account, const SeloAccount *other);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloAccount, selo_account_unref)

/* Rows SeloBoxInfo, by name. flags: SELO_BOX_WITH_STATUS, SELO_BOX_SUBSCRIBED. Parents that do not
 * exist come as SELO_BOX_NO_SELECT; HAS_CHILDREN and NO_CHILDREN are always filled. Mailboxes that
 * [store] declares with a special use come with it, existing or not yet. */
void selo_account_list(SeloAccount *account, SeloCall *call, uint32_t flags, SeloRowFunc row,
                       SeloDoneFunc done, void *data);
void selo_account_create(SeloAccount *account, SeloCall *call, SeloStr name, SeloDoneFunc done,
                         void *data);
void selo_account_rename(SeloAccount *account, SeloCall *call, SeloStr name, SeloStr new_name,
                         SeloDoneFunc done, void *data);
void selo_account_delete(SeloAccount *account, SeloCall *call, SeloStr name, SeloDoneFunc done,
                         void *data);
void selo_account_subscribe(SeloAccount *account, SeloCall *call, SeloStr name, gboolean subscribed,
                            SeloDoneFunc done, void *data);
/* Reply SeloBoxInfo. */
void selo_account_status(SeloAccount *account, SeloCall *call, SeloStr name, SeloDoneFunc done,
                         void *data);
/* Did the store name limits when it opened the account? Without any its usage need not be asked
 * for. */
gboolean selo_account_has_limits(SeloAccount *account);
/* Reply SeloAccountReply: usage and limits. */
void selo_account_usage(SeloAccount *account, SeloCall *call, SeloDoneFunc done, void *data);
/* Reply SeloMsgBatch with new_uids and uidvalidity. All items or none. */
void selo_account_append(SeloAccount *account, SeloCall *call, SeloStr name,
                         const SeloAppendItem *const *items, size_t n, SeloDoneFunc done,
                         void *data);
/* POP3's lock (RFC 1939 section 4): one holder an account over all processes; EXISTS = taken. Held
 * until the account's last reference is gone. */
void selo_account_lock(SeloAccount *account, SeloCall *call, SeloDoneFunc done, void *data);

/* ---- a numbered view of one mailbox: what a session has been told ---- */

typedef void (*SeloViewFunc)(void *data, SeloStatus status, const char *operator_text,
                             SeloView *view); /* (transfer full) */
/* @flags: SELO_BOX_READ_ONLY (EXAMINE). */
void selo_view_open(SeloAccount *account, SeloCall *call, SeloStr name, uint32_t flags,
                    SeloViewFunc opened, void *data);
/* What it has under way goes on, but no row and no @done of it comes any more. */
void selo_view_free(SeloView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloView, selo_view_free)

SeloStr selo_view_name(SeloView *view);
gboolean selo_view_is_read_only(SeloView *view);
uint32_t selo_view_uidvalidity(SeloView *view);
uint32_t selo_view_uidnext(SeloView *view);
uint64_t selo_view_modseq(SeloView *view); /* highest told to this session */
uint32_t selo_view_count(SeloView *view);
uint32_t selo_view_recent(SeloView *view);
/* Sequence number of the first message without \Seen, 0 = none. */
uint32_t selo_view_first_unseen(SeloView *view);
uint32_t selo_view_uid(SeloView *view, uint32_t seq); /* 1 to count */
/* Sequence number of @uid, 0 = not there. */
uint32_t selo_view_seq(SeloView *view, uint32_t uid);
/* Sequence number of the first message with a uid of at least @uid; count + 1 if none. */
uint32_t selo_view_seq_at_least(SeloView *view, uint32_t uid);
uint32_t selo_view_flags(SeloView *view, uint32_t seq);
uint64_t selo_view_keywords(SeloView *view, uint32_t seq);
uint64_t selo_view_msg_modseq(SeloView *view, uint32_t seq);
SeloStrs selo_view_keyword_names(SeloView *view);
/* Was @seq expunged by another session since (it keeps its number until the next sync)? */
gboolean selo_view_is_gone(SeloView *view, uint32_t seq);

/* What a sync tells, in the order a client must hear it. */
typedef enum {
    SELO_VIEW_EXPUNGED, /* seq is the number at that moment; uid */
    SELO_VIEW_KEYWORDS, /* new keyword names came up: FLAGS and PERMANENTFLAGS again */
    SELO_VIEW_EXISTS,   /* seq = the new count */
    SELO_VIEW_RECENT,   /* seq = the new count */
    SELO_VIEW_FLAGS     /* seq, uid: flags, keywords or modseq are new */
} SeloViewEventKind;
typedef struct {
    uint32_t struct_size, kind, seq, uid;
} SeloViewEvent;
enum {
    SELO_SYNC_NO_EXPUNGE = 1, /* numbers stand (RFC 9051 section 7.5.1): FETCH, STORE, SEARCH */
    SELO_SYNC_CHECK = 2       /* ask the store; without it only what is already known here */
};
/* Brings the view up to date; rows SeloViewEvent. Without SELO_SYNC_CHECK rows and @done may use
 * only what is known, and cost no I/O. */
void selo_view_sync(SeloView *view, SeloCall *call, uint32_t flags, SeloRowFunc row,
                    SeloDoneFunc done, void *data);
/* Until stopped or freed: @changed runs when a sync would tell something (IDLE). NULL stops. */
void selo_view_watch(SeloView *view, void (*changed)(void *data), void *data);

/* Rows SeloMsg, in uid order, asynchronously and with back-pressure: see selo_view_fetch_pause. */
typedef struct SeloFetch SeloFetch;
SeloFetch *selo_view_fetch(SeloView *view, SeloCall *call, SeloUids uids, uint32_t fields,
                           SeloRowFunc row, SeloDoneFunc done, void *data);
/* The stream's queue is full: no rows until selo_view_fetch_resume(). Valid until @done. */
void selo_view_fetch_pause(SeloFetch *fetch);
void selo_view_fetch_resume(SeloFetch *fetch);

/* The next sync tells the flags of all of @uids, changed or not (RFC 9051 section 6.4.6); @silent: it
 * does not tell the changes made here (.SILENT). Reply SeloMsgBatch with modified. */
typedef struct {
    uint32_t struct_size, mode; /* SELO_FLAGS_* */
    uint32_t flags, silent;
    SeloStrs keywords;
    uint64_t unchanged_since;
} SeloFlagChange;
void selo_view_store(SeloView *view, SeloCall *call, SeloUids uids, const SeloFlagChange *change,
                     SeloDoneFunc done, void *data);
/* Reply SeloMsgBatch: uids and new_uids (all that were copied), uidvalidity of the target.
 * NOT_FOUND: no such target. */
void selo_view_copy(SeloView *view, SeloCall *call, SeloUids uids, SeloStr target,
                    SeloDoneFunc done, void *data);
void selo_view_move(SeloView *view, SeloCall *call, SeloUids uids, SeloStr target,
                    SeloDoneFunc done, void *data);
/* Of @uids (n 0 = all) those with \Deleted. The next sync tells what went. */
void selo_view_expunge(SeloView *view, SeloCall *call, SeloUids uids, SeloDoneFunc done,
                       void *data);

/* ---- search (RFC 9051 section 6.4.4): evaluated here over any store ---- */

/* A SeloQuery is immutable and counted. Builders that combine take the references of their
 * operands. Texts are UTF-8 and are copied; they match anywhere and in any case. */
SeloQuery *selo_query_ref(SeloQuery *query);
void selo_query_unref(SeloQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloQuery, selo_query_unref)

SeloQuery *selo_query_all(void);
SeloQuery *selo_query_and(SeloQuery *left, SeloQuery *right);
SeloQuery *selo_query_or(SeloQuery *left, SeloQuery *right);
SeloQuery *selo_query_not(SeloQuery *operand);
/* All of @set and none of @clear (SELO_FLAG_*): UNSEEN is (0, SEEN), NEW is (RECENT, SEEN), OLD is
 * (0, RECENT). */
SeloQuery *selo_query_flags(uint32_t set, uint32_t clear);
SeloQuery *selo_query_keyword(SeloStr name);
/* UINT32_MAX stands for "*", the last message when the search begins. */
SeloQuery *selo_query_uids(SeloUids uids);
SeloQuery *selo_query_seqs(SeloUids seqs);
/* Octets, both ends included: LARGER n is (n + 1, UINT64_MAX). */
SeloQuery *selo_query_size(uint64_t min, uint64_t max);
/* At least this modseq (RFC 7162 section 3.1.5). */
SeloQuery *selo_query_modseq(uint64_t min);
typedef enum {
    SELO_QUERY_INTERNAL_DATE, /* BEFORE, ON, SINCE; in UTC */
    SELO_QUERY_SAVE_DATE,     /* SAVEDBEFORE, SAVEDON, SAVEDSINCE (RFC 8514) */
    SELO_QUERY_SENT_DATE      /* SENTBEFORE, SENTON, SENTSINCE: the Date field without its zone */
} SeloQueryDate;
/* @from <= date < @before, each unset = open. A day begins at its midnight as if in UTC. */
SeloQuery *selo_query_date(SeloQueryDate which, SeloTime from, SeloTime before);
/* FROM, TO, SUBJECT ... and HEADER. @text "": the field is there at all. */
SeloQuery *selo_query_header(SeloStr name, SeloStr text);
SeloQuery *selo_query_body(SeloStr text); /* BODY: decoded text parts */
SeloQuery *selo_query_text(SeloStr text); /* TEXT: these and every header field */

/* Rows SeloMsgBatch: uids and modseqs of what matches, ascending. Messages are read only for keys
 * that memory cannot answer. Numbers stand while it runs: no sync that tells EXPUNGED before @done.
 * */
void selo_view_search(SeloView *view, SeloCall *call, SeloQuery *query, SeloRowFunc row,
                      SeloDoneFunc done, void *data);

SELO_END_DECLS
