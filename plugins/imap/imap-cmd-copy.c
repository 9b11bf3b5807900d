/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-copy.c: COPY (RFC 9051 section 6.4.7) and MOVE (section 6.4.8, RFC 6851), with COPYUID
 * (RFC 4315). COPY's code comes with its tagged reply, MOVE's untagged before the EXPUNGEs.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-sequence-set.h"

typedef struct {
    ImapSet set;
    SeloStr target;
} CopyRequest;

ImapFault
imap_copy_parse(ImapArgs *args, void **out_request)
{
    CopyRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    SeloStr set;

    *out_request = request;
    if (!imap_args_take_atom(args, &set) || !imap_set_parse(set, args->arena, &request->set))
        return "Invalid messageset";
    return imap_args_take_mailbox(args, &request->target) ? NULL : "Invalid mailbox name";
}

/* "COPYUID 38505 304,319:320 3956:3958"; FALSE: nothing was copied. */
static gboolean
print_copyuid(ImapCommand *command, const SeloMsgBatch *batch, GString *code)
{
    ImapOut out = { .text = code };

    if (batch == NULL || batch->n == 0 || batch->uids == NULL || batch->new_uids == NULL)
        return FALSE;
    imap_out_lit(&out, "COPYUID ");
    imap_out_u64(&out, batch->uidvalidity);
    imap_out_lit(&out, " ");
    imap_set_print(imap_set_from_numbers(batch->uids, batch->n, &command->arena), code);
    imap_out_lit(&out, " ");
    imap_set_print(imap_set_from_numbers(batch->new_uids, batch->n, &command->arena), code);
    return TRUE;
}

static gboolean
failed(ImapCommand *command, SeloStatus status, const char *operator_text)
{
    const CopyRequest *request = command->request;

    command->wait = IMAP_WAIT_NONE;
    if (status == SELO_OK)
        return FALSE;
    if (status == SELO_NOT_FOUND)
        imap_command_finish_about(command, IMAP_REPLY_TRY_CREATE, request->target);
    else
        imap_command_fail_about(command, status, operator_text, request->target);
    return TRUE;
}

static void
copied(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    g_autoptr(GString) code = g_string_new(NULL);

    if (failed(command, status, operator_text))
        return;
    if (print_copyuid(command, reply, code))
        imap_command_finish_code(command, IMAP_REPLY_COMPLETED, (SeloStr){ code->str, code->len });
    else
        imap_command_finish(command, IMAP_REPLY_COMPLETED);
}

static void
moved(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    g_autoptr(GString) code = g_string_new(NULL);

    if (failed(command, status, operator_text))
        return;
    if (print_copyuid(command, reply, code) && command->session->phase != IMAP_PHASE_LOGOUT) {
        ImapOut *out = imap_session_out(command->session);

        imap_out_lit(out, "* OK [");
        imap_out_octets(out, code->str, code->len);
        imap_out_lit(out, "] Moved UIDs.\r\n");
        imap_out_flush(out);
    }
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}

typedef void (*CopyFunc)(SeloView *view, SeloCall *call, SeloUids uids, SeloStr target,
                         SeloDoneFunc done, void *data);

static void
run(ImapCommand *command, CopyFunc operation, SeloDoneFunc done)
{
    ImapSession *session = command->session;
    const CopyRequest *request = command->request;
    SeloUids uids;

    if (!imap_set_to_uids(&request->set, command->is_uid, session->view,
                          imap_session_saved(session), &command->arena, &uids)) {
        imap_command_finish_about(command, IMAP_REPLY_BAD_SYNTAX, SELO_STR("Invalid messageset"));
        return;
    }
    if (uids.n == 0) {
        imap_command_finish(command, IMAP_REPLY_COMPLETED);
        return;
    }
    command->wait = IMAP_WAIT_STORE;
    operation(session->view, session->root, uids, request->target, done, command);
}

void
imap_copy_run(ImapCommand *command)
{
    run(command, selo_view_copy, copied);
}

void
imap_move_run(ImapCommand *command)
{
    run(command, selo_view_move, moved);
}
