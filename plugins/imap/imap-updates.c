/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-updates.c: what changed in the selected mailbox, in the client's words (RFC 9051 sections 7.3 to
 * 7.5). The view says what and in which order; here is only how.
 */
#include "config.h"

#include "plugins/imap/imap-session.h"

void
imap_updates_tell_flags(ImapSession *session)
{
    ImapOut *out = imap_session_out(session);
    SeloStrs names = selo_view_keyword_names(session->view);
    const uint32_t flags = SELO_FLAG_ANSWERED | SELO_FLAG_FLAGGED | SELO_FLAG_DELETED |
                           SELO_FLAG_SEEN | SELO_FLAG_DRAFT;
    gboolean is_read_only = selo_view_is_read_only(session->view);

    imap_out_lit(out, "* FLAGS ");
    imap_out_flags(out, flags, UINT64_MAX, names);
    imap_out_lit(out, "\r\n* OK [PERMANENTFLAGS ");
    if (is_read_only) {
        imap_out_lit(out, "()] No permanent flags permitted.\r\n");
    } else {
        imap_out_flags(out, flags, UINT64_MAX, names);
        g_string_truncate(out->text, out->text->len - 1); /* its ")" */
        if (names.n < SELO_KEYWORDS_MAX)
            imap_out_lit(out, " \\*");
        imap_out_lit(out, ")] Flags permitted.\r\n");
    }
    imap_out_flush(out);
}

static void
tell_message_flags(ImapSession *session, ImapOut *out, uint32_t seq)
{
    uint32_t flags = selo_view_flags(session->view, seq);

    if (session->is_rev2)
        flags &= ~(uint32_t) SELO_FLAG_RECENT;
    imap_out_lit(out, "* ");
    imap_out_u64(out, seq);
    imap_out_lit(out, " FETCH (");
    if (session->is_rev2 || (session->command != NULL && session->command->is_uid)) {
        imap_out_lit(out, "UID ");
        imap_out_u64(out, selo_view_uid(session->view, seq));
        imap_out_lit(out, " ");
    }
    imap_out_lit(out, "FLAGS ");
    imap_out_flags(out, flags, selo_view_keywords(session->view, seq),
                   selo_view_keyword_names(session->view));
    imap_out_lit(out, ")\r\n");
}

static void
tell_number(ImapOut *out, uint32_t number, const char *what)
{
    imap_out_lit(out, "* ");
    imap_out_u64(out, number);
    imap_out_text(out, what);
}

void
imap_updates_tell(void *data, const void *row)
{
    ImapCommand *command = data;
    ImapSession *session = command->session;
    const SeloViewEvent *event = row;
    ImapOut *out;

    if (session->phase != IMAP_PHASE_SELECTED)
        return;
    if (event->kind == SELO_VIEW_KEYWORDS) {
        imap_updates_tell_flags(session);
        return;
    }
    out = imap_session_out(session);
    switch ((SeloViewEventKind) event->kind) {
    case SELO_VIEW_EXPUNGED:
        tell_number(out, event->seq, " EXPUNGE\r\n");
        break;
    case SELO_VIEW_EXISTS:
        tell_number(out, event->seq, " EXISTS\r\n");
        break;
    case SELO_VIEW_RECENT:
        if (!session->is_rev2)
            tell_number(out, event->seq, " RECENT\r\n");
        break;
    case SELO_VIEW_FLAGS:
        tell_message_flags(session, out, event->seq);
        break;
    case SELO_VIEW_KEYWORDS:
        break;
    }
    imap_out_flush(out);
}
