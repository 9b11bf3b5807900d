/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * memory-store.h: what the files of this plugin share. All runs on the loop: no locks.
 */
#pragma once

#include <selo/store.h>

typedef struct {
    GHashTable *accounts; /* user → MemoryAccount */
    uint32_t next_uidvalidity, next_guid;
} MemoryStore;

typedef struct {
    MemoryStore *store;
    GHashTable *boxes;      /* name → MemoryBox */
    GHashTable *subscribed; /* names */
    uint64_t octets_limit, messages_limit, modseq;
} MemoryAccount;

typedef struct {
    uint32_t uid, flags;
    uint64_t keywords, modseq;
    SeloTime internal_date, save_date;
    GBytes *text; /* shared by copies */
    char *guid, *delivery_id;
    gboolean is_recent; /* nobody has opened the box since it came */
} MemoryMessage;

typedef struct {
    uint32_t uid;
    uint64_t modseq;
} MemoryGone;

typedef struct {
    gatomicrefcount refs; /* the account's, and one a handle */
    MemoryAccount *account;
    char *name, *id;
    uint32_t uidvalidity, uidnext;
    uint64_t modseq;
    GPtrArray *messages; /* MemoryMessage, by uid */
    GArray *keywords;    /* SeloStr */
    GArray *gone;        /* MemoryGone */
    GPtrArray *watches;  /* SeloCall */
    gboolean is_deleted;
} MemoryBox;

/* A session's open box. */
typedef struct {
    MemoryBox *box;
    gboolean is_looking;
    GHashTable *recent; /* uids this session saw first */
} MemoryHandle;

/* ---- memory-boxes.c ---- */

MemoryBox *memory_box_ref(MemoryBox *box);
void memory_box_unref(MemoryBox *box);
/* NULL: none. */
MemoryBox *memory_box_find(MemoryAccount *account, SeloStr name);
/* Everything changed up to here: a new modseq for @box, and who watches it learns of it. */
uint64_t memory_box_bump(MemoryBox *box);

extern const SeloStoreV1 memory_store_table;

/* ---- memory-messages.c ---- */

void memory_message_free(MemoryMessage *message);
/* All messages of @from become messages of @to. */
void memory_move_all(MemoryBox *from, MemoryBox *to);
void memory_count(const MemoryAccount *account, uint64_t *out_octets, uint64_t *out_messages);
/* New messages become the \Recent of @handle. */
void memory_take_recent(MemoryHandle *handle);

void memory_msg_changes(void *self, SeloCall *call, const SeloMsgRequest *request);
void memory_msg_fetch(void *self, SeloCall *call, const SeloMsgRequest *request);
void memory_msg_append(void *self, SeloCall *call, const SeloAppendRequest *request);
void memory_msg_copy(void *self, SeloCall *call, const SeloMsgRequest *request);
void memory_msg_move(void *self, SeloCall *call, const SeloMsgRequest *request);
void memory_msg_flags(void *self, SeloCall *call, const SeloMsgRequest *request);
void memory_msg_expunge(void *self, SeloCall *call, const SeloMsgRequest *request);

/* ---- memory-faults.c ---- */

/* A call that is held back. */
typedef struct {
    void *self;
    SeloCall *call;
    const void *request;
} MemoryHeld;
/* Does what the settings say is wrong with @op: TRUE: nothing, go on; FALSE: it has failed, hangs,
 * or @resume will be called later. */
gboolean memory_faults_admit(void *self, SeloCall *call, const char *op, const void *request,
                             void (*resume)(const MemoryHeld *held));
