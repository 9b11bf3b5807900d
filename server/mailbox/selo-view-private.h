/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-view-private.h: a view as its parts see it. It is what one session was told: which uids have
 * which numbers, and up to which stamp their flags. In step with its mailbox it shares the
 * mailbox's list, so that an idle session costs this record and nothing a message.
 */
#pragma once

#include "server/mailbox/selo-mailbox.h"

typedef struct {
    uint32_t uid, stamp; /* this change of this message need not be told */
} SeloKnownChange;

typedef struct { /* what the session was told */
    uint32_t stamp, n_keywords, n_recent;
    uint64_t modseq;
    GArray *known;  /* SeloKnownChange, by uid; NULL = none */
    GArray *due;    /* SeloRange, by first: flags to tell again, changed or not; NULL = none */
    GArray *recent; /* uint32_t: uids that are \Recent in this session; NULL = none */
} SeloTold;

struct SeloView {
    SeloMailbox *box;
    SeloAccount *account;
    GList link; /* in box->views */
    SeloUidList *uids;
    uint32_t n;
    gboolean is_read_only;
    SeloTold told;
    GQueue tasks, paused; /* SeloTask: all; fetches that gave way until their client reads on */
    void (*changed)(void *data);
    void *changed_data;
    SeloDeferred notice;
};

/* Index in the mailbox's columns of the message with number @seq, G_MAXUINT32 if it is gone. */
uint32_t selo_view_column(SeloView *view, uint32_t seq);
/* Of @uids those that the view can hold (SeloRange): a message that its session was not told of is
 * not there for it. */
GArray *selo_view_clip(SeloView *view, SeloUids uids);
/* Would a sync tell anything? */
gboolean selo_view_is_behind(SeloView *view);
/* Takes messages that come into the view from column @from on into account: \Recent. */
void selo_view_take_recent(SeloView *view, uint32_t from);
/* The next sync tells the flags of these (SeloRange), changed or not. */
void selo_view_tell_again(SeloView *view, const GArray *ranges);
/* selo-account.c */
SeloHome *selo_account_home(SeloAccount *account);
