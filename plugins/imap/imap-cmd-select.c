/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-select.c: SELECT and EXAMINE (RFC 9051 sections 6.3.2 and 6.3.3).
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

static void
put_number_code(ImapOut *out, const char *code, uint32_t number, const char *text)
{
    imap_out_lit(out, "* OK [");
    imap_out_text(out, code);
    imap_out_lit(out, " ");
    imap_out_u64(out, number);
    imap_out_lit(out, "] ");
    imap_out_text(out, text);
    imap_out_lit(out, "\r\n");
}

static void
tell_mailbox(ImapSession *session)
{
    SeloView *view = session->view;
    uint32_t first_unseen = selo_view_first_unseen(view);
    ImapOut *out;

    imap_updates_tell_flags(session);
    out = imap_session_out(session);
    imap_out_lit(out, "* ");
    imap_out_u64(out, selo_view_count(view));
    imap_out_lit(out, " EXISTS\r\n");
    if (session->is_rev2) { /* RFC 9051 appendix E, points 10 to 12 */
        imap_out_lit(out, "* LIST () \"/\" ");
        imap_out_mailbox(out, selo_view_name(view), TRUE);
        imap_out_lit(out, "\r\n");
    } else {
        imap_out_lit(out, "* ");
        imap_out_u64(out, selo_view_recent(view));
        imap_out_lit(out, " RECENT\r\n");
        if (first_unseen != 0)
            put_number_code(out, "UNSEEN", first_unseen, "First unseen.");
    }
    put_number_code(out, "UIDVALIDITY", selo_view_uidvalidity(view), "UIDs valid");
    put_number_code(out, "UIDNEXT", selo_view_uidnext(view), "Predicted next UID");
    imap_out_flush(out);
}

static void
view_opened(void *data, SeloStatus status, const char *operator_text, SeloView *view)
{
    ImapCommand *command = data;
    ImapSession *session = command->session;
    const SeloStr *name = command->request;

    command->wait = IMAP_WAIT_NONE;
    if (status != SELO_OK) {
        imap_command_fail_about(command, status, operator_text, *name);
        return;
    }
    session->view = view;
    if (session->phase == IMAP_PHASE_USER) { /* else it is ending */
        imap_session_enter(session, IMAP_PHASE_SELECTED);
        tell_mailbox(session);
    }
    imap_command_finish(command, selo_view_is_read_only(view) ? IMAP_REPLY_SELECTED_RO
                                                              : IMAP_REPLY_SELECTED_RW);
}

static void
open_view(ImapCommand *command, uint32_t flags)
{
    ImapSession *session = command->session;
    const SeloStr *name = command->request;

    if (session->phase == IMAP_PHASE_SELECTED) {
        imap_session_unselect(session); /* even if the new one cannot be opened */
        imap_session_say(session, IMAP_REPLY_CLOSED);
    }
    command->wait = IMAP_WAIT_STORE;
    selo_view_open(session->account, session->root, *name, flags, view_opened, command);
}

void
imap_select_run(ImapCommand *command)
{
    open_view(command, 0);
}

void
imap_examine_run(ImapCommand *command)
{
    open_view(command, SELO_BOX_READ_ONLY);
}
