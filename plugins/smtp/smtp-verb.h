/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb.h: commands. The table in smtp-verb.c says for each where it is defined, when it is legal, how
 * it is read and what runs; each smtp-verb-*.c holds one command or a close group.
 */
#pragma once

#include "plugins/smtp/smtp-session.h"

typedef enum {
    SELO_SMTP_VERB_JUNK = 1,   /* moves no mail: above a limit it counts as an error */
    SELO_SMTP_VERB_NO_TLS = 2, /* allowed where TLS is required and not there yet */
    SELO_SMTP_VERB_SMTP = 4,   /* not in LMTP (RFC 2033 section 4.1) */
    SELO_SMTP_VERB_LMTP = 8,   /* only there */
    SELO_SMTP_VERB_OCTETS = 16 /* octets follow, which are taken in whatever the reply is */
} SeloSmtpVerbFlags;

typedef struct {
    const char *name; /* upper case, as in the RFC */
    const char *rfc;  /* section that defines it */
    guint legal_in;   /* phases */
    SeloSmtpVerbFlags flags;
    SeloSmtpParse parse;
    void (*run)(SeloSmtpSession *self, const SeloSmtpArgs *args);
} SeloSmtpVerb;

/* Any case; NULL = unknown. */
const SeloSmtpVerb *selo_smtp_verb_find(SeloStr name);
/* All names with blanks between, for HELP. */
void selo_smtp_verb_list(gboolean is_lmtp, char *buffer, size_t size);
/* One command line, without its CRLF. */
void selo_smtp_dispatch(SeloSmtpSession *self, SeloStr line);

/* RFC 5321 section 4.5.3.1.4 gives a line 512 octets; SIZE, BODY, SMTPUTF8, AUTH and the DSN parameters add
 * up to 1200, and paths here may be longer than theirs. AUTH has RFC 4954 section 4.3's 12288. */
#define SELO_SMTP_MAX_LINE      2048
#define SELO_SMTP_MAX_AUTH_LINE 12288

void selo_smtp_run_ehlo(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_helo(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_mail(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_rcpt(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_data(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_bdat(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_rset(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_noop(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_quit(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_vrfy(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_help(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_starttls(SeloSmtpSession *self, const SeloSmtpArgs *args);
void selo_smtp_run_auth(SeloSmtpSession *self, const SeloSmtpArgs *args);

/* As the Received header names it (RFC 3848): "ESMTPSA". */
SeloStr selo_smtp_protocol(const SeloSmtpSession *self);
/* A chunk whose BDAT was refused: read and thrown away, then @reply. */
void selo_smtp_skip_chunk(SeloSmtpSession *self, uint64_t size, SeloSmtpReply reply);
/* One line of a SASL exchange under way. */
void selo_smtp_auth_line(SeloSmtpSession *self, SeloStr line);
