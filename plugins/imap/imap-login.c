/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-login.c: see its header.
 */
#include "config.h"

#include "plugins/imap/imap-login.h"

#include <string.h>

static const uint8_t replies[] = {
    [SELO_LOGIN_OK] = IMAP_REPLY_LOGGED_IN,
    [SELO_LOGIN_CHALLENGE] = IMAP_REPLY_SERVER_BUG,
    [SELO_LOGIN_FAILED] = IMAP_REPLY_AUTH_FAILED,
    [SELO_LOGIN_UNAVAILABLE] = IMAP_REPLY_AUTH_UNAVAILABLE,
    [SELO_LOGIN_NEEDS_TLS] = IMAP_REPLY_AUTH_PRIVACY,
    [SELO_LOGIN_UNSUPPORTED] = IMAP_REPLY_AUTH_UNSUPPORTED,
    [SELO_LOGIN_MALFORMED] = IMAP_REPLY_AUTH_MALFORMED,
};

/* FALSE: the user has as many sessions as one may have. */
static gboolean
count_session(ImapSession *session, SeloStr name)
{
    int64_t max = selo_conf_int(selo_call_conf(session->root), "max-connections-per-user");
    g_autofree char *key = g_strndup(name.s, name.len);
    ImapUser *user = g_hash_table_lookup(session->users, key);

    if (user == NULL) {
        user = g_malloc0(sizeof *user + name.len + 1);
        memcpy(user->name, key, name.len + 1);
        g_hash_table_insert(session->users, user->name, user);
    }
    if (user->n_sessions >= max)
        return FALSE;
    user->n_sessions++;
    session->user = user;
    return TRUE;
}

/* RFC 9051 section 6.2.2: clients take the new list from the reply, if they did not ask before. */
static void
finish_logged_in(ImapCommand *command)
{
    ImapSession *session = command->session;
    ImapOut list = { .text = g_string_new("CAPABILITY ") };

    imap_capability_print(session, &list);
    imap_session_set_timeout(session);
    session->n_bad_commands = 0;
    if (session->asked_capability) {
        ImapOut *out = imap_session_out(session);

        imap_out_lit(out, "* ");
        imap_out_octets(out, list.text->str, list.text->len);
        imap_out_lit(out, "\r\n");
        imap_out_flush(out);
        imap_command_finish(command, IMAP_REPLY_LOGGED_IN);
    } else {
        imap_command_finish_code(command, IMAP_REPLY_LOGGED_IN,
                                 (SeloStr){ list.text->str, list.text->len });
    }
    g_string_free(list.text, TRUE);
}

static void
account_opened(void *data, SeloStatus status, const char *operator_text, SeloAccount *account)
{
    ImapCommand *command = data;
    ImapSession *session = command->session;

    command->wait = IMAP_WAIT_NONE;
    if (status != SELO_OK) {
        selo_log(session->root, G_LOG_LEVEL_WARNING, "imap-account-failed", "%s",
                 operator_text != NULL ? operator_text : "");
        imap_session_forget_user(session);
        imap_command_finish(command, IMAP_REPLY_ACCOUNT_FAILED);
        return;
    }
    session->account = account;
    if (session->phase == IMAP_PHASE_NEW) /* else it is ending */
        imap_session_enter(session, IMAP_PHASE_USER);
    finish_logged_in(command);
}

void
imap_login_answered(ImapCommand *command, SeloLoginResult result, const SeloLoginReply *reply)
{
    ImapSession *session = command->session;

    command->state = NULL; /* the exchange freed itself */
    command->wait = IMAP_WAIT_NONE;
    if (result != SELO_LOGIN_OK) {
        imap_command_finish(command, (size_t) result < G_N_ELEMENTS(replies)
                                         ? replies[result]
                                         : IMAP_REPLY_AUTH_UNAVAILABLE);
    } else if (!count_session(session, reply->user)) {
        imap_command_finish(command, IMAP_REPLY_TOO_MANY_LOGINS);
    } else {
        command->wait = IMAP_WAIT_STORE;
        selo_account_open(session->root, reply->user, account_opened, command);
    }
}
