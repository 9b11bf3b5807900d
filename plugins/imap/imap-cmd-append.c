/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-append.c: APPEND (RFC 9051 section 6.3.12). The message goes from the stream into a blob
 * before the command runs; nothing is acknowledged before the store has it.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-flags.h"

typedef struct {
    SeloStr name;
    ImapFlags flags;
    SeloTime internal_date;
} AppendRequest;

static ImapFault
parse_before_message(ImapArgs *args, AppendRequest *request)
{
    ImapArgs list;
    SeloStr date;
    ImapFault fault;

    if (!imap_args_take_mailbox(args, &request->name))
        return "Invalid mailbox name";
    if (imap_args_take_list(args, &list) &&
        (fault = imap_flags_parse(&list, &request->flags)) != NULL)
        return fault;
    if (!imap_args_at_end(args) && args->at->kind == IMAP_ARG_QUOTED) {
        if (!imap_args_take_astring(args, &date) ||
            !imap_parse_date_time(date, &request->internal_date))
            return "Invalid internal date";
    }
    return NULL;
}

gboolean
imap_append_takes_blob(ImapArgs *args)
{
    AppendRequest request = { 0 };

    return parse_before_message(args, &request) == NULL && imap_args_at_end(args);
}

ImapFault
imap_append_parse(ImapArgs *args, void **out_request)
{
    AppendRequest *request = imap_arena_alloc(args->arena, sizeof *request);

    *out_request = request;
    return parse_before_message(args, request);
}

static void
message_stored(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ImapCommand *command = data;
    const AppendRequest *request = command->request;
    const SeloMsgBatch *batch = reply;
    ImapOut code;

    command->wait = IMAP_WAIT_NONE;
    if (status == SELO_NOT_FOUND) {
        imap_command_finish_about(command, IMAP_REPLY_TRY_CREATE, request->name);
        return;
    }
    if (status != SELO_OK) {
        imap_command_fail_about(command, status, operator_text, request->name);
        return;
    }
    if (batch == NULL || batch->n == 0) {
        imap_command_finish(command, IMAP_REPLY_COMPLETED);
        return;
    }
    code = (ImapOut){ .text = g_string_new("APPENDUID ") };
    imap_out_u64(&code, batch->uidvalidity);
    imap_out_lit(&code, " ");
    imap_out_u64(&code, batch->new_uids[0]);
    imap_command_finish_code(command, IMAP_REPLY_COMPLETED,
                             (SeloStr){ code.text->str, code.text->len });
    g_string_free(code.text, TRUE);
}

void
imap_append_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const AppendRequest *request = command->request;
    SeloAppendItem *item = imap_arena_alloc(&command->arena, sizeof *item);
    const SeloAppendItem **items = imap_arena_alloc(&command->arena, sizeof *items);
    g_autoptr(GError) error = NULL;

    if (command->blob == NULL) {
        imap_command_finish_about(command, IMAP_REPLY_BAD_SYNTAX, SELO_STR("Missing message"));
        return;
    }
    item->struct_size = sizeof *item;
    if (!selo_blob_writer_end(command->blob, &item->message, &error)) {
        imap_command_fail(command, SELO_TEMPORARY, error->message);
        return;
    }
    item->flags = request->flags.flags;
    item->keywords = request->flags.keywords;
    item->internal_date = request->internal_date;
    items[0] = item;
    command->wait = IMAP_WAIT_STORE;
    selo_account_append(session->account, session->root, request->name, items, 1, message_stored,
                        command);
}
