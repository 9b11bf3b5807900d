/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-store.c: STORE (RFC 9051 section 6.4.6). The new flags are told by the sync that ends the
 * command, together with what others changed; .SILENT keeps its own changes out of it.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"
#include "plugins/imap/imap-flags.h"
#include "plugins/imap/imap-sequence-set.h"

typedef struct {
    ImapSet set;
    ImapFlags flags;
    uint32_t mode, silent;
} StoreRequest;

static const struct {
    const char *name;
    uint32_t mode, silent;
} items[] = {
    { "FLAGS", SELO_FLAGS_REPLACE, 0 }, { "FLAGS.SILENT", SELO_FLAGS_REPLACE, 1 },
    { "+FLAGS", SELO_FLAGS_ADD, 0 },    { "+FLAGS.SILENT", SELO_FLAGS_ADD, 1 },
    { "-FLAGS", SELO_FLAGS_REMOVE, 0 }, { "-FLAGS.SILENT", SELO_FLAGS_REMOVE, 1 },
};

ImapFault
imap_store_parse(ImapArgs *args, void **out_request)
{
    StoreRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    SeloStr text;
    ImapArgs list;
    size_t i = 0;

    *out_request = request;
    if (!imap_args_take_atom(args, &text) || !imap_set_parse(text, args->arena, &request->set))
        return "Invalid messageset";
    if (!imap_args_take_atom(args, &text))
        return "Missing item";
    while (i < G_N_ELEMENTS(items) && !imap_str_is(text, items[i].name))
        i++;
    if (i == G_N_ELEMENTS(items))
        return "Unknown item";
    request->mode = items[i].mode;
    request->silent = items[i].silent;
    if (imap_args_take_list(args, &list))
        return imap_flags_parse(&list, &request->flags);
    if (imap_args_at_end(args))
        return "Missing flags";
    return imap_flags_parse(args, &request->flags); /* the list may lack its parentheses */
}

static void
flags_stored(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    if (status == SELO_TOO_BIG) /* the table of keywords: flags have no other size */
        imap_command_finish(data, IMAP_REPLY_KEYWORDS_FULL);
    else
        imap_command_done(data, status, operator_text, reply);
}

void
imap_store_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const StoreRequest *request = command->request;
    SeloFlagChange *change = imap_arena_alloc(&command->arena, sizeof *change);
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
    *change = (SeloFlagChange){ .struct_size = sizeof *change,
                                .mode = request->mode,
                                .flags = request->flags.flags,
                                .silent = request->silent,
                                .keywords = request->flags.keywords };
    command->wait = IMAP_WAIT_STORE;
    selo_view_store(session->view, session->root, uids, change, flags_stored, command);
}
