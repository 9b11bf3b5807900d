/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-plugin.c: entry of the plugin and the operations of authenticator/1 over a passwd-file.
 * Runs on the instance's own threads: crypt(3) takes milliseconds on purpose.
 */
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include <selo/authenticator.h>

#include "plugins/passwd-file/passwd-file-scheme.h"
#include "plugins/passwd-file/passwd-file-source.h"

#define MAX_ATTRIBUTES 64
#define USERDB         "userdb_"

static gboolean
auth_create(void *state, const char *instance, const SeloConf *conf, void **out_self, GError **error)
{
    *out_self = passwd_source_new(selo_conf_str(conf, "file"), instance);
    return TRUE;
}

static void
auth_destroy(void *self)
{
    passwd_source_free(self);
}

static SeloStr
domain_of(SeloStr user)
{
    const char *at = user.len > 0 ? memrchr(user.s, '@', user.len) : NULL;

    return at == NULL ? (SeloStr){ NULL, 0 }
                      : (SeloStr){ at + 1, user.len - (size_t) (at + 1 - user.s) };
}

/* The user's line; @out_users keeps it alive. NULL: @call was returned. */
static const PasswdUser *
find_user(PasswdSource *source, SeloCall *call, SeloStr asked, PasswdUsers **out_users)
{
    g_autofree char *name = g_ascii_strdown(asked.s != NULL ? asked.s : "", (gssize) asked.len);
    g_autoptr(GError) error = NULL;
    const PasswdUser *user = NULL;

    if (asked.len > PASSWD_MAX_NAME) {
        selo_call_return(call, SELO_NOT_FOUND, "user name longer than 255 octets", NULL);
        return NULL;
    }
    *out_users = passwd_source_get(source, domain_of(asked), &error);
    if (*out_users != NULL)
        user = passwd_users_find(*out_users, (SeloStr){ name, asked.len });
    if (error != NULL)
        selo_call_return(call, SELO_TEMPORARY, error->message, NULL);
    else if (user == NULL)
        selo_call_return(call, SELO_NOT_FOUND, "unknown user", NULL);
    return user;
}

/* userdb_* fields as "name=value", without the prefix. */
static SeloStrs
attributes_of(SeloCall *call, const PasswdUser *user)
{
    SeloStr *attributes = selo_call_alloc(call, MAX_ATTRIBUTES * sizeof *attributes);
    PasswdExtraIter iter = { user, 0 };
    SeloStr key, value;
    size_t n = 0;

    while (n < MAX_ATTRIBUTES && passwd_extra_next(&iter, &key, &value))
        if (key.len > strlen(USERDB) && memcmp(key.s, USERDB, strlen(USERDB)) == 0) {
            const size_t size = key.len - strlen(USERDB) + 1 + value.len;
            char *text = selo_call_alloc(call, size + 1);

            g_snprintf(text, size + 1, "%.*s=%.*s", (int) (key.len - strlen(USERDB)),
                       key.s + strlen(USERDB), (int) value.len, value.s);
            attributes[n++] = (SeloStr){ text, size };
        }
    return (SeloStrs){ attributes, n };
}

static const char *
default_scheme(SeloCall *call, const PasswdUser *user)
{
    return user->scheme != NULL ? user->scheme
                                : selo_conf_str(selo_call_conf(call), "default-scheme");
}

/* Why this user may not log in here, whatever the password; NULL: may. */
static const char *
find_bar(const PasswdUser *user, const SeloAuthLogin *request)
{
    SeloStr nets;

    if (passwd_user_extra(user, "nologin", NULL))
        return "nologin is set";
    if (passwd_user_extra(user, "proxy", NULL))
        return "proxy is set, and Selo does not proxy";
    if (passwd_user_extra(user, "allow_nets", &nets)
        && !passwd_nets_hold(nets, request->client_ip))
        return "address is not in allow_nets";
    return NULL;
}

static gboolean
check_password(SeloCall *call, const PasswdUser *user, const SeloAuthLogin *request, GError **error)
{
    char secret[SELO_PASSWORD_MAX_SECRET + 1]; /* crypt(3) wants a final NUL */
    gboolean is_right;

    if (passwd_user_extra(user, "nopassword", NULL))
        return user->password.len == 0;
    if (user->password.len == 0 || request->secret.len > SELO_PASSWORD_MAX_SECRET)
        return FALSE;
    if (request->secret.len > 0)
        memcpy(secret, request->secret.s, request->secret.len);
    secret[request->secret.len] = '\0';
    is_right = selo_password_verify(user->password, default_scheme(call, user), user->name,
                                    (SeloStr){ secret, request->secret.len }, error);
    explicit_bzero(secret, request->secret.len);
    return is_right;
}

static void
auth_verify(void *self, SeloCall *call, const SeloAuthLogin *request)
{
    g_autoptr(PasswdUsers) users = NULL;
    g_autoptr(GError) error = NULL;
    const PasswdUser *user = find_user(self, call, request->user, &users);
    SeloAuthIdentity reply = { .struct_size = sizeof reply, .done = TRUE };
    const char *bar;

    if (user == NULL)
        return;
    bar = find_bar(user, request);
    if (!check_password(call, user, request, &error))
        bar = error != NULL ? error->message : "wrong password";
    if (bar != NULL) {
        selo_call_return(call, SELO_DENIED, bar, NULL);
        return;
    }
    reply.user = user->name;
    reply.attributes = attributes_of(call, user);
    selo_call_return(call, SELO_OK, NULL, &reply);
}

static void
auth_credentials(void *self, SeloCall *call, const SeloAuthLogin *request)
{
    g_autoptr(PasswdUsers) users = NULL;
    const PasswdUser *user = find_user(self, call, request->user, &users);
    SeloAuthIdentity reply = { .struct_size = sizeof reply, .done = TRUE };
    g_autofree char *with_scheme = NULL;
    const char *bar;

    if (user == NULL)
        return;
    bar = find_bar(user, request);
    if (bar != NULL || user->password.len == 0) {
        selo_call_return(call, SELO_DENIED, bar != NULL ? bar : "no password is stored", NULL);
        return;
    }
    if (*user->password.s != '{')
        with_scheme = g_strdup_printf("{%s}%s", default_scheme(call, user), user->password.s);
    reply.user = user->name;
    reply.secret = with_scheme != NULL ? (SeloStr){ with_scheme, strlen(with_scheme) }
                                       : user->password;
    reply.attributes = attributes_of(call, user);
    selo_call_return(call, SELO_OK, NULL, &reply);
    if (with_scheme != NULL)
        explicit_bzero(with_scheme, strlen(with_scheme));
}

/* A number or a name; FALSE: neither, or root, who never owns mail. An empty field is 0: the server's
 * own mail user. */
static gboolean
parse_id(SeloStr text, gboolean is_group, uint32_t *out_id)
{
    char buffer[4096];
    guint64 number = 0;

    *out_id = 0;
    if (text.len == 0)
        return TRUE;
    if (!g_ascii_string_to_unsigned(text.s, 10, 1, G_MAXUINT32 - 1, &number, NULL)) {
        struct passwd passwd, *user = NULL;
        struct group entry, *group = NULL;

        if (is_group && getgrnam_r(text.s, &entry, buffer, sizeof buffer, &group) == 0 && group != NULL)
            number = group->gr_gid;
        if (!is_group && getpwnam_r(text.s, &passwd, buffer, sizeof buffer, &user) == 0 && user != NULL)
            number = user->pw_uid;
    }
    *out_id = (uint32_t) number;
    return number != 0;
}

/* NULL: filled in. */
static const char *
describe(SeloCall *call, const PasswdUser *user, SeloAuthUser *out_user)
{
    memset(out_user, 0, sizeof *out_user);
    out_user->struct_size = sizeof *out_user;
    out_user->user = user->name;
    out_user->home = user->home.len > 0 ? user->home : (SeloStr){ NULL, 0 };
    passwd_user_extra(user, USERDB "store", &out_user->store);
    out_user->attributes = attributes_of(call, user);
    if (!parse_id(user->uid, FALSE, &out_user->uid) || !parse_id(user->gid, TRUE, &out_user->gid))
        return "uid or gid is root's, or no such name";
    if (!passwd_user_quota(user, &out_user->quota_octets, &out_user->quota_messages))
        return "userdb_quota_rule cannot be read";
    return NULL;
}

static void
auth_lookup(void *self, SeloCall *call, const SeloAuthUserQuery *request)
{
    g_autoptr(PasswdUsers) users = NULL;
    const PasswdUser *user = find_user(self, call, request->user, &users);
    SeloAuthUser reply;
    const char *fault;

    if (user == NULL)
        return;
    fault = describe(call, user, &reply);
    if (fault != NULL) {
        g_autofree char *text = g_strdup_printf("line %u: %s", user->line, fault);

        selo_call_return(call, SELO_TEMPORARY, text, NULL); /* an admin's slip must not bounce mail */
        return;
    }
    selo_call_return(call, SELO_OK, NULL, &reply);
}

static void
auth_list(void *self, SeloCall *call, const SeloAuthUserQuery *request)
{
    PasswdSource *source = self;
    g_autoptr(GError) error = NULL;
    g_autoptr(PasswdUsers) users = NULL;
    const PasswdUser *after = NULL;
    size_t i = 0, limit = request->limit != 0 ? request->limit : SIZE_MAX;

    if (passwd_source_is_per_domain(source)) {
        selo_call_return(call, SELO_UNSUPPORTED, "one file a domain: cannot be listed", NULL);
        return;
    }
    users = passwd_source_get(source, (SeloStr){ NULL, 0 }, &error);
    if (users == NULL) {
        selo_call_return(call, SELO_TEMPORARY, error->message, NULL);
        return;
    }
    if (request->after.len > 0 && (after = passwd_users_find(users, request->after)) != NULL)
        while (passwd_users_at(users, i++) != after)
            ;
    for (; i < passwd_users_count(users) && limit > 0 && !selo_call_stopped(call); i++, limit--) {
        SeloAuthUser row;

        describe(call, passwd_users_at(users, i), &row);
        if (!selo_call_emit(call, &row))
            break;
    }
    selo_call_return(call, selo_call_stopped(call) ? SELO_CANCELLED : SELO_OK, NULL, NULL);
}

static const SeloAuthV1 auth = { .struct_size = sizeof auth,
                                 .create = auth_create,
                                 .destroy = auth_destroy,
                                 .verify = auth_verify,
                                 .credentials = auth_credentials,
                                 .lookup = auth_lookup,
                                 .list = auth_list };

static const void *
passwd_file_get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "authenticator/1") == 0 ? &auth : NULL;
}

SELO_PLUGIN_DEFINE("passwd-file", .get = passwd_file_get)
