/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-wire.c: see selo-auth-wire.h. Unset and empty texts are one on the wire: no record of
 * authenticator/1 tells them apart. A plugin's own text for the log may hold anything and is made
 * UTF-8.
 */
#include "config.h"

#include "server/auth/selo-auth-wire.h"

#include <string.h>

static const char *
or_empty(SeloStr text)
{
    return text.s != NULL ? text.s : "";
}

static SeloStr
to_str(const char *text)
{
    return *text != '\0' ? (SeloStr){ text, strlen(text) } : (SeloStr){ NULL, 0 };
}

static GVariant *
write_strs(SeloStrs strs)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("as"));
    for (size_t i = 0; i < strs.n; i++)
        if (g_utf8_validate(strs.v[i].s, (gssize) strs.v[i].len, NULL))
            g_variant_builder_add(&builder, "s", strs.v[i].s);
    return g_variant_builder_end(&builder);
}

static SeloStrs
read_strs(GVariant *array)
{
    const size_t n = g_variant_n_children(array);
    SeloStr *v = n > 0 ? g_new(SeloStr, n) : NULL;

    for (size_t i = 0; i < n; i++) {
        const char *text;

        g_variant_get_child(array, i, "&s", &text);
        v[i] = (SeloStr){ text, strlen(text) };
    }
    return (SeloStrs){ v, n };
}

void
selo_auth_wire_clear_strs(SeloStrs *strs)
{
    g_free((SeloStr *) strs->v);
    *strs = (SeloStrs){ NULL, 0 };
}

/* ---- verify ---- */

typedef struct {
    size_t size;
    char octets[];
} Secret;

static void
secret_free(void *data)
{
    Secret *secret = data;

    explicit_bzero(secret->octets, secret->size);
    g_free(secret);
}

static GVariant *
write_secret(SeloStr text)
{
    Secret *secret = g_malloc(sizeof *secret + text.len);

    secret->size = text.len;
    if (text.len > 0)
        memcpy(secret->octets, text.s, text.len);
    return g_variant_new_from_data(G_VARIANT_TYPE_BYTESTRING, secret->octets, secret->size, TRUE,
                                   secret_free, secret);
}

GVariant *
selo_auth_wire_verify(guint64 serial, SeloStrs auths, const SeloAuthLogin *login)
{
    return g_variant_new("(t@asssss@ayssssb)", serial, write_strs(auths), or_empty(login->service),
                         or_empty(login->listener), or_empty(login->mechanism),
                         or_empty(login->user), write_secret(login->secret),
                         or_empty(login->client_ip), or_empty(login->local_ip),
                         or_empty(login->session), or_empty(login->tls_version), login->tls != 0);
}

void
selo_auth_wire_read_verify(GVariant *body, SeloAuthVerifyMessage *out_message)
{
    g_autoptr(GVariant) auths = NULL, secret = NULL;
    const char *service, *listener, *mechanism, *user, *client_ip, *local_ip, *session,
        *tls_version;
    gboolean has_tls;
    gsize size;
    const void *octets;

    g_variant_get(body, "(t@as&s&s&s&s@ay&s&s&s&sb)", &out_message->serial, &auths, &service,
                  &listener, &mechanism, &user, &secret, &client_ip, &local_ip, &session,
                  &tls_version, &has_tls);
    octets = g_variant_get_fixed_array(secret, &size, 1);
    out_message->auths = read_strs(auths);
    out_message->login = (SeloAuthLogin){ .struct_size = sizeof(SeloAuthLogin),
                                          .tls = (uint32_t) has_tls,
                                          .service = to_str(service),
                                          .listener = to_str(listener),
                                          .mechanism = to_str(mechanism),
                                          .user = to_str(user),
                                          .secret = { octets, size },
                                          .client_ip = to_str(client_ip),
                                          .local_ip = to_str(local_ip),
                                          .session = to_str(session),
                                          .tls_version = to_str(tls_version) };
}

void
selo_auth_wire_clear_verify(SeloAuthVerifyMessage *message)
{
    if (message->login.secret.len > 0) /* our own packet; nobody else reads it */
        explicit_bzero((char *) message->login.secret.s, message->login.secret.len);
    message->login.secret = (SeloStr){ NULL, 0 };
    selo_auth_wire_clear_strs(&message->auths);
}

/* ---- lookup ---- */

GVariant *
selo_auth_wire_lookup(const SeloAuthLookupMessage *message)
{
    return g_variant_new("(tsss)", message->serial, message->auth, message->user, message->session);
}

void
selo_auth_wire_read_lookup(GVariant *body, SeloAuthLookupMessage *out_message)
{
    g_variant_get(body, "(t&s&s&s)", &out_message->serial, &out_message->auth, &out_message->user,
                  &out_message->session);
}

/* ---- answers ---- */

GVariant *
selo_auth_wire_identity(const SeloAuthAnswer *answer, const SeloAuthIdentity *reply)
{
    static const SeloAuthIdentity none = { .struct_size = sizeof none };
    g_autofree char *text = g_utf8_make_valid(answer->operator_text, -1);

    reply = reply != NULL ? reply : &none;
    return g_variant_new("(tuss@as)", answer->serial, (guint32) answer->status, text,
                         or_empty(reply->user), write_strs(reply->attributes));
}

void
selo_auth_wire_read_identity(GVariant *body, SeloAuthAnswer *out_answer,
                             SeloAuthIdentity *out_reply)
{
    g_autoptr(GVariant) attributes = NULL;
    const char *user;
    guint32 status;

    g_variant_get(body, "(tu&s&s@as)", &out_answer->serial, &status, &out_answer->operator_text,
                  &user, &attributes);
    out_answer->status = (SeloStatus) status;
    *out_reply = (SeloAuthIdentity){ .struct_size = sizeof *out_reply,
                                     .done = TRUE,
                                     .user = to_str(user),
                                     .attributes = read_strs(attributes) };
}

GVariant *
selo_auth_wire_user(const SeloAuthAnswer *answer, const SeloAuthUser *reply)
{
    static const SeloAuthUser none = { .struct_size = sizeof none };
    g_autofree char *text = g_utf8_make_valid(answer->operator_text, -1);

    reply = reply != NULL ? reply : &none;
    return g_variant_new("(tussssuutt@as)", answer->serial, (guint32) answer->status, text,
                         or_empty(reply->user), or_empty(reply->home), or_empty(reply->store),
                         reply->uid, reply->gid, reply->quota_octets, reply->quota_messages,
                         write_strs(reply->attributes));
}

void
selo_auth_wire_read_user(GVariant *body, SeloAuthAnswer *out_answer, SeloAuthUser *out_reply)
{
    g_autoptr(GVariant) attributes = NULL;
    const char *user, *home, *store;
    guint32 status;

    *out_reply = (SeloAuthUser){ .struct_size = sizeof *out_reply };
    g_variant_get(body, "(tu&s&s&s&suutt@as)", &out_answer->serial, &status,
                  &out_answer->operator_text, &user, &home, &store, &out_reply->uid,
                  &out_reply->gid, &out_reply->quota_octets, &out_reply->quota_messages,
                  &attributes);
    out_answer->status = (SeloStatus) status;
    out_reply->user = to_str(user);
    out_reply->home = to_str(home);
    out_reply->store = to_str(store);
    out_reply->attributes = read_strs(attributes);
}
