/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-cmd-id.c: ID (RFC 2971 section 3.1). What a client says of itself goes to the log, for those who
 * look into a complaint.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-commands.h"

#define MAX_PAIRS 30 /* RFC 2971 section 3.3 */

typedef struct {
    SeloStr name, version;
} IdRequest;

ImapFault
imap_id_parse(ImapArgs *args, void **out_request)
{
    IdRequest *request = imap_arena_alloc(args->arena, sizeof *request);
    ImapArgs list;
    SeloStr field, value;

    *out_request = request;
    if (imap_args_take_keyword(args, "NIL"))
        return NULL;
    if (!imap_args_take_list(args, &list))
        return "Expected NIL or a list";
    for (size_t n = 0; !imap_args_at_end(&list); n++) {
        if (n == MAX_PAIRS)
            return "Too many fields";
        if (!imap_args_take_astring(&list, &field) || !imap_args_take_nstring(&list, &value))
            return "Expected pairs of strings";
        if (imap_str_is(field, "name"))
            request->name = value;
        else if (imap_str_is(field, "version"))
            request->version = value;
    }
    return NULL;
}

void
imap_id_run(ImapCommand *command)
{
    ImapSession *session = command->session;
    const IdRequest *request = command->request;
    ImapOut *out = imap_session_out(session);
    SeloStrs pairs = selo_conf_list(selo_call_conf(session->root), "id-send");

    if (request->name.s != NULL)
        selo_log(session->root, G_LOG_LEVEL_INFO, "imap-client", "name=%.*s version=%.*s",
                 (int) MIN(request->name.len, 100), request->name.s,
                 (int) MIN(request->version.len, 100),
                 request->version.s != NULL ? request->version.s : "");
    if (pairs.n < 2) {
        imap_out_lit(out, "* ID NIL\r\n");
    } else {
        imap_out_lit(out, "* ID (");
        for (size_t i = 0; i + 1 < pairs.n; i += 2) {
            if (i > 0)
                imap_out_lit(out, " ");
            imap_out_string(out, pairs.v[i], FALSE);
            imap_out_lit(out, " ");
            imap_out_string(out, pairs.v[i + 1], FALSE);
        }
        imap_out_lit(out, ")\r\n");
    }
    imap_out_flush(out);
    imap_command_finish(command, IMAP_REPLY_COMPLETED);
}
