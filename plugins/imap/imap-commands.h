/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-commands.h: what each imap-cmd-*.c gives the table of imap-verbs.c: parse, pure, and run.
 */
#pragma once

#include "plugins/imap/imap-session.h"

void imap_capability_run(ImapCommand *command);
void imap_noop_run(ImapCommand *command);
void imap_logout_run(ImapCommand *command);
ImapFault imap_id_parse(ImapArgs *args, void **out_request);
void imap_id_run(ImapCommand *command);

void imap_starttls_run(ImapCommand *command);
ImapFault imap_authenticate_parse(ImapArgs *args, void **out_request);
void imap_authenticate_run(ImapCommand *command);
ImapFault imap_login_parse(ImapArgs *args, void **out_request);
void imap_login_run(ImapCommand *command);

/* One mailbox name, a SeloStr: SELECT, EXAMINE, CREATE, DELETE, SUBSCRIBE, UNSUBSCRIBE. */
ImapFault imap_mailbox_parse(ImapArgs *args, void **out_request);
ImapFault imap_enable_parse(ImapArgs *args, void **out_request);
void imap_enable_run(ImapCommand *command);
void imap_select_run(ImapCommand *command);
void imap_examine_run(ImapCommand *command);
void imap_create_run(ImapCommand *command);
void imap_delete_run(ImapCommand *command);
ImapFault imap_rename_parse(ImapArgs *args, void **out_request);
void imap_rename_run(ImapCommand *command);
void imap_subscribe_run(ImapCommand *command);
void imap_unsubscribe_run(ImapCommand *command);
ImapFault imap_list_parse(ImapArgs *args, void **out_request);
ImapFault imap_lsub_parse(ImapArgs *args, void **out_request);
void imap_list_run(ImapCommand *command);
void imap_namespace_run(ImapCommand *command);
ImapFault imap_status_parse(ImapArgs *args, void **out_request);
void imap_status_run(ImapCommand *command);
ImapFault imap_append_parse(ImapArgs *args, void **out_request);
gboolean imap_append_takes_blob(ImapArgs *args);
void imap_append_run(ImapCommand *command);
void imap_idle_run(ImapCommand *command);

void imap_close_run(ImapCommand *command);
void imap_unselect_run(ImapCommand *command);
ImapFault imap_expunge_parse(ImapArgs *args, void **out_request);
void imap_expunge_run(ImapCommand *command);
ImapFault imap_search_parse(ImapArgs *args, void **out_request);
void imap_search_run(ImapCommand *command);
ImapFault imap_fetch_parse(ImapArgs *args, void **out_request);
void imap_fetch_run(ImapCommand *command);
ImapFault imap_store_parse(ImapArgs *args, void **out_request);
void imap_store_run(ImapCommand *command);
ImapFault imap_copy_parse(ImapArgs *args, void **out_request);
void imap_copy_run(ImapCommand *command);
void imap_move_run(ImapCommand *command);
