/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-plugin.c: entry of the plugin and the operations of authenticator/1 over a
 * passwd-file. Lookups and quick schemes are answered on the loop: a hop to a thread and back would
 * cost several times what a digest costs. Slow schemes take milliseconds on purpose and go to the
 * instance's own threads; worker-pool as the model of all operations lost because of that, and
 * because a burst of logins has to wait there and not to fail.
 */
#include <grp.h>
#include <pwd.h>
#include <selo/authenticator.h>
#include <string.h>

#include "plugins/passwd-file/passwd-file-scheme.h"
#include "plugins/passwd-file/passwd-file-source.h"

#define MAX_ATTRIBUTES 64
#define USERDB         "userdb_"

#define MAX_WAITING 10000

typedef struct {
    PasswdSource *source;
    GThreadPool *pool; /* of Check */
} PasswdAuth;

/* A password on its way through a thread; the request lives until the call is returned. */
typedef struct {
    SeloCall *call;
    const SeloAuthLogin *request;
    PasswdUsers *users;
    const PasswdUser *user;
} Check;

static void check_run(void *data, void *unused);

static gboolean
auth_create(void *state, const char *instance, const SeloConf *conf, void **out_self,
            GError **error)
{
    PasswdAuth *auth = g_new0(PasswdAuth, 1);

    auth->source = passwd_source_new(selo_conf_str(conf, "file"));
    /* Not exclusive: no thread is started before the first slow password. */
    auth->pool =
        g_thread_pool_new(check_run, NULL, (gint) selo_conf_int(conf, "threads"), FALSE, NULL);
    *out_self = auth;
    return TRUE;
}

static void
auth_destroy(void *self)
{
    PasswdAuth *auth = self;

    g_thread_pool_free(auth->pool, FALSE, TRUE);
    passwd_source_free(auth->source);
    g_free(auth);
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
find_user(PasswdAuth *auth, SeloCall *call, SeloStr asked, PasswdUsers **out_users)
{
    g_autofree char *name = g_ascii_strdown(asked.s != NULL ? asked.s : "", (gssize) asked.len);
    g_autoptr(GError) error = NULL;
    const PasswdUser *user = NULL;

    if (asked.len > PASSWD_MAX_NAME) {
        selo_call_return(call, SELO_NOT_FOUND, "user name longer than 255 octets", NULL);
        return NULL;
    }
    *out_users = passwd_source_get(auth->source, domain_of(asked), &error);
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
    if (passwd_user_extra(user, "allow_nets", &nets) && !passwd_nets_hold(nets, request->client_ip))
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
verify(SeloCall *call, const PasswdUser *user, const SeloAuthLogin *request)
{
    g_autoptr(GError) error = NULL;
    SeloAuthIdentity reply = { .struct_size = sizeof reply, .done = TRUE };
    const char *bar = find_bar(user, request);

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
check_run(void *data, void *unused)
{
    Check *check = data;

    if (selo_call_stopped(check->call))
        selo_call_return(check->call, SELO_CANCELLED, NULL, NULL);
    else
        verify(check->call, check->user, check->request);
    passwd_users_unref(check->users);
    g_free(check);
}

static void
auth_verify(void *self, SeloCall *call, const SeloAuthLogin *request)
{
    PasswdAuth *auth = self;
    g_autoptr(PasswdUsers) users = NULL;
    const PasswdUser *user = find_user(auth, call, request->user, &users);
    Check *check;

    if (user == NULL)
        return;
    if (user->password.len == 0 ||
        !selo_password_is_slow(user->password, default_scheme(call, user))) {
        verify(call, user, request);
        return;
    }
    if (g_thread_pool_unprocessed(auth->pool) >= MAX_WAITING) {
        selo_call_return(call, SELO_TEMPORARY, "too many passwords wait to be checked", NULL);
        return;
    }
    check = g_new0(Check, 1);
    check->call = call;
    check->request = request;
    check->user = user;
    check->users = g_steal_pointer(&users);
    g_thread_pool_push(auth->pool, check, NULL);
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
    reply.secret =
        with_scheme != NULL ? (SeloStr){ with_scheme, strlen(with_scheme) } : user->password;
    reply.attributes = attributes_of(call, user);
    selo_call_return(call, SELO_OK, NULL, &reply);
    if (with_scheme != NULL)
        explicit_bzero(with_scheme, strlen(with_scheme));
}

/* A number or a name; FALSE: neither, or root, who never owns mail. An empty field is 0: the
 * server's own mail user. */
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

        if (is_group && getgrnam_r(text.s, &entry, buffer, sizeof buffer, &group) == 0 &&
            group != NULL)
            number = group->gr_gid;
        if (!is_group && getpwnam_r(text.s, &passwd, buffer, sizeof buffer, &user) == 0 &&
            user != NULL)
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

        selo_call_return(call, SELO_TEMPORARY, text,
                         NULL); /* an admin's slip must not bounce mail */
        return;
    }
    selo_call_return(call, SELO_OK, NULL, &reply);
}

/* ---- list ---- */

typedef struct { /* in the call's memory; @users until the call is returned */
    PasswdUsers *users;
    size_t next, left;
} Listing;

/* Until the requester has to take rows first; then it runs again. */
static void
list_more(SeloCall *call, void *data)
{
    Listing *listing = data;
    gboolean has_room = TRUE;

    while (has_room && listing->left > 0 && listing->next < passwd_users_count(listing->users)) {
        SeloAuthUser row;

        describe(call, passwd_users_at(listing->users, listing->next++), &row);
        listing->left--;
        has_room = selo_call_emit(call, &row);
    }
    if (!has_room)
        return;
    passwd_users_unref(listing->users);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
list_stopped(SeloCall *call, void *data)
{
    passwd_users_unref(((Listing *) data)->users);
    selo_call_return(call, SELO_CANCELLED, NULL, NULL);
}

static void
auth_list(void *self, SeloCall *call, const SeloAuthUserQuery *request)
{
    PasswdAuth *auth = self;
    g_autoptr(GError) error = NULL;
    g_autofree char *after = g_ascii_strdown(request->after.s != NULL ? request->after.s : "", -1);
    const PasswdUser *last;
    Listing *listing;

    if (passwd_source_is_per_domain(auth->source)) {
        selo_call_return(call, SELO_UNSUPPORTED, "one file a domain: cannot be listed", NULL);
        return;
    }
    listing = selo_call_alloc(call, sizeof *listing);
    listing->left = request->limit != 0 ? request->limit : SIZE_MAX;
    listing->users = passwd_source_get(auth->source, (SeloStr){ NULL, 0 }, &error);
    if (listing->users == NULL) {
        selo_call_return(call, SELO_TEMPORARY, error->message, NULL);
        return;
    }
    last = passwd_users_find(listing->users, (SeloStr){ after, strlen(after) });
    if (last != NULL)
        listing->next = (size_t) (last - passwd_users_at(listing->users, 0)) + 1;
    selo_call_on_ready(call, list_more, listing);
    selo_call_on_stop(call, list_stopped, listing);
    list_more(call, listing);
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
