/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-session.h: one client's dialogue, as the files of this plugin see it. The session says in which
 * phase the dialogue is and what it waits for; the envelope and the message are a SeloTransaction, of
 * which it has one at most.
 */
#pragma once

#include <selo/login.h>
#include <selo/protocol.h>
#include <selo/transaction.h>

#include "plugins/smtp/smtp-parse.h"
#include "plugins/smtp/smtp-rate.h"
#include "plugins/smtp/smtp-reply.h"

/* Where the dialogue is. Bits, so that a verb can name all phases that allow it. */
typedef enum {
    SELO_SMTP_PHASE_GREETING = 1 << 0, /* not greeted yet */
    SELO_SMTP_PHASE_REFUSED = 1 << 1,  /* greeted with 554: only QUIT (RFC 5321 section 3.1) */
    SELO_SMTP_PHASE_NEW = 1 << 2,      /* no EHLO since the greeting or STARTTLS */
    SELO_SMTP_PHASE_READY = 1 << 3,    /* no transaction */
    SELO_SMTP_PHASE_MAIL = 1 << 4,     /* a transaction without recipients */
    SELO_SMTP_PHASE_RCPT = 1 << 5,     /* a transaction with recipients */
    SELO_SMTP_PHASE_CHUNKS = 1 << 6,   /* BDAT has begun */
    SELO_SMTP_PHASE_MESSAGE = 1 << 7,  /* reading what follows DATA or BDAT */
    SELO_SMTP_PHASE_AUTH = 1 << 8,     /* a SASL exchange */
    SELO_SMTP_PHASE_TLS = 1 << 9,      /* a handshake */
    SELO_SMTP_PHASE_CLOSED = 1 << 10   /* the last word is said */
} SeloSmtpPhase;

typedef enum { /* which answer is awaited; input stays unread meanwhile */
               SELO_SMTP_WAIT_NOTHING,
               SELO_SMTP_WAIT_CONNECT,
    SELO_SMTP_WAIT_GREETING, /* not an answer: for the client to speak too early */
               SELO_SMTP_WAIT_HELO,
               SELO_SMTP_WAIT_LOGIN,
               SELO_SMTP_WAIT_AUTH, /* the filters' word on a login that succeeded */
               SELO_SMTP_WAIT_MAIL,
               SELO_SMTP_WAIT_RCPT,
               SELO_SMTP_WAIT_DATA,
               SELO_SMTP_WAIT_COMMIT,
               SELO_SMTP_WAIT_TLS
} SeloSmtpWait;

typedef enum { SELO_SMTP_MODE_MX, SELO_SMTP_MODE_SUBMISSION, SELO_SMTP_MODE_LMTP } SeloSmtpMode;

/* A listener: its settings, and what its clients did lately. */
typedef struct {
    SeloSmtpMode mode;
    gboolean refuses_bare_newline, requires_tls, closes_on_early_talk;
    uint32_t max_recipients, max_errors, max_junk, max_commands, max_messages; /* 0 = any */
    uint32_t messages_a_minute, recipients_a_minute; /* of one client; 0 = any */
    SeloSmtpRate *messages, *recipients;
    uint64_t max_size;                     /* 0 = the server's */
    int64_t greeting_delay, idle_timeout, message_timeout; /* microseconds */
} SeloSmtpListener;

/* What a client did so far, against the limits. */
typedef struct {
    uint32_t errors, junk, commands, messages;
} SeloSmtpCounts;

/* A message on its way in. */
typedef struct {
    uint64_t size;       /* chunks so far */
    uint64_t chunk;      /* octets of the chunk being read */
    int64_t begun;       /* monotonic */
    SeloSmtpReply fault; /* known already, told when the input is at its end */
    SeloSmtpPhase after; /* a refused chunk: the phase it came in */
    uint32_t n_told;     /* LMTP: recipients that have their reply */
    gboolean is_chunk, is_last, is_skipped, is_answered;
} SeloSmtpInput;

typedef struct {
    const SeloSmtpListener *listener;
    SeloCall *root;
    SeloStream *stream;
    SeloMailPeer *peer;
    SeloTransaction *transaction;
    SeloLogin *login;
    char *mechanism;       /* of the exchange under way */
    char *address;         /* path that the running command is about, for its reply */
    GPtrArray *recipients; /* LMTP: accepted forward-paths, for the replies after the message */
    SeloSmtpPhase phase;
    SeloSmtpWait wait;
    SeloSmtpInput input;
    SeloSmtpCounts counts;
    SeloSmtpExtensions extensions; /* announced by the last EHLO */
    gboolean is_authenticated, is_esmtp, is_utf8, is_draining, spoke_early;
} SeloSmtpSession;

/* ---- smtp-session.c ---- */

gboolean selo_smtp_session_new(void *listener, SeloCall *root, SeloStream *stream,
                               void **out_session, GError **error);
void selo_smtp_session_input(void *session);
void selo_smtp_session_secured(void *session, SeloStatus status, const char *operator_text);
void selo_smtp_session_expired(void *session);
void selo_smtp_session_free(void *session);
size_t selo_smtp_session_refuse(void *listener, const char *hostname, char *buffer, size_t size);

/* The one place where the phase changes. */
void selo_smtp_enter(SeloSmtpSession *self, SeloSmtpPhase phase);
/* Stops reading until selo_smtp_resume(), which every callback of a step calls first. */
void selo_smtp_wait(SeloSmtpSession *self, SeloSmtpWait wait);
void selo_smtp_resume(SeloSmtpSession *self, SeloSmtpWait waited);
/* No transaction any more; READY, or NEW without EHLO. */
void selo_smtp_reset(SeloSmtpSession *self);
/* After the last word: closes once the output is sent. */
void selo_smtp_close(SeloSmtpSession *self);
gboolean selo_smtp_is_lmtp(const SeloSmtpSession *self);
/* Octets a message may have, 0 = any. */
uint64_t selo_smtp_max_size(const SeloSmtpSession *self);

/* ---- smtp-answer.c: replies of a session ---- */

/* Sends a row, counts errors, closes where the row says so. */
void selo_smtp_answer(SeloSmtpSession *self, SeloSmtpReply reply);
/* With something after the text. */
void selo_smtp_answer_detail(SeloSmtpSession *self, SeloSmtpReply reply, SeloStr detail);
/* With a filter's own words, if it had any. */
void selo_smtp_answer_text(SeloSmtpSession *self, SeloSmtpReply reply, SeloStr text);
/* About @address. */
void selo_smtp_answer_about(SeloSmtpSession *self, SeloSmtpReply reply, SeloStr address,
                            SeloStr detail);
/* What the mail layer said; returns whether it was SELO_MAIL_OK, for which nothing is sent. */
gboolean selo_smtp_answer_mail(SeloSmtpSession *self, const SeloMailReply *reply, gboolean at_mail,
                               SeloStr address);
/* The id that failures show: the transaction's, else the session's. */
const char *selo_smtp_id(SeloSmtpSession *self);

/* ---- smtp-bare.c ---- */

/* Is there a CR without LF or an LF without CR? %TRUE as well if it cannot be read. */
gboolean selo_smtp_has_bare(const SeloBlob *blob);

/* ---- smtp-message.c: what follows DATA and BDAT ---- */

/* Reads on; %FALSE: nothing more to read now. */
gboolean selo_smtp_message_read(SeloSmtpSession *self);
