/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-reply.c: the table of replies, how a line of it is put together, and which row answers which
 * cause of the mail layer. Failures carry the session's or transaction's id, so that what a sender
 * sees can be found in the log.
 */
#include "config.h"

#include "plugins/smtp/smtp-reply.h"

#include <string.h>

#define PERSONAL SELO_SMTP_REPLY_PERSONAL
#define CLOSE    SELO_SMTP_REPLY_CLOSE
#define HOST     SELO_SMTP_REPLY_HOST

#define ROW(name, ...) [SELO_SMTP_##name] = { __VA_ARGS__ }

/* clang-format off */
static const SeloSmtpReplyRow rows[SELO_SMTP_REPLIES] = {
    ROW(OK,                   250, 0, "2.0.0", "Ok", "RFC 5321 4.2.2"),
    ROW(SENDER_OK,            250, 0, "2.1.0", "Ok", "RFC 5321 4.1.1.2"),
    ROW(RECIPIENT_OK,         250, 0, "2.1.5", "Ok", "RFC 5321 4.1.1.3"),
    ROW(CHUNK_OK,             250, 0, "2.0.0", "Ok, go on", "RFC 3030 2"),
    ROW(ACCEPTED,             250, 0, "2.0.0", "Ok: accepted as", "RFC 5321 4.1.1.4"),
    ROW(DELIVERED,            250, PERSONAL, "2.0.0", "saved as", "RFC 2033 4.2"),
    ROW(BYE,                  221, CLOSE, "2.0.0", "Bye", "RFC 5321 4.1.1.10"),
    ROW(HELP,                 214, 0, "2.0.0", "Commands:", "RFC 5321 4.1.1.8"),
    ROW(CANNOT_VERIFY,        252, 0, "2.5.0", "cannot tell; send mail and see", "RFC 5321 3.5.3"),
    ROW(READY_FOR_TLS,        220, 0, "2.0.0", "Ready to start TLS", "RFC 3207 4"),
    ROW(AUTH_DONE,            235, 0, "2.7.0", "Authentication successful", "RFC 4954 6"),
    ROW(SEND_MESSAGE,         354, 0, NULL, "End data with <CR><LF>.<CR><LF>", "RFC 5321 4.1.1.4"),

    ROW(STOPPING,             421, HOST | CLOSE, "4.3.2", "server is stopping, try again", "RFC 5321 3.8"),
    ROW(OVERLOADED,           421, HOST | CLOSE, "4.3.2", "too many sessions, try again later", "RFC 5321 3.8"),
    ROW(IDLE_TOO_LONG,        421, HOST | CLOSE, "4.4.2", "idle too long", "RFC 5321 4.5.3.2"),
    ROW(TOO_SLOW,             421, HOST | CLOSE, "4.4.2", "message takes too long", "RFC 5321 4.5.3.2"),
    ROW(TOO_MANY_ERRORS,      421, HOST | CLOSE, "4.7.0", "too many errors", "RFC 5321 7.8"),
    ROW(TOO_MANY_COMMANDS,    421, HOST | CLOSE, "4.7.0", "too many commands in one session", "RFC 5321 7.8"),
    ROW(TOO_MANY_MESSAGES,    451, 0, "4.5.3", "too many messages in one session, connect again", "RFC 9422 4.1"),
    ROW(NOT_SMTP,             421, HOST | CLOSE, "4.7.0", "this is a mail server", "RFC 5321 7.8"),
    ROW(OUT_OF_SYNC,          554, HOST | CLOSE, "5.5.0", "spoke before the greeting", "RFC 5321 4.3.1"),
    ROW(NO_SERVICE,           554, HOST, "5.3.2", "no mail service for you here", "RFC 5321 3.1"),
    ROW(NO_SERVICE_NOW,       421, HOST | CLOSE, "4.3.2", "no mail service for you now", "RFC 5321 3.1"),
    ROW(REFUSED_SESSION,      503, 0, "5.5.1", "no mail service for you here, only QUIT", "RFC 5321 3.1"),

    ROW(UNKNOWN_VERB,         500, 0, "5.5.2", "command not recognized", "RFC 5321 4.2.4"),
    ROW(BAD_SYNTAX,           500, 0, "5.5.2", "bad syntax", "RFC 5321 4.2.2"),
    ROW(LINE_TOO_LONG,        500, 0, "5.5.2", "line too long", "RFC 5321 4.5.3.1.9"),
    ROW(BARE_NEWLINE,         550, 0, "5.5.2", "bare <LF> received, lines end in <CR><LF>", "RFC 5321 2.3.8"),
    ROW(NOT_IMPLEMENTED,      502, 0, "5.5.1", "command not available here", "RFC 5321 4.2.4"),
    ROW(NO_ARGUMENT_TAKEN,    501, 0, "5.5.4", "this command takes no argument", "RFC 5321 4.1.1"),
    ROW(HELO_FIRST,           503, 0, "5.5.1", "bad sequence of commands: introduce yourself first", "RFC 5321 4.1.4"),
    ROW(NESTED_MAIL,          503, 0, "5.5.1", "bad sequence of commands: in a transaction", "RFC 5321 4.1.4"),
    ROW(NEED_MAIL,            503, 0, "5.5.1", "bad sequence of commands: MAIL comes first", "RFC 5321 3.3"),
    ROW(NEED_RECIPIENT,       503, 0, "5.5.1", "bad sequence of commands: no valid recipients", "RFC 5321 3.3"),
    ROW(CHUNKS_BEGUN,         503, 0, "5.5.1", "bad sequence of commands: after BDAT only BDAT", "RFC 3030 2"),
    ROW(HELO_SYNTAX,          501, 0, "5.5.4", "the command takes one domain or address literal", "RFC 5321 4.1.1.1"),
    ROW(MAIL_SYNTAX,          501, 0, "5.5.4", "Syntax: MAIL FROM:<address> [parameters]", "RFC 5321 4.1.1.2"),
    ROW(RCPT_SYNTAX,          501, 0, "5.5.4", "Syntax: RCPT TO:<address> [parameters]", "RFC 5321 4.1.1.3"),
    ROW(BDAT_SYNTAX,          501, CLOSE, "5.5.4", "Syntax: BDAT size [LAST]", "RFC 3030 2"),
    ROW(VRFY_SYNTAX,          501, 0, "5.5.4", "Syntax: VRFY address", "RFC 5321 4.1.1.6"),
    ROW(BAD_SENDER,           501, 0, "5.1.7", "bad sender address syntax", "RFC 5321 4.1.2"),
    ROW(BAD_RECIPIENT,        501, 0, "5.1.3", "bad recipient address syntax", "RFC 5321 4.1.2"),
    ROW(NEEDS_SMTPUTF8,       553, 0, "5.6.7", "an address outside ASCII needs SMTPUTF8", "RFC 6531 3.5"),
    ROW(UNKNOWN_PARAMETER,    555, 0, "5.5.4", "parameter not recognized", "RFC 5321 4.1.1.11"),
    ROW(REPEATED_PARAMETER,   501, 0, "5.5.4", "parameter given twice", "RFC 5321 4.1.2"),
    ROW(BAD_SIZE,             501, 0, "5.5.4", "SIZE wants a number of up to 20 digits", "RFC 1870 4"),
    ROW(BAD_BODY,             501, 0, "5.5.4", "BODY is 7BIT or 8BITMIME", "RFC 6152 2"),
    ROW(BAD_FLAG,             501, 0, "5.5.4", "SMTPUTF8 takes no value", "RFC 6531 3.4"),
    ROW(BAD_AUTH_PARAMETER,   501, 0, "5.5.4", "AUTH wants an xtext mailbox or <>", "RFC 4954 5"),
    ROW(BAD_RET,              501, 0, "5.5.4", "RET is FULL or HDRS", "RFC 3461 4.3"),
    ROW(BAD_ENVID,            501, 0, "5.5.4", "ENVID wants xtext of up to 100 characters", "RFC 3461 4.4"),
    ROW(BAD_NOTIFY,           501, 0, "5.5.4", "NOTIFY is NEVER or a list of SUCCESS, FAILURE, DELAY", "RFC 3461 4.1"),
    ROW(BAD_ORCPT,            501, 0, "5.5.4", "ORCPT wants type;xtext of up to 500 characters", "RFC 3461 4.2"),

    ROW(TLS_ACTIVE,           503, 0, "5.5.1", "bad sequence of commands: TLS is active", "RFC 3207 4.2"),
    ROW(TLS_NEEDED,           530, 0, "5.7.0", "issue STARTTLS first", "RFC 3207 4"),
    ROW(AUTH_NEEDED,          530, 0, "5.7.0", "authentication needed", "RFC 4954 6"),
    ROW(AUTH_FAILED,          535, 0, "5.7.8", "authentication failed", "RFC 4954 6"),
    ROW(AUTH_UNAVAILABLE,     454, 0, "4.7.0", "authentication is not possible now, try again later", "RFC 4954 6"),
    ROW(AUTH_NEEDS_TLS,       538, 0, "5.7.11", "encryption needed for this authentication mechanism", "RFC 4954 6"),
    ROW(AUTH_UNSUPPORTED,     504, 0, "5.5.4", "authentication mechanism not supported", "RFC 4954 4"),
    ROW(AUTH_MALFORMED,       501, 0, "5.5.2", "the response does not follow the mechanism", "RFC 4954 4"),
    ROW(AUTH_BAD_BASE64,      501, 0, "5.5.2", "the response is not base64", "RFC 4954 4"),
    ROW(AUTH_CANCELLED,       501, 0, "5.7.0", "authentication cancelled", "RFC 4954 4"),
    ROW(AUTH_TOO_LONG,        500, 0, "5.5.6", "authentication exchange line is too long", "RFC 4954 6"),
    ROW(AUTH_NOT_ENABLED,     503, 0, "5.5.1", "authentication is not enabled here", "RFC 4954 4"),
    ROW(AUTH_ALREADY,         503, 0, "5.5.1", "already authenticated", "RFC 4954 4"),
    ROW(AUTH_SYNTAX,          501, 0, "5.5.4", "Syntax: AUTH mechanism [initial-response]", "RFC 4954 4"),

    ROW(RELAY_DENIED,         550, PERSONAL, "5.7.1", "relaying denied", "RFC 5321 3.6.1"),
    ROW(RELAY_DENIED_NOW,     450, PERSONAL, "4.7.1", "relaying denied for now", "RFC 5321 3.6.1"),
    ROW(NO_QUEUE,             451, PERSONAL, "4.3.0", "cannot send mail to other servers yet", "RFC 5321 4.2.2"),
    ROW(UNKNOWN_USER,         550, PERSONAL, "5.1.1", "no such user here", "RFC 5321 4.2.2"),
    ROW(UNKNOWN_USER_NOW,     450, PERSONAL, "4.1.1", "no such user here for now", "RFC 5321 4.2.2"),
    ROW(MAILBOX_UNAVAILABLE,  450, PERSONAL, "4.2.0", "mailbox is not available now", "RFC 5321 4.2.2"),
    ROW(MAILBOX_DISABLED,     550, PERSONAL, "5.2.1", "mailbox takes no mail", "RFC 5321 4.2.2"),
    ROW(MAILBOX_FULL,         452, PERSONAL, "4.2.2", "mailbox is full", "RFC 5321 4.2.2"),
    ROW(MAILBOX_OVER_QUOTA,   552, PERSONAL, "5.2.2", "mailbox is full", "RFC 5321 4.2.2"),
    ROW(TOO_BIG,              552, 0, "5.3.4", "message is too big", "RFC 1870 6.1"),
    ROW(TOO_MANY_RECIPIENTS,  452, PERSONAL, "4.5.3", "too many recipients", "RFC 5321 4.5.3.1.10"),
    ROW(TOO_MUCH_MAIL,        450, PERSONAL, "4.7.1", "too much mail from your address, slow down", "RFC 5321 7.8"),
    ROW(TOO_MANY_HOPS,        554, 0, "5.4.6", "too many hops, this message goes round in circles", "RFC 5321 6.3"),
    ROW(NO_SPACE,             452, 0, "4.3.1", "no space left, try again later", "RFC 5321 4.2.2"),
    ROW(BARE_IN_MESSAGE,      550, 0, "5.5.2", "message with a bare <CR> or <LF> refused", "RFC 5321 2.3.8"),
    ROW(SENDER_DENIED,        553, PERSONAL, "5.7.1", "not your address", "RFC 6409 6.1"),
    ROW(FILTERED,             550, PERSONAL, "5.7.1", "refused by local policy", "RFC 5321 7.9"),
    ROW(FILTERED_NOW,         451, PERSONAL, "4.7.1", "put off by local policy", "RFC 5321 7.9"),
    ROW(FAILED,               554, PERSONAL, "5.3.0", "transaction failed", "RFC 5321 4.2.2"),
    ROW(FAILED_NOW,           451, PERSONAL, "4.3.0", "local error, try again later", "RFC 5321 4.2.2"),
};

#define CAUSE(cause, temporary, permanent, at_mail) \
    [SELO_MAIL_##cause] = { SELO_SMTP_##temporary, SELO_SMTP_##permanent, SELO_SMTP_##at_mail }

/* Which row answers which cause. A cause that is never temporary has the same row twice; @at_mail is
 * about the reverse-path, where "recipient" would be wrong. */
static const struct {
    SeloSmtpReply temporary, permanent, at_mail;
} causes[] = {
    CAUSE(OK,                  OK,                  OK,                  SENDER_OK),
    CAUSE(RELAY_DENIED,        RELAY_DENIED_NOW,    RELAY_DENIED,        NONE),
    CAUSE(NO_QUEUE,            NO_QUEUE,            NO_QUEUE,            NONE),
    CAUSE(UNKNOWN_USER,        UNKNOWN_USER_NOW,    UNKNOWN_USER,        NONE),
    CAUSE(MAILBOX_UNAVAILABLE, MAILBOX_UNAVAILABLE, MAILBOX_DISABLED,    NONE),
    CAUSE(MAILBOX_FULL,        MAILBOX_FULL,        MAILBOX_OVER_QUOTA,  NONE),
    CAUSE(TOO_BIG,             TOO_BIG,             TOO_BIG,             NONE),
    CAUSE(TOO_MANY_RECIPIENTS, TOO_MANY_RECIPIENTS, TOO_MANY_RECIPIENTS, NONE),
    CAUSE(TOO_MANY_HOPS,       TOO_MANY_HOPS,       TOO_MANY_HOPS,       NONE),
    CAUSE(NO_SPACE,            NO_SPACE,            NO_SPACE,            NONE),
    CAUSE(BAD_ADDRESS,         BAD_RECIPIENT,       BAD_RECIPIENT,       BAD_SENDER),
    CAUSE(AUTH_NEEDED,         AUTH_NEEDED,         AUTH_NEEDED,         NONE),
    CAUSE(SENDER_DENIED,       SENDER_DENIED,       SENDER_DENIED,       NONE),
    CAUSE(FILTERED,            FILTERED_NOW,        FILTERED,            NONE),
    CAUSE(FAILED,              FAILED_NOW,          FAILED,              NONE),
};
/* clang-format on */

const SeloSmtpReplyRow *
selo_smtp_reply_row(SeloSmtpReply reply)
{
    g_assert(reply > SELO_SMTP_NONE && reply < SELO_SMTP_REPLIES);
    return &rows[reply];
}

SeloSmtpReply
selo_smtp_reply_for(const SeloMailReply *reply, gboolean at_mail)
{
    uint32_t cause = reply->cause < G_N_ELEMENTS(causes) ? reply->cause : SELO_MAIL_FAILED;

    if (at_mail && causes[cause].at_mail != SELO_SMTP_NONE)
        return causes[cause].at_mail;
    return reply->flags & SELO_MAIL_PERMANENT ? causes[cause].permanent : causes[cause].temporary;
}

/* ---- putting a line together ---- */

typedef struct {
    char *at, *end; /* end leaves room for what must still fit */
} Line;

static void
add(Line *line, const char *text, size_t size)
{
    size_t fits = MIN(size, (size_t) (line->end - line->at));

    memcpy(line->at, text, fits);
    line->at += fits;
}

/* Text from elsewhere: a control character in it must not become a line of its own. */
static void
add_foreign(Line *line, SeloStr text)
{
    for (size_t i = 0; i < text.len && line->at < line->end; i++) {
        unsigned char c = (unsigned char) text.s[i];

        *line->at++ = c < 0x20 || c == 0x7f ? ' ' : (char) c;
    }
}

static void
add_code(Line *line, const SeloSmtpReplyRow *row, const SeloSmtpReplyParts *parts)
{
    uint32_t code = parts->code >= 200 && parts->code <= 599 ? parts->code : row->code;
    const char digits[] = { (char) ('0' + code / 100), (char) ('0' + code / 10 % 10),
                            (char) ('0' + code % 10), ' ' };

    add(line, digits, sizeof digits);
    if (parts->enhanced.len > 0)
        add_foreign(line, parts->enhanced);
    else if (row->enhanced != NULL)
        add(line, row->enhanced, strlen(row->enhanced));
    if (parts->enhanced.len > 0 || row->enhanced != NULL)
        add(line, " ", 1);
}

size_t
selo_smtp_reply_print(const SeloSmtpReplyRow *row, const SeloSmtpReplyParts *parts, char *buffer)
{
    size_t id_size = parts->id != NULL ? MIN(strlen(parts->id), 64) : 0;
    Line line = { buffer, buffer + SELO_SMTP_REPLY_MAX - sizeof " []\r\n" - id_size };
    char *limit = line.end;

    add_code(&line, row, parts);
    if (row->flags & SELO_SMTP_REPLY_HOST && parts->host != NULL) {
        add(&line, parts->host, strlen(parts->host));
        add(&line, " ", 1);
    }
    if (row->flags & SELO_SMTP_REPLY_PERSONAL && parts->address.len > 0) {
        line.end = limit - 128; /* a long address must not push the reason out */
        add(&line, "<", 1);
        add_foreign(&line, parts->address);
        line.end = limit;
        add(&line, ">: ", 3);
    }
    if (parts->text.len > 0)
        add_foreign(&line, parts->text);
    else
        add(&line, row->text, strlen(row->text));
    if (parts->detail.len > 0) {
        add(&line, " ", 1);
        add_foreign(&line, parts->detail);
    }
    line.end = buffer + SELO_SMTP_REPLY_MAX;
    if (id_size > 0) {
        add(&line, " [", 2);
        add(&line, parts->id, id_size);
        add(&line, "]", 1);
    }
    add(&line, "\r\n", 2);
    return (size_t) (line.at - buffer);
}
