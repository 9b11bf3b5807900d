/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-session.h: one client's dialogue, as the files of this plugin see it.
 */
#pragma once

#include <selo/login.h>
#include <selo/mailbox.h>
#include <selo/protocol.h>

#include "plugins/pop3/pop3-parse.h"
#include "plugins/pop3/pop3-reply.h"
#include "plugins/pop3/pop3-stuff.h"
#include "plugins/pop3/pop3-uidl.h"

/* RFC 2449 section 4 gives a command 255 octets; names and passwords here may be longer. RFC 5034
 * section 4: lines of a SASL exchange, as in RFC 4954. */
#define POP3_MAX_LINE      2048
#define POP3_MAX_SASL_LINE 12288

/* Bits, so that a command can name all that allow it. */
typedef enum {
    POP3_PHASE_AUTHORIZATION = 1 << 0,
    POP3_PHASE_SASL = 1 << 1, /* an exchange under way */
    POP3_PHASE_TLS = 1 << 2,  /* a handshake under way */
    POP3_PHASE_TRANSACTION = 1 << 3,
    POP3_PHASE_UPDATE = 1 << 4,
    POP3_PHASE_CLOSED = 1 << 5
} Pop3Phase;

typedef enum { /* what is awaited; input stays unread meanwhile */
               POP3_WAIT_NOTHING,
               POP3_WAIT_LOGIN,
               POP3_WAIT_MAILDROP, /* being opened, locked and measured */
               POP3_WAIT_MESSAGE,  /* from the store */
               POP3_WAIT_ROOM,     /* the client takes what was sent */
               POP3_WAIT_UPDATE,
               POP3_WAIT_TLS
} Pop3Wait;

typedef struct { /* a listener's settings */
    int64_t idle_timeout;
    uint32_t max_errors, max_failures;
    gboolean updates_flags;
    Pop3UidlFormat *uidl;
} Pop3Listener;

typedef struct {
    uint32_t uid;
    gboolean is_deleted, is_retrieved;
    uint64_t size;
    char *guid; /* only if the unique-ids need it */
} Pop3Message;

typedef struct {          /* the maildrop as it was when the session began */
    SeloAccount *account; /* holds the lock */
    SeloView *view;
    GArray *messages; /* Pop3Message; number n is at n - 1 */
    uint32_t uidvalidity;
} Pop3Maildrop;

typedef struct Pop3Session Pop3Session;
/* Writes more of an answer, as long as there is room; FALSE: it is complete. */
typedef gboolean (*Pop3Producer)(Pop3Session *self);

typedef struct {          /* an answer that may be longer than what may be queued */
    Pop3Producer produce; /* NULL: none */
    guint next;           /* LIST, UIDL: index of the message */
    SeloBlob message;     /* RETR, TOP: our own descriptor or octets */
    uint64_t offset;
    Pop3Stuffer stuffer;
} Pop3Output;

struct Pop3Session {
    const Pop3Listener *listener;
    SeloCall *root;
    SeloStream *stream;
    SeloLogin *login;
    char *user; /* of USER, then whose maildrop it is */
    Pop3Phase phase;
    Pop3Wait wait;
    Pop3Maildrop maildrop;
    Pop3Output output;
    Pop3Message *retrieving;
    uint64_t top_lines;
    uint32_t n_errors, n_failures;
    gboolean is_draining;
};

/* ---- pop3-session.c ---- */

gboolean pop3_session_new(void *listener, SeloCall *root, SeloStream *stream, void **out_session,
                          GError **error);
void pop3_session_input(void *session);
void pop3_session_drained(void *session);
void pop3_session_secured(void *session, SeloStatus status, const char *operator_text);
void pop3_session_expired(void *session);
void pop3_session_free(void *session);

/* The one place where the phase changes. */
void pop3_enter(Pop3Session *self, Pop3Phase phase);
/* Stops reading until pop3_resume(), which every callback of a step calls first. */
void pop3_wait(Pop3Session *self, Pop3Wait wait);
void pop3_resume(Pop3Session *self, Pop3Wait waited);
/* Sends a row, counts errors, closes where the row says so. */
void pop3_answer(Pop3Session *self, Pop3Reply reply);
/* Closes once the output is sent. */
void pop3_close(Pop3Session *self);
/* Begins a long answer. */
void pop3_produce(Pop3Session *self, Pop3Producer producer);
void pop3_output_clear(Pop3Output *output);

/* ---- pop3-maildrop.c ---- */

/* After a login of self->user: answers, and enters TRANSACTION or closes. */
void pop3_maildrop_open(Pop3Session *self);
void pop3_maildrop_clear(Pop3Maildrop *maildrop);
/* Message @number, if it is there and not marked as deleted; else answers and is NULL. */
Pop3Message *pop3_maildrop_message(Pop3Session *self, SeloStr number);
/* Uids of the messages for which @is_wanted, as ranges; free v. */
SeloUids pop3_maildrop_uids(const Pop3Maildrop *maildrop,
                            gboolean (*is_wanted)(const Pop3Message *message));
