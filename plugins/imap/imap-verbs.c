/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-verbs.c: the table of commands. An extension that brings a command adds a row here, its
 * imap-cmd-NAME.c, and a row in imap-capability.c.
 */
#include "config.h"

#include "plugins/imap/imap-commands.h"

#define NEW      IMAP_PHASE_NEW
#define USER     (IMAP_PHASE_USER | IMAP_PHASE_SELECTED)
#define ANY      (NEW | USER)
#define SELECTED IMAP_PHASE_SELECTED

#define UID     IMAP_VERB_UID
#define NUMBERS IMAP_VERB_NUMBERS
#define SYNC    IMAP_VERB_SYNC
#define CHECK   (IMAP_VERB_SYNC | IMAP_VERB_CHECK)
#define WRITES  IMAP_VERB_WRITES

/* clang-format off */
static const ImapVerb verbs[] = {
    { "APPEND",       "Append",       "RFC 9051 6.3.12", USER,     CHECK,
      imap_append_parse, imap_append_run, imap_append_takes_blob },
    { "AUTHENTICATE", "Authenticate", "RFC 9051 6.2.2",  NEW,      0,
      imap_authenticate_parse, imap_authenticate_run },
    { "CAPABILITY",   "Capability",   "RFC 9051 6.1.1",  ANY,      SYNC,
      NULL, imap_capability_run },
    { "CHECK",        "Check",        "RFC 3501 6.4.1",  SELECTED, CHECK,
      NULL, imap_noop_run },
    { "CLOSE",        "Close",        "RFC 9051 6.4.1",  SELECTED, 0,
      NULL, imap_close_run },
    { "COPY",         "Copy",         "RFC 9051 6.4.7",  SELECTED, UID | SYNC,
      imap_copy_parse, imap_copy_run },
    { "CREATE",       "Create",       "RFC 9051 6.3.4",  USER,     SYNC,
      imap_mailbox_parse, imap_create_run },
    { "DELETE",       "Delete",       "RFC 9051 6.3.5",  USER,     SYNC,
      imap_mailbox_parse, imap_delete_run },
    { "ENABLE",       "Enable",       "RFC 9051 6.3.1",  USER,     0,
      imap_enable_parse, imap_enable_run },
    { "EXAMINE",      "Examine",      "RFC 9051 6.3.3",  USER,     0,
      imap_mailbox_parse, imap_examine_run },
    { "EXPUNGE",      "Expunge",      "RFC 9051 6.4.3",  SELECTED, UID | CHECK | WRITES,
      imap_expunge_parse, imap_expunge_run },
    { "FETCH",        "Fetch",        "RFC 9051 6.4.5",  SELECTED, UID | NUMBERS | SYNC,
      imap_fetch_parse, imap_fetch_run },
    { "ID",           "ID",           "RFC 2971 3.1",    ANY,      SYNC,
      imap_id_parse, imap_id_run },
    { "IDLE",         "Idle",         "RFC 9051 6.3.13", USER,     CHECK,
      NULL, imap_idle_run },
    { "LIST",         "List",         "RFC 9051 6.3.9",  USER,     SYNC,
      imap_list_parse, imap_list_run },
    { "LOGIN",        "Login",        "RFC 9051 6.2.3",  NEW,      0,
      imap_login_parse, imap_login_run },
    { "LOGOUT",       "Logout",       "RFC 9051 6.1.3",  ANY,      0,
      NULL, imap_logout_run },
    { "LSUB",         "Lsub",         "RFC 3501 6.3.9",  USER,     SYNC,
      imap_lsub_parse, imap_list_run },
    { "MOVE",         "Move",         "RFC 9051 6.4.8",  SELECTED, UID | CHECK | WRITES,
      imap_copy_parse, imap_move_run },
    { "NAMESPACE",    "Namespace",    "RFC 9051 6.3.10", USER,     SYNC,
      NULL, imap_namespace_run },
    { "NOOP",         "NOOP",         "RFC 9051 6.1.2",  ANY,      CHECK,
      NULL, imap_noop_run },
    { "RENAME",       "Rename",       "RFC 9051 6.3.6",  USER,     SYNC,
      imap_rename_parse, imap_rename_run },
    { "SEARCH",       "Search",       "RFC 9051 6.4.4",  SELECTED, UID | NUMBERS | SYNC,
      imap_search_parse, imap_search_run },
    { "SELECT",       "Select",       "RFC 9051 6.3.2",  USER,     0,
      imap_mailbox_parse, imap_select_run },
    { "STARTTLS",     "STARTTLS",     "RFC 9051 6.2.1",  NEW,      0,
      NULL, imap_starttls_run },
    { "STATUS",       "Status",       "RFC 9051 6.3.11", USER,     SYNC,
      imap_status_parse, imap_status_run },
    { "STORE",        "Store",        "RFC 9051 6.4.6",  SELECTED, UID | NUMBERS | SYNC | WRITES,
      imap_store_parse, imap_store_run },
    { "SUBSCRIBE",    "Subscribe",    "RFC 9051 6.3.7",  USER,     SYNC,
      imap_mailbox_parse, imap_subscribe_run },
    { "UNSELECT",     "Unselect",     "RFC 9051 6.4.2",  SELECTED, 0,
      NULL, imap_unselect_run },
    { "UNSUBSCRIBE",  "Unsubscribe",  "RFC 9051 6.3.8",  USER,     SYNC,
      imap_mailbox_parse, imap_unsubscribe_run },
};
/* clang-format on */

const ImapVerb *
imap_verb_find(SeloStr name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (imap_str_is(name, verbs[i].name))
            return &verbs[i];
    return NULL;
}
