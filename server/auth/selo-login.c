/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-login.c: <selo/login.h>: SASL exchanges (RFC 4422) on behalf of protocols, one row a
 * mechanism. What a mechanism yields is a name and a secret; the auth role judges them. GNU SASL
 * was not taken for these: each is one message, and a library would copy the secret where nobody
 * wipes it.
 */
#include "config.h"

#include <arpa/inet.h>
#include <selo/login.h>
#include <string.h>

#include "api/lib/selo-stream-private.h"

#include "server/auth/selo-auth-client.h"
#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"

#define MAX_NAME   255
#define MAX_SECRET 1024

typedef struct Mechanism Mechanism;

struct SeloLogin {
    SeloCall *root, *call; /* call: a child, stopped when the client cancels */
    SeloStream *stream;
    SeloLoginFunc done; /* NULL: cancelled */
    void *data;
    const Mechanism *mechanism; /* NULL: name and password at once */
    char *user;                 /* as the client wrote it, then normalised */
    SeloDeferred later;         /* a result that needs no question */
    SeloLoginResult result;
    SeloStr challenge;
    gboolean is_asking; /* the auth role has the name and the secret */
};

/* SELO_LOGIN_OK: begin_verify() was called. */
typedef SeloLoginResult (*RespondFunc)(SeloLogin *login, SeloStr response);
struct Mechanism {
    const char *name;
    gboolean shows_secret; /* needs TLS */
    const char *challenge; /* if the client sent no initial response */
    RespondFunc respond;
};

static void begin_verify(SeloLogin *login, SeloStr secret);

/* ---- what may be used ---- */

static SeloRole *
role_of(SeloCall *root)
{
    return selo_call_role(root);
}

static SeloStrs
auths_of(SeloCall *root)
{
    return selo_conf_list(selo_call_conf(root), "auth");
}

static gboolean
is_loopback(SeloStr ip)
{
    struct in6_addr address;

    if (ip.s == NULL)
        return FALSE;
    if (g_str_has_prefix(ip.s, "127.") || g_str_has_prefix(ip.s, "::ffff:127."))
        return TRUE;
    return inet_pton(AF_INET6, ip.s, &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
}

/* Every authenticator that would see the password has to allow it. */
static gboolean
allow_plaintext_on_loopback(SeloCall *root)
{
    const SeloStrs auths = auths_of(root);

    for (size_t i = 0; i < auths.n; i++) {
        const SeloConf *conf = selo_snapshot_section(role_of(root)->snapshot, "auth", auths.v[i].s);

        if (conf == NULL || !selo_conf_bool(conf, "plaintext-on-loopback"))
            return FALSE;
    }
    return auths.n > 0;
}

gboolean
selo_login_allows_plaintext(SeloCall *root, SeloStream *stream)
{
    const SeloPeer *peer = selo_stream_peer(stream);

    if (auths_of(root).n == 0)
        return FALSE;
    return peer->tls || (is_loopback(peer->remote_ip) && allow_plaintext_on_loopback(root));
}

/* ---- results ---- */

static void
login_free(SeloLogin *login)
{
    selo_loop_undefer(role_of(login->root)->loop, &login->later);
    selo_call_return(login->call, SELO_OK, NULL, NULL);
    selo_call_unref(login->call);
    selo_call_unref(login->root);
    g_free(login->user);
    g_free(login);
}

static void
tell(SeloLogin *login, SeloLoginResult result, const SeloLoginReply *reply)
{
    login->done(login->data, result, reply);
    if (result != SELO_LOGIN_CHALLENGE)
        login_free(login);
}

static void
tell_later(void *data)
{
    SeloLogin *login = data;
    const SeloLoginReply reply = { .struct_size = sizeof reply, .challenge = login->challenge };

    tell(login, login->result, &reply);
}

static void
finish(SeloLogin *login, SeloLoginResult result)
{
    login->result = result;
    selo_loop_defer(role_of(login->root)->loop, &login->later, tell_later, login);
}

static void
log_result(SeloLogin *login, gboolean is_ok, const char *user, const char *reason)
{
    const SeloPeer *peer = selo_stream_peer(login->stream);

    selo_event(is_ok ? G_LOG_LEVEL_INFO : G_LOG_LEVEL_MESSAGE, is_ok ? "login-ok" : "login-failed",
               selo_call_id(login->root), "ip", peer->remote_ip.s, "user", user, "mechanism",
               login->mechanism != NULL ? login->mechanism->name : "password", "listener",
               peer->listener.s, "tls", peer->tls_version.s, "reason", is_ok ? NULL : reason, NULL);
}

static void
challenge(SeloLogin *login, const char *text)
{
    login->challenge = (SeloStr){ text, strlen(text) };
    finish(login, SELO_LOGIN_CHALLENGE);
}

/* ---- mechanisms ---- */

/* RFC 4616: [authzid] NUL authcid NUL passwd. Nobody acts for somebody else here. */
static SeloLoginResult
respond_plain(SeloLogin *login, SeloStr response)
{
    const char *end = response.s + response.len, *user, *secret;

    user = response.len > 0 ? memchr(response.s, '\0', response.len) : NULL;
    secret = user != NULL ? memchr(user + 1, '\0', (size_t) (end - user - 1)) : NULL;
    if (secret == NULL || secret == user + 1 || secret + 1 == end ||
        memchr(secret + 1, '\0', (size_t) (end - secret - 1)) != NULL)
        return SELO_LOGIN_MALFORMED;
    login->user = g_strndup(user + 1, (gsize) (secret - user - 1));
    if (user != response.s && !g_str_equal(response.s, login->user)) {
        log_result(login, FALSE, login->user, "wants to act for somebody else");
        return SELO_LOGIN_FAILED;
    }
    begin_verify(login, (SeloStr){ secret + 1, (size_t) (end - secret - 1) });
    return SELO_LOGIN_OK;
}

/* LOGIN (draft-murchison-sasl-login): name, then password. */
static SeloLoginResult
respond_login(SeloLogin *login, SeloStr response)
{
    if (response.len > 0 && memchr(response.s, '\0', response.len) != NULL)
        return SELO_LOGIN_MALFORMED;
    if (login->user == NULL) {
        login->user = g_strndup(response.s, response.len);
        challenge(login, "Password:");
        return SELO_LOGIN_CHALLENGE;
    }
    begin_verify(login, response);
    return SELO_LOGIN_OK;
}

/* Strongest first. */
static const Mechanism mechanisms[] = {
    { "PLAIN", TRUE, "", respond_plain },
    { "LOGIN", TRUE, "Username:", respond_login },
};

static const Mechanism *
find_mechanism(SeloStr name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++)
        if (strlen(mechanisms[i].name) == name.len &&
            g_ascii_strncasecmp(mechanisms[i].name, name.s, name.len) == 0)
            return &mechanisms[i];
    return NULL;
}

SeloStrs
selo_login_mechanisms(SeloCall *root, SeloStream *stream)
{
    static SeloStr names[G_N_ELEMENTS(mechanisms)], hidden[G_N_ELEMENTS(mechanisms)];
    static size_t n_hidden;

    if (names[0].s == NULL)
        for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++) {
            names[i] = (SeloStr){ mechanisms[i].name, strlen(mechanisms[i].name) };
            if (!mechanisms[i].shows_secret)
                hidden[n_hidden++] = names[i];
        }
    if (auths_of(root).n == 0)
        return (SeloStrs){ NULL, 0 };
    return selo_login_allows_plaintext(root, stream) ? (SeloStrs){ names, G_N_ELEMENTS(names) }
                                                     : (SeloStrs){ hidden, n_hidden };
}

/* ---- the question ---- */

/* Lower case; FALSE: not a name that anybody here could have. */
static gboolean
normalise_user(char *user)
{
    const size_t size = strlen(user);

    if (size == 0 || size > MAX_NAME || !g_utf8_validate(user, (gssize) size, NULL))
        return FALSE;
    for (char *c = user; *c != '\0'; c++)
        if ((guchar) *c < 0x80 && !g_ascii_isalnum(*c) && strchr(".-_+@", *c) == NULL)
            return FALSE;
        else
            *c = g_ascii_tolower(*c);
    return TRUE;
}

/* Settings of this domain and user hold from here on. */
static void
enter_scope(SeloLogin *login, SeloStr user)
{
    const char *listener = selo_stream_peer(login->stream)->listener.s, *at = strrchr(user.s, '@');
    const char *domain = at != NULL ? at + 1 : NULL;

    selo_call_set_scope(login->root, listener, domain, user.s);
    selo_call_set_conf(login->root,
                       selo_snapshot_scoped(role_of(login->root)->snapshot,
                                            selo_call_conf(login->root), listener, domain, user.s));
}

static SeloLoginResult
result_of(SeloStatus status)
{
    return status == SELO_OK                                   ? SELO_LOGIN_OK
           : status == SELO_DENIED || status == SELO_NOT_FOUND ? SELO_LOGIN_FAILED
                                                               : SELO_LOGIN_UNAVAILABLE;
}

static void
verified(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloLogin *login = data;
    const SeloAuthIdentity *identity = reply;
    SeloLoginReply told = { .struct_size = sizeof told };

    if (login->done == NULL) { /* cancelled: the stream may be gone */
        login_free(login);
        return;
    }
    if (status == SELO_OK) {
        told.user = identity->user;
        enter_scope(login, told.user);
        selo_stream_set_limit(login->stream, 0);
    }
    log_result(login, status == SELO_OK, status == SELO_OK ? told.user.s : login->user,
               operator_text);
    tell(login, result_of(status), &told);
}

static void
begin_verify(SeloLogin *login, SeloStr secret)
{
    const SeloPeer *peer = selo_stream_peer(login->stream);
    const char *service = selo_conf_str(selo_call_conf(login->root), "plugin");
    SeloAuthLogin request = { .struct_size = sizeof request, .tls = peer->tls, .secret = secret };
    const char *mechanism = login->mechanism != NULL ? login->mechanism->name : "PLAIN";

    if (!normalise_user(login->user) || secret.len > MAX_SECRET) {
        log_result(login, FALSE, login->user, "no such user name or password is possible");
        finish(login, SELO_LOGIN_FAILED);
        return;
    }
    request.service = (SeloStr){ service, service != NULL ? strlen(service) : 0 };
    request.listener = peer->listener;
    request.mechanism = (SeloStr){ mechanism, strlen(mechanism) };
    request.user = (SeloStr){ login->user, strlen(login->user) };
    request.client_ip = peer->remote_ip;
    request.local_ip = peer->local_ip;
    request.tls_version = peer->tls_version;
    request.session = (SeloStr){ selo_call_id(login->root), strlen(selo_call_id(login->root)) };
    login->is_asking = TRUE;
    selo_auth_client_verify(role_of(login->root)->auth, login->call, auths_of(login->root),
                            &request, verified, login);
}

/* ---- the exchange ---- */

static SeloLogin *
login_new(SeloCall *root, SeloStream *stream, SeloLoginFunc done, void *data)
{
    SeloLogin *login = g_new0(SeloLogin, 1);

    login->root = selo_call_ref(root);
    login->call = selo_call_new_child(root, NULL);
    login->stream = stream;
    login->done = done;
    login->data = data;
    return login;
}

static void
respond(SeloLogin *login, SeloStr response)
{
    const SeloLoginResult result = login->mechanism->respond(login, response);

    if (result != SELO_LOGIN_OK && result != SELO_LOGIN_CHALLENGE)
        finish(login, result);
}

SeloLogin *
selo_login_start(SeloCall *root, SeloStream *stream, SeloStr mechanism, SeloStr initial,
                 SeloLoginFunc done, void *data)
{
    SeloLogin *login = login_new(root, stream, done, data);

    login->mechanism = auths_of(root).n > 0 ? find_mechanism(mechanism) : NULL;
    if (login->mechanism == NULL)
        finish(login, SELO_LOGIN_UNSUPPORTED);
    else if (login->mechanism->shows_secret && !selo_login_allows_plaintext(root, stream))
        finish(login, SELO_LOGIN_NEEDS_TLS);
    else if (initial.s == NULL)
        challenge(login, login->mechanism->challenge);
    else
        respond(login, initial);
    return login;
}

void
selo_login_step(SeloLogin *login, SeloStr response)
{
    respond(login, response);
}

void
selo_login_cancel(SeloLogin *login)
{
    login->done = NULL;
    if (login->is_asking)
        selo_call_stop(login->call); /* verified() frees it */
    else
        login_free(login);
}

SeloLogin *
selo_login_password(SeloCall *root, SeloStream *stream, SeloStr user, SeloStr password,
                    SeloLoginFunc done, void *data)
{
    SeloLogin *login = login_new(root, stream, done, data);

    login->user = g_strndup(user.s, user.len);
    if (auths_of(root).n == 0)
        finish(login, SELO_LOGIN_UNSUPPORTED);
    else if (!selo_login_allows_plaintext(root, stream))
        finish(login, SELO_LOGIN_NEEDS_TLS);
    else
        begin_verify(login, password);
    return login;
}
