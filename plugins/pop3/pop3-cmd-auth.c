/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-cmd-auth.c: USER and PASS (RFC 1939 section 7), AUTH (RFC 5034): ways into the maildrop.
 * APOP is not there: it needs passwords stored in the clear.
 */
#include "config.h"

#include <string.h>

#include "plugins/pop3/pop3-command.h"

static Pop3Reply
explain(SeloLoginResult result)
{
    switch (result) {
    case SELO_LOGIN_FAILED:
        return POP3_AUTH_FAILED;
    case SELO_LOGIN_NEEDS_TLS:
        return POP3_NEEDS_TLS;
    case SELO_LOGIN_UNSUPPORTED:
        return POP3_NO_MECHANISM;
    case SELO_LOGIN_MALFORMED:
        return POP3_AUTH_MALFORMED;
    case SELO_LOGIN_OK:
    case SELO_LOGIN_CHALLENGE:
    case SELO_LOGIN_UNAVAILABLE:
        break;
    }
    return POP3_AUTH_UNAVAILABLE;
}

static void
send_challenge(Pop3Session *self, SeloStr octets)
{
    g_autofree char *text = g_base64_encode((const guchar *) octets.s, octets.len);

    selo_stream_printf(self->stream, "+ %s\r\n", text);
}

static void
login_stepped(void *data, SeloLoginResult result, const SeloLoginReply *reply)
{
    Pop3Session *self = data;

    pop3_resume(self, POP3_WAIT_LOGIN);
    if (result == SELO_LOGIN_CHALLENGE) {
        send_challenge(self, reply->challenge);
        return;
    }
    self->login = NULL; /* it freed itself */
    if (result == SELO_LOGIN_OK) {
        g_free(self->user);
        self->user = g_strndup(reply->user.s, reply->user.len);
        pop3_maildrop_open(self);
        return;
    }
    if (self->phase == POP3_PHASE_SASL)
        pop3_enter(self, POP3_PHASE_AUTHORIZATION);
    g_clear_pointer(&self->user, g_free); /* RFC 1939 section 7: USER again */
    pop3_answer(self, explain(result));
    if (result == SELO_LOGIN_FAILED && ++self->n_failures >= self->listener->max_failures)
        pop3_close(self);
}

void
pop3_run_user(Pop3Session *self, const Pop3Line *line)
{
    if (!selo_login_allows_plaintext(self->root, self->stream)) {
        pop3_answer(self, POP3_NEEDS_TLS);
        return;
    }
    g_free(self->user);
    self->user = g_strndup(line->rest.s, line->rest.len);
    pop3_answer(self, POP3_OK); /* the same for users who are not there */
}

void
pop3_run_pass(Pop3Session *self, const Pop3Line *line)
{
    if (self->user == NULL) {
        pop3_answer(self, POP3_NO_USERNAME);
        return;
    }
    /* All behind the blank is the password, blanks too. */
    pop3_wait(self, POP3_WAIT_LOGIN);
    self->login =
        selo_login_password(self->root, self->stream, (SeloStr){ self->user, strlen(self->user) },
                            line->rest.s != NULL ? line->rest : SELO_STR(""), login_stepped, self);
}

/* ---- SASL ---- */

static void
secret_free(GByteArray *secret)
{
    explicit_bzero(secret->data, secret->len);
    g_byte_array_unref(secret);
}

/* NULL: not base64. GLib skips what does not belong; a server may not (RFC 4648 section 3.3). */
static GByteArray *
decode(SeloStr text)
{
    GByteArray *secret;
    size_t digits = 0, padding = 0;
    gint state = 0;
    guint save = 0;

    while (digits < text.len &&
           (g_ascii_isalnum(text.s[digits]) || strchr("+/", text.s[digits]) != NULL))
        digits++;
    while (digits + padding < text.len && text.s[digits + padding] == '=')
        padding++;
    if (digits + padding != text.len || padding > 2 || text.len % 4 != 0)
        return NULL;
    secret = g_byte_array_sized_new((guint) text.len + 1);
    g_byte_array_set_size(secret, (guint) (text.len / 4 * 3));
    g_byte_array_set_size(
        secret, (guint) g_base64_decode_step(text.s, text.len, secret->data, &state, &save));
    return secret;
}

static void
list_mechanisms(Pop3Session *self)
{
    const SeloStrs names = selo_login_mechanisms(self->root, self->stream);

    selo_stream_printf(self->stream, "+OK\r\n");
    for (size_t i = 0; i < names.n; i++)
        selo_stream_printf(self->stream, "%s\r\n", names.v[i].s);
    selo_stream_printf(self->stream, ".\r\n");
}

void
pop3_run_auth(Pop3Session *self, const Pop3Line *line)
{
    GByteArray *secret = NULL;
    SeloStr initial = { NULL, 0 };

    if (line->n_arguments == 0) {
        list_mechanisms(self);
        return;
    }
    if (line->n_arguments == 2 && line->arguments[1].len == 1 &&
        *line->arguments[1].s == '=') /* RFC 5034 section 4 */
        initial = SELO_STR("");
    else if (line->n_arguments == 2) {
        if ((secret = decode(line->arguments[1])) == NULL) {
            pop3_answer(self, POP3_AUTH_MALFORMED);
            return;
        }
        initial = (SeloStr){ (const char *) secret->data, secret->len };
    }
    pop3_enter(self, POP3_PHASE_SASL);
    pop3_wait(self, POP3_WAIT_LOGIN);
    self->login = selo_login_start(self->root, self->stream, line->arguments[0], initial,
                                   login_stepped, self);
    g_clear_pointer(&secret, secret_free);
}

static void
give_up(Pop3Session *self, Pop3Reply reply)
{
    g_clear_pointer(&self->login, selo_login_cancel);
    pop3_enter(self, POP3_PHASE_AUTHORIZATION);
    pop3_answer(self, reply);
}

void
pop3_sasl_line(Pop3Session *self, SeloStr line)
{
    GByteArray *secret = NULL;

    if (line.len == 1 && *line.s == '*')
        give_up(self, POP3_AUTH_CANCELLED);
    else if ((secret = decode(line)) == NULL)
        give_up(self, POP3_AUTH_MALFORMED);
    else {
        pop3_wait(self, POP3_WAIT_LOGIN);
        selo_login_step(self->login, (SeloStr){ (const char *) secret->data, secret->len });
        secret_free(secret);
    }
}
