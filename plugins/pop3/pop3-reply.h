/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-reply.h: everything the server says in one line that is not numbers: a row each, with the
 * response code of RFC 2449 section 8 or RFC 3206 where there is one.
 */
#pragma once

#include <glib.h>

typedef enum {
    POP3_OK,
    POP3_READY,
    POP3_LOGGED_IN,
    POP3_MARKED,
    POP3_BEGIN_TLS,
    POP3_LOGGING_OUT,
    POP3_MESSAGES_DELETED,
    POP3_UNKNOWN_COMMAND,
    POP3_WRONG_STATE,
    POP3_BAD_ARGUMENTS,
    POP3_LINE_TOO_LONG,
    POP3_NO_SUCH_MESSAGE,
    POP3_MESSAGE_DELETED,
    POP3_NO_USERNAME,
    POP3_AUTH_FAILED,
    POP3_AUTH_UNAVAILABLE,
    POP3_NEEDS_TLS,
    POP3_NO_MECHANISM,
    POP3_AUTH_MALFORMED,
    POP3_AUTH_CANCELLED,
    POP3_NO_TLS,
    POP3_HAS_TLS,
    POP3_IN_USE,
    POP3_MAILBOX_UNAVAILABLE,
    POP3_MESSAGE_UNAVAILABLE,
    POP3_NOT_UPDATED,
    POP3_TOO_MANY_ERRORS,
    POP3_STOPPING,
    POP3_N_REPLIES
} Pop3Reply;

typedef struct {
    const char *line; /* without CRLF */
    gboolean counts_as_error;
    gboolean closes;
} Pop3ReplyRow;

const Pop3ReplyRow *pop3_reply_row(Pop3Reply reply);
