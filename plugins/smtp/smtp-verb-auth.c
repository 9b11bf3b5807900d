/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb-auth.c: AUTH (RFC 4954): carries a SASL exchange between client and auth service, base64 on one
 * side, octets on the other. It knows no mechanism.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-verb.h"

/* Octets of a secret, wiped when done with. */
typedef struct {
    guchar *octets;
    gsize size;
} Secret;

static void
secret_clear(Secret *secret)
{
    if (secret->octets != NULL)
        explicit_bzero(secret->octets, secret->size);
    g_free(secret->octets);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Secret, secret_clear)

/* GLib skips what is not base64; a server may not (RFC 4648 section 3.3). */
static gboolean
is_base64(SeloStr text)
{
    size_t digits = 0, padding = 0;

    while (digits < text.len &&
           (g_ascii_isalnum(text.s[digits]) || text.s[digits] == '+' || text.s[digits] == '/'))
        digits++;
    while (digits + padding < text.len && text.s[digits + padding] == '=')
        padding++;
    return digits + padding == text.len && padding <= 2 && text.len % 4 == 0;
}

static gboolean
decode(SeloStr text, Secret *secret)
{
    gint state = 0;
    guint save = 0;

    if (!is_base64(text))
        return FALSE;
    secret->octets = g_malloc(text.len / 4 * 3 + 1);
    secret->size = g_base64_decode_step(text.s, text.len, secret->octets, &state, &save);
    secret->octets[secret->size] = '\0';
    return TRUE;
}

static void
challenge(SeloSmtpSession *self, SeloStr octets)
{
    g_autofree char *text = g_base64_encode((const guchar *) octets.s, octets.len);

    selo_stream_printf(self->stream, "334 %s\r\n", text);
}

static void
authenticated(void *data, const SeloMailReply *reply)
{
    SeloSmtpSession *self = data;

    selo_smtp_resume(self, SELO_SMTP_WAIT_AUTH);
    selo_smtp_enter(self, SELO_SMTP_PHASE_READY);
    self->is_authenticated = reply->cause == SELO_MAIL_OK;
    if (selo_smtp_answer_mail(self, reply, FALSE, (SeloStr){ NULL, 0 }))
        selo_smtp_answer(self, SELO_SMTP_AUTH_DONE);
}

/* How a login ended, other than well. */
static SeloSmtpReply
explain_login(SeloLoginResult result)
{
    switch (result) {
    case SELO_LOGIN_FAILED:
        return SELO_SMTP_AUTH_FAILED;
    case SELO_LOGIN_NEEDS_TLS:
        return SELO_SMTP_AUTH_NEEDS_TLS;
    case SELO_LOGIN_UNSUPPORTED:
        return SELO_SMTP_AUTH_UNSUPPORTED;
    case SELO_LOGIN_MALFORMED:
        return SELO_SMTP_AUTH_MALFORMED;
    case SELO_LOGIN_OK:
    case SELO_LOGIN_CHALLENGE:
    case SELO_LOGIN_UNAVAILABLE:
        break;
    }
    return SELO_SMTP_AUTH_UNAVAILABLE;
}

static void
login_stepped(void *data, SeloLoginResult result, const SeloLoginReply *reply)
{
    SeloSmtpSession *self = data;

    selo_smtp_resume(self, SELO_SMTP_WAIT_LOGIN);
    if (result == SELO_LOGIN_CHALLENGE) {
        challenge(self, reply->challenge);
        return;
    }
    self->login = NULL; /* it freed itself */
    if (result == SELO_LOGIN_OK) {
        self->is_authenticated = TRUE;
        selo_smtp_wait(self, SELO_SMTP_WAIT_AUTH);
        selo_mail_peer_auth(self->peer, (SeloStr){ self->mechanism, strlen(self->mechanism) },
                            reply->user, selo_smtp_protocol(self), authenticated, self);
        return;
    }
    selo_smtp_enter(self, SELO_SMTP_PHASE_READY);
    selo_smtp_answer(self, explain_login(result));
}

/* What is wrong with asking for a login now. */
static SeloSmtpReply
check(SeloSmtpSession *self)
{
    if (self->is_authenticated)
        return SELO_SMTP_AUTH_ALREADY;
    if (self->extensions & SELO_SMTP_EXT_AUTH)
        return SELO_SMTP_NONE;
    /* Nothing was announced: because there is no TLS yet, or because there is no auth at all. */
    if (selo_stream_can_start_tls(self->stream) && !selo_stream_peer(self->stream)->tls)
        return SELO_SMTP_AUTH_NEEDS_TLS;
    return SELO_SMTP_AUTH_NOT_ENABLED;
}

void
selo_smtp_run_auth(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    g_auto(Secret) secret = { NULL, 0 };
    SeloStr initial = { NULL, 0 };
    SeloSmtpReply refusal = check(self);

    if (refusal == SELO_SMTP_NONE && args->initial.s != NULL) {
        if (args->initial.len == 1 &&
            *args->initial.s == '=') /* RFC 4954 section 4: there, but empty */
            initial = SELO_STR("");
        else if (decode(args->initial, &secret))
            initial = (SeloStr){ (const char *) secret.octets, secret.size };
        else
            refusal = SELO_SMTP_AUTH_BAD_BASE64;
    }
    if (refusal != SELO_SMTP_NONE) {
        selo_smtp_answer(self, refusal);
        return;
    }
    g_free(self->mechanism);
    self->mechanism = g_ascii_strup(args->word.s, (gssize) args->word.len);
    selo_smtp_enter(self, SELO_SMTP_PHASE_AUTH);
    selo_smtp_wait(self, SELO_SMTP_WAIT_LOGIN);
    self->login =
        selo_login_start(self->root, self->stream, args->word, initial, login_stepped, self);
}

static void
give_up(SeloSmtpSession *self, SeloSmtpReply reply)
{
    g_clear_pointer(&self->login, selo_login_cancel);
    selo_smtp_enter(self, SELO_SMTP_PHASE_READY);
    selo_smtp_answer(self, reply);
}

void
selo_smtp_auth_line(SeloSmtpSession *self, SeloStr line)
{
    g_auto(Secret) secret = { NULL, 0 };

    if (line.len == 1 && *line.s == '*')
        give_up(self, SELO_SMTP_AUTH_CANCELLED);
    else if (!decode(line, &secret))
        give_up(self, SELO_SMTP_AUTH_BAD_BASE64);
    else {
        selo_smtp_wait(self, SELO_SMTP_WAIT_LOGIN);
        selo_login_step(self->login, (SeloStr){ (const char *) secret.octets, secret.size });
    }
}
