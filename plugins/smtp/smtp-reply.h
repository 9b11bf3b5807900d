/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-reply.h: every reply the server can give, by name. The rows are in smtp-reply.c; nobody else
 * writes a code or a text. Lines are put together in the caller's buffer: no allocation.
 */
#pragma once

#include <selo/transaction.h>

typedef enum {
    SELO_SMTP_NONE, /* nothing to say: what was asked is right so far */
    /* success */
    SELO_SMTP_OK,
    SELO_SMTP_SENDER_OK,
    SELO_SMTP_RECIPIENT_OK,
    SELO_SMTP_CHUNK_OK,
    SELO_SMTP_ACCEPTED,
    SELO_SMTP_DELIVERED,
    SELO_SMTP_BYE,
    SELO_SMTP_HELP,
    SELO_SMTP_CANNOT_VERIFY,
    SELO_SMTP_READY_FOR_TLS,
    SELO_SMTP_AUTH_DONE,
    SELO_SMTP_SEND_MESSAGE,
    /* the session ends */
    SELO_SMTP_STOPPING,
    SELO_SMTP_OVERLOADED,
    SELO_SMTP_IDLE_TOO_LONG,
    SELO_SMTP_TOO_SLOW,
    SELO_SMTP_TOO_MANY_ERRORS,
    SELO_SMTP_TOO_MANY_COMMANDS,
    SELO_SMTP_TOO_MANY_MESSAGES,
    SELO_SMTP_NOT_SMTP,
    SELO_SMTP_OUT_OF_SYNC,
    SELO_SMTP_NO_SERVICE,
    SELO_SMTP_NO_SERVICE_NOW,
    SELO_SMTP_REFUSED_SESSION,
    /* syntax and order */
    SELO_SMTP_UNKNOWN_VERB,
    SELO_SMTP_BAD_SYNTAX,
    SELO_SMTP_LINE_TOO_LONG,
    SELO_SMTP_BARE_NEWLINE,
    SELO_SMTP_NOT_IMPLEMENTED,
    SELO_SMTP_NO_ARGUMENT_TAKEN,
    SELO_SMTP_HELO_FIRST,
    SELO_SMTP_NESTED_MAIL,
    SELO_SMTP_NEED_MAIL,
    SELO_SMTP_NEED_RECIPIENT,
    SELO_SMTP_CHUNKS_BEGUN,
    SELO_SMTP_HELO_SYNTAX,
    SELO_SMTP_MAIL_SYNTAX,
    SELO_SMTP_RCPT_SYNTAX,
    SELO_SMTP_BDAT_SYNTAX,
    SELO_SMTP_VRFY_SYNTAX,
    SELO_SMTP_BAD_SENDER,
    SELO_SMTP_BAD_RECIPIENT,
    SELO_SMTP_NEEDS_SMTPUTF8,
    SELO_SMTP_UNKNOWN_PARAMETER,
    SELO_SMTP_REPEATED_PARAMETER,
    SELO_SMTP_BAD_SIZE,
    SELO_SMTP_BAD_BODY,
    SELO_SMTP_BAD_FLAG,
    SELO_SMTP_BAD_AUTH_PARAMETER,
    SELO_SMTP_BAD_RET,
    SELO_SMTP_BAD_ENVID,
    SELO_SMTP_BAD_NOTIFY,
    SELO_SMTP_BAD_ORCPT,
    /* TLS and authentication */
    SELO_SMTP_TLS_ACTIVE,
    SELO_SMTP_TLS_NEEDED,
    SELO_SMTP_AUTH_NEEDED,
    SELO_SMTP_AUTH_FAILED,
    SELO_SMTP_AUTH_UNAVAILABLE,
    SELO_SMTP_AUTH_NEEDS_TLS,
    SELO_SMTP_AUTH_UNSUPPORTED,
    SELO_SMTP_AUTH_MALFORMED,
    SELO_SMTP_AUTH_BAD_BASE64,
    SELO_SMTP_AUTH_CANCELLED,
    SELO_SMTP_AUTH_TOO_LONG,
    SELO_SMTP_AUTH_NOT_ENABLED,
    SELO_SMTP_AUTH_ALREADY,
    SELO_SMTP_AUTH_SYNTAX,
    /* addresses, mailboxes, messages */
    SELO_SMTP_RELAY_DENIED,
    SELO_SMTP_RELAY_DENIED_NOW,
    SELO_SMTP_NO_QUEUE,
    SELO_SMTP_UNKNOWN_USER,
    SELO_SMTP_UNKNOWN_USER_NOW,
    SELO_SMTP_MAILBOX_UNAVAILABLE,
    SELO_SMTP_MAILBOX_DISABLED,
    SELO_SMTP_MAILBOX_FULL,
    SELO_SMTP_MAILBOX_OVER_QUOTA,
    SELO_SMTP_TOO_BIG,
    SELO_SMTP_TOO_MANY_RECIPIENTS,
    SELO_SMTP_TOO_MUCH_MAIL,
    SELO_SMTP_TOO_MANY_HOPS,
    SELO_SMTP_NO_SPACE,
    SELO_SMTP_BARE_IN_MESSAGE,
    SELO_SMTP_SENDER_DENIED,
    SELO_SMTP_FILTERED,
    SELO_SMTP_FILTERED_NOW,
    SELO_SMTP_FAILED,
    SELO_SMTP_FAILED_NOW,
    SELO_SMTP_REPLIES /* count */
} SeloSmtpReply;

typedef enum {
    SELO_SMTP_REPLY_PERSONAL = 1, /* "<address>: " comes before the text, if one is known */
    SELO_SMTP_REPLY_CLOSE = 2,    /* the session ends with it */
    SELO_SMTP_REPLY_HOST = 4 /* the server's name comes before the text (RFC 5321 section 4.2) */
} SeloSmtpReplyFlags;

typedef struct {
    uint16_t code;
    uint8_t flags;
    const char *enhanced; /* NULL where RFC 2034 section 4 wants none */
    const char *text;
    const char *rfc; /* section that has the code */
} SeloSmtpReplyRow;

const SeloSmtpReplyRow *selo_smtp_reply_row(SeloSmtpReply reply);

/* RFC 5321 section 4.5.3.1.5: a reply line has 512 octets with its CRLF. */
#define SELO_SMTP_REPLY_MAX 512

typedef struct {      /* what goes round the text of a row; unset ones are left out */
    SeloStr address;  /* without brackets */
    const char *host; /* REPLY_HOST rows */
    const char *id;   /* session or transaction */
    SeloStr detail;   /* after the text */
    SeloStr text;     /* a filter's, instead of the row's */
    SeloStr enhanced; /* the same */
    uint32_t code;    /* the same; 0 = the row's */
} SeloSmtpReplyParts;

/* Writes one line with CRLF, cut to SELO_SMTP_REPLY_MAX. @buffer has that many octets. Returns its size. */
size_t selo_smtp_reply_print(const SeloSmtpReplyRow *row, const SeloSmtpReplyParts *parts,
                             char *buffer);

/* The row for what the mail layer said. @at_mail: about the reverse-path. */
SeloSmtpReply selo_smtp_reply_for(const SeloMailReply *reply, gboolean at_mail);
