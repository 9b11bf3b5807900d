/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-session.h: a session over the fake store: what a protocol does, without its words.
 */
#pragma once

#include <selo/facts.h>
#include <selo/mailbox.h>

#include "tests/unit/mailbox/fake-store.h"

#define MESSAGE                                                         \
    "From: ann@example.org\r\nSubject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n" \
    "Date: Tue, 24 Nov 2026 23:30:00 +0200\r\n\r\nHello World\r\n"

extern FakeStore *store; /* between set_up() and tear_down() */

/* One session: its call, its account, what it heard. */
typedef struct {
    SeloCall *call;
    SeloAccount *account;
    SeloView *view;
    GString *heard;
    SeloStatus status;
    guint n_done;
    gboolean is_done, has_returned;
    uint32_t last_uid;
    SeloFetch *fetch; /* paused after the first row */
    guint n_notices;
} Session;

void set_up(void);
/* Closes all that is idle, which all has to be. */
void tear_down(void);
/* A role ends whose stores will not answer; before tear_down_at_once(). */
void begin_to_close(void);
/* As at the end of a role, which waits for no store. */
void tear_down_at_once(void);
void begin(Session *session);
void open_box(Session *session, const char *name, uint32_t flags);
void view_opened(void *data, SeloStatus status, const char *text, SeloView *view);
void end(Session *session);
/* SeloDoneFunc, data = the session. */
void done(void *data, SeloStatus status, const char *text, const void *reply);
SeloStatus wait_done(Session *session);
