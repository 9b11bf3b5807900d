/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-reply.c: the table of replies. Texts are those that clients know from other servers where
 * they are known to be matched.
 */
#include "config.h"

#include "plugins/pop3/pop3-reply.h"

/* clang-format off */
static const Pop3ReplyRow rows[POP3_N_REPLIES] = {
    /*                              line                                                      error  closes */
    [POP3_OK]                  = { "+OK",                                                     FALSE, FALSE },
    [POP3_READY]               = { "+OK Selo ready.",                                         FALSE, FALSE },
    [POP3_LOGGED_IN]           = { "+OK Logged in.",                                          FALSE, FALSE },
    [POP3_MARKED]              = { "+OK Marked to be deleted.",                               FALSE, FALSE },
    [POP3_BEGIN_TLS]           = { "+OK Begin TLS negotiation now.",                          FALSE, FALSE },
    [POP3_LOGGING_OUT]         = { "+OK Logging out.",                                        FALSE, TRUE },
    [POP3_MESSAGES_DELETED]    = { "+OK Logging out, messages deleted.",                      FALSE, TRUE },
    [POP3_UNKNOWN_COMMAND]     = { "-ERR Unknown command.",                                   TRUE,  FALSE },
    [POP3_WRONG_STATE]         = { "-ERR Not in this state.",                                 TRUE,  FALSE },
    [POP3_BAD_ARGUMENTS]       = { "-ERR Invalid arguments.",                                 TRUE,  FALSE },
    [POP3_LINE_TOO_LONG]       = { "-ERR Line too long.",                                     TRUE,  FALSE },
    [POP3_NO_SUCH_MESSAGE]     = { "-ERR There's no such message.",                           TRUE,  FALSE },
    [POP3_MESSAGE_DELETED]     = { "-ERR Message is deleted.",                                TRUE,  FALSE },
    [POP3_NO_USERNAME]         = { "-ERR No username given.",                                 TRUE,  FALSE },
    [POP3_AUTH_FAILED]         = { "-ERR [AUTH] Authentication failed.",                      FALSE, FALSE },
    [POP3_AUTH_UNAVAILABLE]    = { "-ERR [SYS/TEMP] Temporary authentication failure.",       FALSE, FALSE },
    [POP3_NEEDS_TLS]           = { "-ERR [AUTH] Plaintext authentication disallowed on non-secure "
                                   "(SSL/TLS) connections.",                                  TRUE,  FALSE },
    [POP3_NO_MECHANISM]        = { "-ERR [AUTH] Unsupported authentication mechanism.",       TRUE,  FALSE },
    [POP3_AUTH_MALFORMED]      = { "-ERR Invalid authentication response.",                   TRUE,  FALSE },
    [POP3_AUTH_CANCELLED]      = { "-ERR Authentication aborted by client.",                  TRUE,  FALSE },
    [POP3_NO_TLS]              = { "-ERR TLS support isn't enabled.",                         TRUE,  FALSE },
    [POP3_HAS_TLS]             = { "-ERR TLS is already active.",                             TRUE,  FALSE },
    [POP3_IN_USE]              = { "-ERR [IN-USE] Mailbox is locked by another POP3 session.", FALSE, TRUE },
    [POP3_MAILBOX_UNAVAILABLE] = { "-ERR [SYS/TEMP] Mailbox cannot be opened now.",           FALSE, TRUE },
    [POP3_MESSAGE_UNAVAILABLE] = { "-ERR [SYS/TEMP] Message cannot be read now.",             FALSE, FALSE },
    [POP3_NOT_UPDATED]         = { "-ERR [SYS/TEMP] Some deleted messages not removed.",      FALSE, TRUE },
    [POP3_TOO_MANY_ERRORS]     = { "-ERR Too many errors.",                                   FALSE, TRUE },
    [POP3_STOPPING]            = { "-ERR [SYS/TEMP] Server shutting down.",                   FALSE, TRUE },
};
/* clang-format on */

const Pop3ReplyRow *
pop3_reply_row(Pop3Reply reply)
{
    g_assert(reply < POP3_N_REPLIES && rows[reply].line != NULL);
    return &rows[reply];
}
