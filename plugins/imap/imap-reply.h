/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-reply.h: every status response a client can get, in one table (RFC 9051 section 7.1, RFC 5530).
 * What the log says is another matter: operator texts never come here.
 */
#pragma once

#include <selo/plugin.h>

/* "%V" becomes the command's title ("Fetch"), "%A" the argument given with the reply. */
/* clang-format off */
#define IMAP_REPLIES(X)                                                                             \
    X(COMPLETED,        "OK",  NULL,                    "%V completed")                             \
    X(EXPUNGE_ISSUED,   "OK",  "EXPUNGEISSUED",         "Some of the requested messages no longer exist.") \
    X(SELECTED_RW,      "OK",  "READ-WRITE",            "%V completed")                             \
    X(SELECTED_RO,      "OK",  "READ-ONLY",             "%V completed")                             \
    X(BEGIN_TLS,        "OK",  NULL,                    "Begin TLS negotiation now.")               \
    X(LOGGED_IN,        "OK",  NULL,                    "Logged in")                                \
    X(AUTH_FAILED,      "NO",  "AUTHENTICATIONFAILED",  "Authentication failed.")                   \
    X(AUTH_UNAVAILABLE, "NO",  "UNAVAILABLE",           "Temporary authentication failure.")        \
    X(AUTH_PRIVACY,     "NO",  "PRIVACYREQUIRED",       \
      "Plaintext authentication disallowed on non-secure (SSL/TLS) connections.") \
    X(AUTH_UNSUPPORTED, "NO",  "CANNOT",                "Unsupported authentication mechanism.")    \
    X(AUTH_MALFORMED,   "BAD", NULL,                    "Invalid authentication response.")         \
    X(AUTH_CANCELLED,   "BAD", NULL,                    "Authentication aborted by client.")        \
    X(TOO_MANY_LOGINS,  "NO",  "LIMIT",                 "Maximum number of connections of this user exceeded.") \
    X(ACCOUNT_FAILED,   "NO",  "UNAVAILABLE",           "Your mail cannot be opened now; try again later.") \
    X(NO_SUCH_MAILBOX,  "NO",  "NONEXISTENT",           "Mailbox doesn't exist: %A")                \
    X(TRY_CREATE,       "NO",  "TRYCREATE",             "Mailbox doesn't exist: %A")                \
    X(MAILBOX_EXISTS,   "NO",  "ALREADYEXISTS",         "Mailbox already exists")                   \
    X(INBOX_STAYS,      "NO",  "CANNOT",                "INBOX can't be deleted.")                  \
    X(INVALID_NAME,     "NO",  "CANNOT",                "Invalid mailbox name")                     \
    X(NO_PERMISSION,    "NO",  "NOPERM",                "Permission denied")                        \
    X(READ_ONLY,        "NO",  "NOPERM",                "Mailbox is read-only")                     \
    X(OVER_QUOTA,       "NO",  "OVERQUOTA",             "Quota exceeded (mailbox for user is full)") \
    X(TOO_BIG,          "NO",  "TOOBIG",                "Message is too big")                       \
    X(KEYWORDS_FULL,    "NO",  "LIMIT",                 "The mailbox cannot have more keywords")    \
    X(UNAVAILABLE,      "NO",  "UNAVAILABLE",           "Temporary failure; try again later.")      \
    X(IN_USE,           "NO",  "INUSE",                 "Mailbox is in use; try again later.")      \
    X(CANNOT,           "NO",  "CANNOT",                "The server cannot do this")                \
    X(SERVER_BUG,       "NO",  "SERVERBUG",             \
      "Internal error occurred. Refer to server log for more information.") \
    X(UNKNOWN_CTE,      "NO",  "UNKNOWN-CTE",           "Unknown content transfer encoding")        \
    X(BAD_CHARSET,      "NO",  "BADCHARSET (UTF-8 US-ASCII)", "Unknown charset")                    \
    X(NOT_TLS,          "BAD", NULL,                    "TLS is not available here.")               \
    X(ALREADY_TLS,      "BAD", NULL,                    "TLS is already active.")                   \
    X(BAD_SYNTAX,       "BAD", NULL,                    "Error in IMAP command %V: %A")             \
    X(BAD_COMMAND,      "BAD", NULL,                    "Error in IMAP command: %A")                \
    X(NOT_LOGGED_IN,    "BAD", NULL,                    "Log in first.")                            \
    X(LOGGED_IN_BEFORE, "BAD", NULL,                    "Already logged in.")                       \
    X(NOT_SELECTED,     "BAD", NULL,                    "No mailbox selected.")                     \
    X(LINE_TOO_LONG,    "BAD", NULL,                    "Error in IMAP command: Too long argument.") \
    X(LITERAL_TOO_BIG,  "BAD", "TOOBIG",                "Too long literal.")                        \
    X(IDLE_EXPECTED,    "BAD", NULL,                    "Expected DONE.")                           \
    X(IDLING,           "+",   NULL,                    "idling")                                   \
    X(CONTINUE,         "+",   NULL,                    "OK")                                       \
    X(READY,            "OK",  NULL,                    "Selo ready.")                              \
    X(STILL_HERE,       "OK",  NULL,                    "Still here")                               \
    X(CLOSED,           "OK",  "CLOSED",                "Previous mailbox closed.")                 \
    X(BYE_LOGOUT,       "BYE", NULL,                    "Logging out")                              \
    X(BYE_IDLE,         "BYE", NULL,                    "Disconnected for inactivity.")             \
    X(BYE_DRAIN,        "BYE", "UNAVAILABLE",           "Server shutting down.")                    \
    X(BYE_BAD,          "BYE", NULL,                    "Too many invalid IMAP commands.")          \
    X(BYE_LITERAL,      "BYE", NULL,                    "Literal is far too long.")                 \
    X(BYE_GONE,         "BYE", NULL,                    "Mailbox was deleted.")
/* clang-format on */

typedef enum {
#define X(id, status, code, text) IMAP_REPLY_##id,
    IMAP_REPLIES(X)
#undef X
} ImapReplyId;

typedef struct {
    const char *status, *code, *text;
} ImapReply;
const ImapReply *imap_reply_get(ImapReplyId id);

/* What a client is told of a failed operation of the store. */
ImapReplyId imap_reply_for(SeloStatus status);
