/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-reply.c: the table of imap-reply.h as data.
 */
#include "config.h"

#include "plugins/imap/imap-reply.h"

static const ImapReply replies[] = {
#define X(id, status, code, text) [IMAP_REPLY_##id] = { status, code, text },
    IMAP_REPLIES(X)
#undef X
};

const ImapReply *
imap_reply_get(ImapReplyId id)
{
    return &replies[id];
}

static const uint8_t by_status[] = {
    [SELO_OK] = IMAP_REPLY_COMPLETED,
    [SELO_DENIED] = IMAP_REPLY_NO_PERMISSION,
    [SELO_NOT_FOUND] = IMAP_REPLY_NO_SUCH_MAILBOX,
    [SELO_EXISTS] = IMAP_REPLY_MAILBOX_EXISTS,
    [SELO_OVER_QUOTA] = IMAP_REPLY_OVER_QUOTA,
    [SELO_TOO_BIG] = IMAP_REPLY_TOO_BIG,
    [SELO_TEMPORARY] = IMAP_REPLY_UNAVAILABLE,
    [SELO_PERMANENT] = IMAP_REPLY_SERVER_BUG,
    [SELO_TIMEOUT] = IMAP_REPLY_UNAVAILABLE,
    [SELO_CANCELLED] = IMAP_REPLY_UNAVAILABLE,
    [SELO_CRASHED] = IMAP_REPLY_UNAVAILABLE,
    [SELO_INVALID] = IMAP_REPLY_INVALID_NAME,
    [SELO_UNSUPPORTED] = IMAP_REPLY_CANNOT,
    [SELO_CONFLICT] = IMAP_REPLY_IN_USE,
};

ImapReplyId
imap_reply_for(SeloStatus status)
{
    /* Grows only at its end: an unknown value counts as temporary. */
    return (size_t) status < G_N_ELEMENTS(by_status) ? by_status[status] : IMAP_REPLY_UNAVAILABLE;
}
