/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-session.c: whole dialogues over the layers of fake-world.h. Each runs twice, with its input at once
 * (pipelined) and octet by octet, and must sound the same.
 */
#include "config.h"

#include <string.h>

#include "tests/lib/selo-test.h"
#include "tests/unit/smtp/fake-world.h"

#define MX   SELO_SMTP_MODE_MX
#define SUB  SELO_SMTP_MODE_SUBMISSION
#define LMTP SELO_SMTP_MODE_LMTP

enum { /* what is different from a plain listener */
       TLS_OFFERED = 1,
       TLS_ACTIVE = 2,
       AUTH = 4,
       PLAINTEXT = 8,
       TLS_REQUIRED = 16,
       EARLY = 32,
       EARLY_REFUSED = 64,
       REFUSED = 128,
       BARE_ACCEPTED = 256,
       FEW_ERRORS = 512,
       FEW_JUNK = 1024,
       ONE_MESSAGE = 2048,
    DELAYED = 8192,
    ONE_A_MINUTE = 16384,
       CLOSED = 4096 /* at the end the session must be over */
};

typedef struct {
    const char *name;
    SeloSmtpMode mode;
    guint flags;
    const char *input, *want;
} Dialogue;

#define GREETING "220 mx.example ESMTP Selo\r\n"
#define HELO_C   "HELO c\r\n"
#define HELO_S   GREETING "250 mx.example\r\n"
#define EHLO_C   "EHLO c\r\n"
#define KEYWORDS "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n"
#define EHLO_OK \
    "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n" KEYWORDS "250 LIMITS RCPTMAX=3\r\n"
#define EHLO_S GREETING EHLO_OK
#define EHLO_AUTH                                                                            \
    "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-AUTH PLAIN LOGIN\r\n" KEYWORDS \
    "250 LIMITS RCPTMAX=3\r\n"
#define EHLO_TLS                                                                     \
    "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-STARTTLS\r\n" KEYWORDS \
    "250 LIMITS RCPTMAX=3\r\n"
#define MAIL_C  "MAIL FROM:<a@b>\r\n"
#define MAIL_S  "250 2.1.0 Ok\r\n"
#define RCPT_C  "RCPT TO:<ann@here>\r\n"
#define RCPT_S  "250 2.1.5 Ok\r\n"
#define DATA_S  "354 End data with <CR><LF>.<CR><LF>\r\n"
#define TAKEN_S "250 2.0.0 Ok: accepted as T1\r\n"
#define NOOP_S  "250 2.0.0 Ok\r\n"
#define BYE_S   "221 2.0.0 Bye\r\n"
#define RIGHT   "AGFubgBzZWNyZXQ=" /* "\0ann\0secret" */
#define WRONG   "AGFubgB3cm9uZw==" /* "\0ann\0wrong" */

/* clang-format off */
static const Dialogue dialogues[] = {
    { "helo", MX, 0, HELO_C, HELO_S },
    { "ehlo", MX, 0, EHLO_C, EHLO_S },
    { "ehlo-again", MX, 0, EHLO_C EHLO_C, EHLO_S EHLO_OK },
    { "lower-case", MX, 0, "helo c\r\nmail from:<a@b>\r\n", HELO_S MAIL_S },
    { "blanks-at-end", MX, 0, "HELO c  \r\nNOOP \r\n", HELO_S NOOP_S },
    { "message", MX, 0, EHLO_C MAIL_C RCPT_C "DATA\r\nX: y\r\n\r\n..dot\r\n.\r\nQUIT\r\n",
      EHLO_S MAIL_S RCPT_S DATA_S TAKEN_S BYE_S },
    { "message-empty", MX, 0, EHLO_C MAIL_C RCPT_C "DATA\r\n.\r\n", EHLO_S MAIL_S RCPT_S DATA_S TAKEN_S },
    { "two-messages", MX, 0, EHLO_C MAIL_C RCPT_C "DATA\r\n.\r\n" MAIL_C RCPT_C "DATA\r\n.\r\n",
      EHLO_S MAIL_S RCPT_S DATA_S TAKEN_S MAIL_S RCPT_S DATA_S TAKEN_S },
    { "noop-vrfy-help", MX, 0, "NOOP x y\r\nVRFY ann\r\nHELP MAIL\r\n",
      GREETING NOOP_S "252 2.5.0 cannot tell; send mail and see\r\n"
      "214 2.0.0 Commands: MAIL RCPT DATA BDAT QUIT EHLO HELO RSET NOOP AUTH STARTTLS VRFY HELP\r\n" },
    { "rset", MX, 0, HELO_C MAIL_C "RSET\r\nRCPT TO:<ann@here>\r\n",
      HELO_S MAIL_S NOOP_S "503 5.5.1 bad sequence of commands: MAIL comes first [S1]\r\n" },
    { "ehlo-resets", MX, 0, HELO_C MAIL_C HELO_C "DATA\r\n",
      HELO_S MAIL_S "250 mx.example\r\n503 5.5.1 bad sequence of commands: MAIL comes first [S1]\r\n" },

    /* order and syntax */
    { "helo-first", MX, 0, MAIL_C, GREETING "503 5.5.1 bad sequence of commands: introduce yourself first [S1]\r\n" },
    { "rcpt-first", MX, 0, HELO_C RCPT_C, HELO_S "503 5.5.1 bad sequence of commands: MAIL comes first [S1]\r\n" },
    { "data-first", MX, 0, HELO_C "DATA\r\n", HELO_S "503 5.5.1 bad sequence of commands: MAIL comes first [S1]\r\n" },
    { "nested", MX, 0, HELO_C MAIL_C MAIL_C, HELO_S MAIL_S "503 5.5.1 bad sequence of commands: in a transaction [T1]\r\n" },
    { "no-recipient", MX, 0, HELO_C MAIL_C "DATA\r\n", HELO_S MAIL_S "503 5.5.1 bad sequence of commands: no valid recipients [T1]\r\n" },
    { "unknown-verb", MX, 0, "ETRN x\r\nMAILX\r\n", GREETING "500 5.5.2 command not recognized [S1]\r\n500 5.5.2 command not recognized [S1]\r\n" },
    { "empty-line", MX, 0, "\r\n", GREETING "500 5.5.2 bad syntax [S1]\r\n" },
    { "control", MX, 0, "NOOP \x01\r\n", GREETING "500 5.5.2 bad syntax [S1]\r\n" },
    { "argument", MX, 0, "RSET x\r\n", GREETING "501 5.5.4 this command takes no argument [S1]\r\n" },
    { "helo-syntax", MX, 0, "HELO\r\n", GREETING "501 5.5.4 the command takes one domain or address literal [S1]\r\n" },
    { "bare-lf", MX, 0, "NOOP\nNOOP\r\n", GREETING "550 5.5.2 bare <LF> received, lines end in <CR><LF> [S1]\r\n" NOOP_S },
    { "bare-lf-accepted", MX, BARE_ACCEPTED, "NOOP\nNOOP\r\n", GREETING NOOP_S NOOP_S },
    { "http", MX, CLOSED, "GET / HTTP/1.1\r\nMAIL FROM:<a@b>\r\n", GREETING "421 4.7.0 mx.example this is a mail server [S1]\r\n" },
    { "header", MX, CLOSED, "Subject: x\r\n", GREETING "421 4.7.0 mx.example this is a mail server [S1]\r\n" },
    { "lhlo", MX, 0, "LHLO c\r\n", GREETING "502 5.5.1 command not available here [S1]\r\n" },
    { "smtp-in-lmtp", LMTP, 0, HELO_C, "220 mx.example LMTP Selo\r\n502 5.5.1 command not available here [S1]\r\n" },

    /* what the mail layer says */
    { "relay", MX, 0, HELO_C MAIL_C "RCPT TO:<relay@far>\r\n", HELO_S MAIL_S "550 5.7.1 <relay@far>: relaying denied [T1]\r\n" },
    { "queue", MX, 0, HELO_C MAIL_C "RCPT TO:<queue@far>\r\n", HELO_S MAIL_S "451 4.3.0 <queue@far>: cannot send mail to other servers yet [T1]\r\n" },
    { "unknown-user", MX, 0, HELO_C MAIL_C "RCPT TO:<unknown@here>\r\n", HELO_S MAIL_S "550 5.1.1 <unknown@here>: no such user here [T1]\r\n" },
    { "unavailable", MX, 0, HELO_C MAIL_C "RCPT TO:<busy@here>\r\n", HELO_S MAIL_S "450 4.2.0 <busy@here>: mailbox is not available now [T1]\r\n" },
    { "full", MX, 0, HELO_C MAIL_C "RCPT TO:<full@here>\r\n", HELO_S MAIL_S "452 4.2.2 <full@here>: mailbox is full [T1]\r\n" },
    { "quota", MX, 0, HELO_C MAIL_C "RCPT TO:<quota@here>\r\n", HELO_S MAIL_S "552 5.2.2 <quota@here>: mailbox is full [T1]\r\n" },
    { "filtered", MX, 0, HELO_C MAIL_C "RCPT TO:<spam@here>\r\n", HELO_S MAIL_S "550 5.7.1 <spam@here>: refused by local policy [T1]\r\n" },
    { "greylisted", MX, 0, HELO_C MAIL_C "RCPT TO:<grey@here>\r\n", HELO_S MAIL_S "451 4.7.1 <grey@here>: put off by local policy [T1]\r\n" },
    { "disconnected", MX, CLOSED, HELO_C MAIL_C "RCPT TO:<worse@here>\r\nNOOP\r\n", HELO_S MAIL_S "521 5.7.9 <worse@here>: go  250 away [T1]\r\n" },
    { "sender-denied", MX, 0, HELO_C "MAIL FROM:<other@b>\r\n" MAIL_C, HELO_S "553 5.7.1 <other@b>: not your address [T1]\r\n" MAIL_S },
    { "no-space", MX, 0, HELO_C "MAIL FROM:<nospace@b>\r\n", HELO_S "452 4.3.1 no space left, try again later [T1]\r\n" },
    { "helo-refused", MX, 0, "EHLO spam@x\r\nMAIL FROM:<a@b>\r\n", GREETING "550 5.7.1 refused by local policy [S1]\r\n503 5.5.1 bad sequence of commands: introduce yourself first [S1]\r\n" },
    { "data-refused", MX, 0, HELO_C "MAIL FROM:<data-spam@b>\r\n" RCPT_C "DATA\r\nNOOP\r\n", HELO_S MAIL_S RCPT_S "550 5.7.1 refused by local policy [T1]\r\n" NOOP_S },
    { "failed-at-end", MX, 0, HELO_C MAIL_C "RCPT TO:<end-failed@here>\r\nDATA\r\n.\r\n", HELO_S MAIL_S RCPT_S DATA_S "554 5.3.0 transaction failed [T1]\r\n" },
    { "loop", MX, 0, HELO_C MAIL_C "RCPT TO:<end-loop@here>\r\nDATA\r\n.\r\n", HELO_S MAIL_S RCPT_S DATA_S "554 5.4.6 too many hops, this message goes round in circles [T1]\r\n" },
    { "no-space-at-end", MX, 0, HELO_C MAIL_C "RCPT TO:<end-nospace@here>\r\nDATA\r\n.\r\nNOOP\r\n", HELO_S MAIL_S RCPT_S DATA_S "452 4.3.1 no space left, try again later [T1]\r\n" NOOP_S },
    { "some-recipients", MX, 0, HELO_C MAIL_C "RCPT TO:<unknown@here>\r\n" RCPT_C "DATA\r\n.\r\n",
      HELO_S MAIL_S "550 5.1.1 <unknown@here>: no such user here [T1]\r\n" RCPT_S DATA_S TAKEN_S },

    /* limits */
    { "too-big-declared", MX, 0, EHLO_C "MAIL FROM:<a@b> SIZE=1001\r\n", EHLO_S "552 5.3.4 message is too big [S1]\r\n" },
    { "too-many-recipients", MX, 0, HELO_C MAIL_C RCPT_C RCPT_C RCPT_C RCPT_C "DATA\r\n.\r\n",
      HELO_S MAIL_S RCPT_S RCPT_S RCPT_S "452 4.5.3 <ann@here>: too many recipients [T1]\r\n" DATA_S TAKEN_S },
    { "too-many-errors", MX, FEW_ERRORS | CLOSED, "A\r\nB\r\nC\r\nD\r\n",
      GREETING "500 5.5.2 command not recognized [S1]\r\n500 5.5.2 command not recognized [S1]\r\n421 4.7.0 mx.example too many errors [S1]\r\n" },
    { "too-much-junk", MX, FEW_JUNK | FEW_ERRORS | CLOSED, "NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n", GREETING NOOP_S NOOP_S NOOP_S "421 4.7.0 mx.example too many errors [S1]\r\n" },
    { "too-many-messages", MX, ONE_MESSAGE, EHLO_C MAIL_C "RSET\r\n" MAIL_C,
      GREETING "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n" KEYWORDS "250 LIMITS RCPTMAX=3 MAILMAX=1\r\n" MAIL_S NOOP_S
      "451 4.5.3 too many messages in one session, connect again [S1]\r\n" },
    { "too-much-mail", MX, ONE_A_MINUTE, HELO_C MAIL_C RCPT_C RCPT_C "RSET\r\n" MAIL_C,
      HELO_S MAIL_S RCPT_S "450 4.7.1 <ann@here>: too much mail from your address, slow down [T1]\r\n" NOOP_S
      "450 4.7.1 too much mail from your address, slow down [S1]\r\n" },

    /* messages that are not */
    { "bare-in-message", MX, 0, HELO_C MAIL_C RCPT_C "DATA\r\nx\n.\r\nMAIL FROM:<evil@x>\r\n.\r\nNOOP\r\n",
      HELO_S MAIL_S RCPT_S DATA_S "550 5.5.2 message with a bare <CR> or <LF> refused [T1]\r\n" NOOP_S },

    /* BDAT */
    { "bdat", MX, 0, EHLO_C MAIL_C RCPT_C "BDAT 6 LAST\r\nX: y\r\n", EHLO_S MAIL_S RCPT_S TAKEN_S },
    { "bdat-pieces", MX, 0, EHLO_C MAIL_C RCPT_C "BDAT 3\r\nX: BDAT 3\r\ny\r\nBDAT 0 LAST\r\nNOOP\r\n",
      EHLO_S MAIL_S RCPT_S "250 2.0.0 Ok, go on (3 octets)\r\n250 2.0.0 Ok, go on (6 octets)\r\n" TAKEN_S NOOP_S },
    { "bdat-split-crlf", MX, 0, EHLO_C MAIL_C RCPT_C "BDAT 2\r\nx\rBDAT 1 LAST\r\n\n", EHLO_S MAIL_S RCPT_S "250 2.0.0 Ok, go on (2 octets)\r\n" TAKEN_S },
    { "bdat-bare", MX, 0, EHLO_C MAIL_C RCPT_C "BDAT 2 LAST\r\nx\nNOOP\r\n", EHLO_S MAIL_S RCPT_S "550 5.5.2 message with a bare <CR> or <LF> refused [T1]\r\n" NOOP_S },
    { "bdat-too-big", MX, 0, EHLO_C MAIL_C RCPT_C "BDAT 2\r\nx\r" "BDAT 1001\r\n%1001%BDAT 0 LAST\r\nNOOP\r\n",
      EHLO_S MAIL_S RCPT_S "250 2.0.0 Ok, go on (2 octets)\r\n552 5.3.4 message is too big [T1]\r\n503 5.5.1 bad sequence of commands: MAIL comes first [S1]\r\n" NOOP_S },
    { "bdat-out-of-place", MX, 0, EHLO_C MAIL_C "BDAT 6\r\nNOOP\r\n" RCPT_C, EHLO_S MAIL_S "503 5.5.1 bad sequence of commands: no valid recipients [T1]\r\n" RCPT_S },
    { "bdat-before-helo", MX, 0, "BDAT 6\r\nQUIT\r\nNOOP\r\n", GREETING "503 5.5.1 bad sequence of commands: introduce yourself first [S1]\r\n" NOOP_S },
    { "bdat-syntax", MX, CLOSED, EHLO_C MAIL_C RCPT_C "BDAT x\r\n", EHLO_S MAIL_S RCPT_S "501 5.5.4 Syntax: BDAT size [LAST] [T1]\r\n" },
    { "bdat-then-data", MX, 0, EHLO_C MAIL_C RCPT_C "BDAT 1\r\nxDATA\r\n" RCPT_C "RSET\r\n",
      EHLO_S MAIL_S RCPT_S "250 2.0.0 Ok, go on (1 octets)\r\n503 5.5.1 bad sequence of commands: after BDAT only BDAT [T1]\r\n"
      "503 5.5.1 bad sequence of commands: after BDAT only BDAT [T1]\r\n" NOOP_S },
    { "bdat-refused", MX, 0, EHLO_C "MAIL FROM:<data-spam@b>\r\n" RCPT_C "BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
      EHLO_S MAIL_S RCPT_S "550 5.7.1 refused by local policy [T1]\r\n503 5.5.1 bad sequence of commands: MAIL comes first [S1]\r\n" NOOP_S },

    /* LMTP */
    { "lmtp", LMTP, 0, "LHLO c\r\n" MAIL_C "RCPT TO:<ann>\r\nRCPT TO:<unknown@here>\r\nRCPT TO:<end-full@here>\r\nDATA\r\n.\r\nQUIT\r\n",
      "220 mx.example LMTP Selo\r\n" EHLO_OK MAIL_S RCPT_S "550 5.1.1 <unknown@here>: no such user here [T1]\r\n" RCPT_S DATA_S
      "250 2.0.0 <ann>: saved as T1\r\n452 4.2.2 <end-full@here>: mailbox is full [T1]\r\n" BYE_S },
    { "lmtp-bdat", LMTP, 0, "LHLO c\r\n" MAIL_C "RCPT TO:<ann>\r\nRCPT TO:<bob>\r\nBDAT 2\r\n\r\nBDAT 0 LAST\r\n",
      "220 mx.example LMTP Selo\r\n" EHLO_OK MAIL_S RCPT_S RCPT_S "250 2.0.0 Ok, go on (2 octets)\r\n"
      "250 2.0.0 <ann>: saved as T1\r\n250 2.0.0 <bob>: saved as T1\r\n" },
    { "lmtp-bdat-refused", LMTP, 0, "LHLO c\r\nMAIL FROM:<data-spam@b>\r\nRCPT TO:<ann>\r\nRCPT TO:<bob>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n",
      "220 mx.example LMTP Selo\r\n" EHLO_OK MAIL_S RCPT_S RCPT_S "550 5.7.1 refused by local policy [T1]\r\n"
      "550 5.7.1 refused by local policy [T1]\r\n" NOOP_S },
    { "lmtp-bdat-refused-early", LMTP, 0, "LHLO c\r\nMAIL FROM:<data-spam@b>\r\nRCPT TO:<ann>\r\nRCPT TO:<bob>\r\nBDAT 6\r\nQUIT\r\nBDAT 0 LAST\r\nNOOP\r\n",
      "220 mx.example LMTP Selo\r\n" EHLO_OK MAIL_S RCPT_S RCPT_S "550 5.7.1 refused by local policy [T1]\r\n"
      "503 5.5.1 bad sequence of commands: MAIL comes first [S1]\r\n" NOOP_S },
    { "lmtp-refused", LMTP, 0, "LHLO c\r\n" MAIL_C "RCPT TO:<ann>\r\nRCPT TO:<bob>\r\nDATA\r\nx\n\r\n.\r\nNOOP\r\n",
      "220 mx.example LMTP Selo\r\n" EHLO_OK MAIL_S RCPT_S RCPT_S DATA_S "550 5.5.2 message with a bare <CR> or <LF> refused [T1]\r\n"
      "550 5.5.2 message with a bare <CR> or <LF> refused [T1]\r\n" NOOP_S },
    { "lmtp-unknown-users", LMTP, FEW_ERRORS, "LHLO c\r\n" MAIL_C "RCPT TO:<unknown@a>\r\nRCPT TO:<unknown@a>\r\nRCPT TO:<unknown@a>\r\nNOOP\r\n",
      "220 mx.example LMTP Selo\r\n" EHLO_OK MAIL_S "550 5.1.1 <unknown@a>: no such user here [T1]\r\n"
      "550 5.1.1 <unknown@a>: no such user here [T1]\r\n550 5.1.1 <unknown@a>: no such user here [T1]\r\n" NOOP_S },

    /* AUTH */
    { "auth", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH PLAIN " RIGHT "\r\n" MAIL_C, GREETING EHLO_AUTH "235 2.7.0 Authentication successful\r\n" MAIL_S },
    { "auth-challenge", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH plain\r\n" RIGHT "\r\n", GREETING EHLO_AUTH "334 VXNlcm5hbWU6\r\n235 2.7.0 Authentication successful\r\n" },
    { "auth-login", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH LOGIN\r\nYW5u\r\nc2VjcmV0\r\n", GREETING EHLO_AUTH "334 VXNlcm5hbWU6\r\n334 VXNlcm5hbWU6\r\n235 2.7.0 Authentication successful\r\n" },
    { "auth-twice", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH PLAIN " RIGHT "\r\nAUTH PLAIN " RIGHT "\r\n", GREETING EHLO_AUTH "235 2.7.0 Authentication successful\r\n503 5.5.1 already authenticated [S1]\r\n" },
    { "auth-failed", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH PLAIN " WRONG "\r\n" MAIL_C, GREETING EHLO_AUTH "535 5.7.8 authentication failed [S1]\r\n530 5.7.0 authentication needed [T1]\r\n" },
    { "auth-unavailable", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH PLAIN ZG93bg==\r\n", GREETING EHLO_AUTH "454 4.7.0 authentication is not possible now, try again later [S1]\r\n" },
    { "auth-empty", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH PLAIN =\r\n", GREETING EHLO_AUTH "501 5.5.2 the response does not follow the mechanism [S1]\r\n" },
    { "auth-unknown", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH FOO\r\n", GREETING EHLO_AUTH "504 5.5.4 authentication mechanism not supported [S1]\r\n" },
    { "auth-base64", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH PLAIN A\r\nAUTH PLAIN\r\n!!!!\r\nNOOP\r\n", GREETING EHLO_AUTH
      "501 5.5.2 the response is not base64 [S1]\r\n334 VXNlcm5hbWU6\r\n501 5.5.2 the response is not base64 [S1]\r\n" NOOP_S },
    { "auth-cancelled", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH PLAIN\r\n*\r\nNOOP\r\n", GREETING EHLO_AUTH "334 VXNlcm5hbWU6\r\n501 5.7.0 authentication cancelled [S1]\r\n" NOOP_S },
    { "auth-in-transaction", MX, AUTH | PLAINTEXT, EHLO_C MAIL_C "AUTH PLAIN\r\n", GREETING EHLO_AUTH MAIL_S "503 5.5.1 bad sequence of commands: in a transaction [T1]\r\n" },
    { "auth-not-enabled", MX, 0, EHLO_C "AUTH PLAIN\r\n", EHLO_S "503 5.5.1 authentication is not enabled here [S1]\r\n" },
    { "auth-syntax", SUB, AUTH | PLAINTEXT, EHLO_C "AUTH\r\n", GREETING EHLO_AUTH "501 5.5.4 Syntax: AUTH mechanism [initial-response] [S1]\r\n" },
    { "auth-needs-tls", SUB, AUTH | TLS_OFFERED, EHLO_C "AUTH PLAIN " RIGHT "\r\n", GREETING EHLO_TLS "538 5.7.11 encryption needed for this authentication mechanism [S1]\r\n" },
    { "auth-needed", SUB, 0, EHLO_C MAIL_C, EHLO_S "530 5.7.0 authentication needed [T1]\r\n" },

    /* TLS: what was sent ahead of the handshake is gone */
    { "tls-needed", SUB, TLS_OFFERED | TLS_REQUIRED, EHLO_C MAIL_C "NOOP\r\n", GREETING EHLO_TLS "530 5.7.0 issue STARTTLS first [S1]\r\n" NOOP_S },
    { "starttls", SUB, TLS_OFFERED | AUTH, EHLO_C "STARTTLS\r\n", GREETING EHLO_TLS "220 2.0.0 Ready to start TLS\r\n" },
    { "starttls-twice", SUB, TLS_ACTIVE, EHLO_C "STARTTLS\r\n", EHLO_S "503 5.5.1 bad sequence of commands: TLS is active [S1]\r\n" },
    { "starttls-none", MX, 0, EHLO_C "STARTTLS\r\n", EHLO_S "502 5.5.1 command not available here [S1]\r\n" },
    { "starttls-argument", MX, TLS_OFFERED, "STARTTLS x\r\n", GREETING "501 5.5.4 this command takes no argument [S1]\r\n" },

    /* greeting */
    { "early", MX, EARLY, "", GREETING EHLO_OK },
    { "early-within-delay", MX, DELAYED | EARLY_REFUSED | CLOSED, "NOOP\r\n", "554 5.5.0 mx.example spoke before the greeting [S1]\r\n" },
    { "early-refused", MX, EARLY | EARLY_REFUSED | CLOSED, "", "554 5.5.0 mx.example spoke before the greeting [S1]\r\n" },
    { "refused", MX, REFUSED | CLOSED, EHLO_C "BDAT 6\r\nQUIT\r\nQUIT\r\n", "554 5.3.2 mx.example no mail service for you here [S1]\r\n"
      "503 5.5.1 no mail service for you here, only QUIT [S1]\r\n503 5.5.1 no mail service for you here, only QUIT [S1]\r\n" BYE_S },
};
/* clang-format on */

static World *
set_up(const Dialogue *d)
{
    World *world = world_new(d->mode);

    world->can_start_tls = (d->flags & (TLS_OFFERED | TLS_ACTIVE)) != 0;
    world->has_auth = (d->flags & AUTH) != 0;
    world->allows_plaintext = (d->flags & PLAINTEXT) != 0;
    world->speaks_early = (d->flags & EARLY) != 0;
    world->is_refused = (d->flags & REFUSED) != 0;
    world->listener.requires_tls = (d->flags & TLS_REQUIRED) != 0;
    world->listener.closes_on_early_talk = (d->flags & EARLY_REFUSED) != 0;
    world->listener.refuses_bare_newline = !(d->flags & BARE_ACCEPTED);
    if (d->flags & FEW_ERRORS)
        world->listener.max_errors = 2;
    if (d->flags & FEW_JUNK)
        world->listener.max_junk = 1;
    if (d->flags & ONE_MESSAGE)
        world->listener.max_messages = 1;
    if (d->flags & ONE_A_MINUTE)
        world->listener.messages_a_minute = world->listener.recipients_a_minute = 1;
    if (d->flags & DELAYED)
        world->listener.greeting_delay = 1;
    if (d->flags & TLS_ACTIVE)
        world_set_tls();
    world_connect(world);
    return world;
}

/* "%1001%" in a script stands for that many octets. */
static char *
expand(const char *script)
{
    g_autofree char *many = g_strnfill(1001, 'x');
    g_auto(GStrv) parts = g_strsplit(script, "%1001%", -1);

    return g_strjoinv(many, parts);
}

static void
run_dialogue(const Dialogue *d, size_t step)
{
    g_autoptr(World) world = set_up(d);
    g_autofree char *input = expand(d->input);
    g_autofree char *got = world_talk(world, input, step);

    g_assert_cmpstr(got, ==, d->want);
    g_assert_cmpint(world->is_closed, ==,
                    (d->flags & CLOSED) != 0 || g_str_has_suffix(d->want, BYE_S));
}

static void
test_at_once(gconstpointer data)
{
    run_dialogue(data, 0);
}

static void
test_by_octet(gconstpointer data)
{
    run_dialogue(data, 1);
}

/* ---- what a dialogue alone does not show ---- */

static const Dialogue plain = { "plain", MX, 0, "", "" };

static void
test_delivered(void)
{
    g_autoptr(World) world = set_up(&plain);
    g_autofree char *got = world_talk(
        world,
        EHLO_C MAIL_C "RCPT TO:<\"ann\"@here>\r\n" RCPT_C "DATA\r\nX: y\r\n\r\n..dot\r\n.\r\n", 0);

    g_assert_cmpstr(world->helo, ==, "c as ESMTP");
    g_assert_cmpstr(world->envelope->str, ==, "a@b ann@here ann@here");
    g_assert_cmpstr(world->delivered->str, ==, "X: y\r\n\r\n.dot\r\n");
}

static void
test_tls_forgets(void)
{
    static const Dialogue d = { "tls", SUB, TLS_OFFERED | AUTH, "", "" };
    g_autoptr(World) world = set_up(&d);
    g_autofree char *before = world_talk(world, EHLO_C "STARTTLS\r\nAUTH PLAIN " RIGHT "\r\n", 0);
    g_autofree char *after =
        world_talk(world, "AUTH PLAIN " RIGHT "\r\n" EHLO_C "AUTH PLAIN " RIGHT "\r\n" EHLO_C, 0);

    g_assert_cmpstr(before, ==, GREETING EHLO_TLS "220 2.0.0 Ready to start TLS\r\n");
    g_assert_cmpstr(
        after, ==,
        "503 5.5.1 bad sequence of commands: introduce yourself first [S1]\r\n" EHLO_AUTH
        "235 2.7.0 Authentication successful\r\n" EHLO_OK);
    g_assert_cmpstr(world->helo, ==, "c as ESMTPSA");
}

/* RFC 3848: the protocol's name says that the client logged in, without another EHLO. */
static void
test_auth_shows(void)
{
    static const Dialogue d = { "auth", SUB, AUTH | TLS_ACTIVE, "", "" };
    g_autoptr(World) world = set_up(&d);
    g_autofree char *got = world_talk(world, EHLO_C "AUTH PLAIN " RIGHT "\r\n", 0);

    g_assert_cmpstr(world->helo, ==, "as ESMTPSA");
}

static void
test_line_limits(void)
{
    static const Dialogue d = { "limits", SUB, AUTH | PLAINTEXT, "", "" };
    g_autoptr(World) world = set_up(&d);
    g_autofree char *long_word = g_strnfill(2044, 'x'), *longer = g_strnfill(12300, 'A');
    g_autofree char *input = g_strdup_printf(
        "NOOP %s\r\nNOOP %s\r\n" EHLO_C "AUTH PLAIN\r\n%s\r\nNOOP\r\n", long_word, longer, longer);
    g_autofree char *got = world_talk(world, input, 0);

    g_assert_cmpstr(
        got, ==,
        GREETING
        "500 5.5.2 line too long [S1]\r\n500 5.5.2 line too long [S1]\r\n" EHLO_AUTH
        "334 VXNlcm5hbWU6\r\n500 5.5.6 authentication exchange line is too long [S1]\r\n" NOOP_S);
}

static void
test_too_big(void)
{
    g_autoptr(World) world = set_up(&plain);
    g_autofree char *body = g_strnfill(1001, 'x');
    g_autofree char *input =
        g_strdup_printf(HELO_C MAIL_C RCPT_C "DATA\r\n%s\r\n.\r\nNOOP\r\n", body);
    g_autofree char *got = world_talk(world, input, 0);

    g_assert_cmpstr(got, ==,
                    HELO_S MAIL_S RCPT_S DATA_S "552 5.3.4 message is too big [T1]\r\n" NOOP_S);
}

static void
test_stop_idle(void)
{
    g_autoptr(World) world = set_up(&plain);
    g_autofree char *before = world_talk(world, HELO_C, 0);
    g_autofree char *got = world_stop(world);

    g_assert_cmpstr(got, ==, "421 4.3.2 mx.example server is stopping, try again [S1]\r\n");
    g_assert_true(world->is_closed);
}

/* A transaction under way is finished first. */
static void
test_stop_in_transaction(void)
{
    g_autoptr(World) world = set_up(&plain);
    g_autofree char *before = world_talk(world, HELO_C MAIL_C RCPT_C, 0);
    g_autofree char *stopped = world_stop(world);
    g_autofree char *after = world_talk(world, "DATA\r\n.\r\nNOOP\r\n", 0);

    g_assert_cmpstr(stopped, ==, "");
    g_assert_cmpstr(after, ==,
                    DATA_S TAKEN_S "421 4.3.2 mx.example server is stopping, try again [S1]\r\n");
    g_assert_true(world->is_closed);
}

static void
test_idle(void)
{
    g_autoptr(World) world = set_up(&plain);
    g_autofree char *before = world_talk(world, HELO_C MAIL_C, 0);
    g_autofree char *got = world_expire(world);

    g_assert_cmpstr(got, ==, "421 4.4.2 mx.example idle too long [T1]\r\n");
    g_assert_true(world->is_closed);
}

static void
test_greeting_delay(void)
{
    static const Dialogue d = { "delay", MX, DELAYED, "", "" };
    g_autoptr(World) world = set_up(&d);
    g_autofree char *before = world_talk(world, "", 0);
    g_autofree char *after = world_expire(world);
    g_autofree char *talk = world_talk(world, "NOOP\r\n", 0);

    g_assert_cmpstr(before, ==, "");
    g_assert_cmpstr(after, ==, GREETING);
    g_assert_cmpstr(talk, ==, NOOP_S);
}

/* A client that answers STARTTLS's 220 with silence does not stay. */
static void
test_silent_handshake(void)
{
    static const Dialogue d = { "silent", MX, TLS_OFFERED, "", "" };
    g_autoptr(World) world = set_up(&d);
    g_autofree char *before = NULL, *got = NULL;

    world->never_shakes_hands = TRUE;
    before = world_talk(world, "STARTTLS\r\n", 0);
    got = world_expire(world);
    g_assert_cmpstr(got, ==, "");
    g_assert_true(world->is_closed);
}

static void
test_slow_message(void)
{
    g_autoptr(World) world = set_up(&plain);
    g_autofree char *before = NULL, *got = NULL;

    world->listener.message_timeout = -1;
    before = world_talk(world, HELO_C MAIL_C RCPT_C "DATA\r\n", 0);
    got = world_talk(world, "x", 0);
    g_assert_true(g_str_has_prefix(got, "421 4.4.2 mx.example message takes too long"));
    g_assert_true(world->is_closed);
}

static void
test_overloaded(void)
{
    g_autoptr(World) world = set_up(&plain);
    char buffer[SELO_SMTP_REPLY_MAX + 1];
    size_t size = selo_smtp_session_refuse(&world->listener, "mx.example", buffer, sizeof buffer);

    buffer[size] = '\0';
    g_assert_cmpstr(buffer, ==, "421 4.3.2 mx.example too many sessions, try again later\r\n");
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(dialogues); i++) {
        g_autofree char *at_once = g_strconcat("/smtp/session/", dialogues[i].name, NULL);
        g_autofree char *by_octet = g_strconcat("/smtp/session-by-octet/", dialogues[i].name, NULL);

        g_test_add_data_func(at_once, &dialogues[i], test_at_once);
        g_test_add_data_func(by_octet, &dialogues[i], test_by_octet);
    }
    g_test_add_func("/smtp/session/delivered", test_delivered);
    g_test_add_func("/smtp/session/tls-forgets", test_tls_forgets);
    g_test_add_func("/smtp/session/auth-shows", test_auth_shows);
    g_test_add_func("/smtp/session/line-limits", test_line_limits);
    g_test_add_func("/smtp/session/too-big", test_too_big);
    g_test_add_func("/smtp/session/stop-idle", test_stop_idle);
    g_test_add_func("/smtp/session/stop-in-transaction", test_stop_in_transaction);
    g_test_add_func("/smtp/session/overloaded", test_overloaded);
    g_test_add_func("/smtp/session/idle", test_idle);
    g_test_add_func("/smtp/session/greeting-delay", test_greeting_delay);
    g_test_add_func("/smtp/session/silent-handshake", test_silent_handshake);
    g_test_add_func("/smtp/session/slow-message", test_slow_message);
    return g_test_run();
}
