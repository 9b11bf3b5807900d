/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-client.c: one message each way and request. Each request keeps its body until it is
 * answered, so that it can be asked again when the auth role was restarted: verify and lookup
 * change nothing. In one process (selod --single) the same channel is used, over a pair of its own.
 */
#include "config.h"

#include "server/auth/selo-auth-client.h"

#include <string.h>

#include "server/auth/selo-auth-wire.h"
#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/process/selo-channel.h"

#define MAX_PENDING    1000 /* fewer than packets may wait in a channel */
#define MAX_CACHED     10000
#define LOOKUP_TIMEOUT (10 * G_USEC_PER_SEC)
#define VERIFY_TIMEOUT (40 * G_USEC_PER_SEC) /* with the longest penalty */

typedef struct { /* g_rc_box */
    int64_t expires;
    SeloAuthUser *user; /* selo_record_copy() */
} CachedUser;

struct SeloAuthClient {
    SeloRole *role;
    SeloChannel *channel; /* NULL: the auth role is not there now */
    GHashTable *pending;  /* serial → Request */
    GHashTable *cache;    /* name asked for → CachedUser */
    guint64 last_serial;
};

typedef struct {
    SeloAuthClient *client;
    guint64 serial;
    const char *message;
    GVariant *body;
    SeloCall *call; /* a child of the requester's, for its stop */
    SeloDoneFunc done;
    void *data;
    SeloTimer timer;
    SeloDeferred later;
    SeloStatus status; /* of an answer that needed no question */
    const char *text;
    CachedUser *cached;
    char *name; /* to be cached under; NULL: not */
} Request;

static const SeloRecordType *
user_record(void)
{
    static const SeloRecordType *type;

    if (type == NULL)
        type = selo_interface_op(selo_interface_find("authenticator"), "lookup")->reply;
    return type;
}

static void
cached_clear(void *data)
{
    CachedUser *cached = data;

    selo_record_free(user_record(), cached->user);
}

static void
cached_release(void *data)
{
    g_rc_box_release_full(data, cached_clear);
}

SeloAuthClient *
selo_auth_client_new(SeloRole *role)
{
    SeloAuthClient *client = g_new0(SeloAuthClient, 1);

    client->role = role;
    client->pending = g_hash_table_new(g_int64_hash, g_int64_equal);
    client->cache = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, cached_release);
    return client;
}

/* ---- the life of a request ---- */

static void
request_finish(Request *request, SeloStatus status, const char *text, const void *reply)
{
    g_hash_table_remove(request->client->pending, &request->serial);
    selo_timer_disarm(&request->timer);
    selo_loop_undefer(request->client->role->loop, &request->later);
    selo_call_return(request->call, status, NULL, NULL);
    request->done(request->data, status, text, reply);
    selo_call_unref(request->call);
    g_clear_pointer(&request->body, g_variant_unref);
    g_clear_pointer(&request->cached, cached_release);
    g_free(request->name);
    g_free(request);
}

static void
request_finish_later(void *data)
{
    Request *request = data;

    request_finish(request, request->status, request->text,
                   request->cached != NULL ? request->cached->user : NULL);
}

/* For what ends inside a function of the requester. */
static void
request_defer(Request *request, SeloStatus status, const char *text)
{
    request->status = status;
    request->text = text;
    selo_loop_defer(request->client->role->loop, &request->later, request_finish_later, request);
}

static void
request_stopped(SeloCall *call, void *data)
{
    request_defer(data, SELO_CANCELLED, NULL);
}

static void
request_expired(void *data)
{
    request_finish(data, SELO_TIMEOUT, "the auth role did not answer in time", NULL);
}

static Request *
request_new(SeloAuthClient *client, SeloCall *call, int64_t timeout, SeloDoneFunc done, void *data)
{
    const int64_t deadline = selo_call_deadline(call);
    Request *request = g_new0(Request, 1);

    if (deadline != 0)
        timeout = CLAMP(deadline - selo_loop_now(client->role->loop), 1000, timeout);
    request->client = client;
    request->serial = ++client->last_serial;
    request->done = done;
    request->data = data;
    request->call = selo_call_new_child(call, NULL);
    selo_call_on_stop(request->call, request_stopped, request);
    selo_timer_arm(client->role->loop, &request->timer, timeout, request_expired, request);
    g_hash_table_insert(client->pending, &request->serial, request);
    return request;
}

static void
request_send(Request *request)
{
    SeloAuthClient *client = request->client;

    if (client->channel != NULL)
        selo_channel_send(client->channel, request->message, request->body, NULL, 0);
}

/* Takes @body. */
static void
request_ask(Request *request, const char *message, GVariant *body)
{
    request->message = message;
    request->body = g_variant_ref_sink(body);
    if (g_hash_table_size(request->client->pending) > MAX_PENDING)
        request_defer(request, SELO_TEMPORARY, "too many requests wait for the auth role");
    else
        request_send(request);
}

/* ---- the cache of users ---- */

static CachedUser *
cache_find(SeloAuthClient *client, const char *name)
{
    CachedUser *cached = g_hash_table_lookup(client->cache, name);

    if (cached == NULL || selo_loop_now(client->role->loop) < cached->expires)
        return cached;
    g_hash_table_remove(client->cache, name);
    return NULL;
}

static void
cache_add(SeloAuthClient *client, char *name, const SeloAuthUser *user)
{
    const SeloConf *server = selo_snapshot_section(client->role->snapshot, "server", "");
    const int64_t ttl = selo_conf_int(server, "auth-cache-ttl");
    CachedUser *cached;

    if (ttl == 0) {
        g_free(name);
        return;
    }
    if (g_hash_table_size(client->cache) >= MAX_CACHED)
        g_hash_table_remove_all(client->cache);
    cached = g_rc_box_new(CachedUser);
    cached->expires = selo_loop_now(client->role->loop) + ttl;
    cached->user = selo_record_copy(user_record(), user);
    g_hash_table_replace(client->cache, name, cached);
}

/* ---- the channel ---- */

static void
answer_lookup(SeloAuthClient *client, GVariant *body)
{
    SeloAuthAnswer answer;
    SeloAuthUser user;
    Request *request;

    selo_auth_wire_read_user(body, &answer, &user);
    request = g_hash_table_lookup(client->pending, &answer.serial);
    if (request != NULL && answer.status == SELO_OK && request->name != NULL)
        cache_add(client, g_steal_pointer(&request->name), &user);
    if (request != NULL)
        request_finish(request, answer.status, answer.operator_text,
                       answer.status == SELO_OK ? &user : NULL);
    selo_auth_wire_clear_strs(&user.attributes);
}

static void
answer_verify(SeloAuthClient *client, GVariant *body)
{
    SeloAuthAnswer answer;
    SeloAuthIdentity identity;
    Request *request;

    selo_auth_wire_read_identity(body, &answer, &identity);
    request = g_hash_table_lookup(client->pending, &answer.serial);
    if (request != NULL)
        request_finish(request, answer.status, answer.operator_text,
                       answer.status == SELO_OK ? &identity : NULL);
    selo_auth_wire_clear_strs(&identity.attributes);
}

static void
message_received(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
    if (g_str_equal(message, "auth-identity"))
        answer_verify(data, body);
    else if (g_str_equal(message, "auth-user"))
        answer_lookup(data, body);
}

static void
channel_closed(void *data)
{
    SeloAuthClient *client = data;

    g_clear_pointer(&client->channel, selo_channel_free);
}

void
selo_auth_client_connect(SeloAuthClient *client, int fd)
{
    g_autoptr(GList) requests = g_hash_table_get_values(client->pending);

    g_clear_pointer(&client->channel, selo_channel_free);
    client->channel =
        selo_channel_new(client->role->loop, fd, message_received, channel_closed, client);
    for (GList *item = requests; item != NULL; item = item->next) {
        Request *request = item->data;

        if (request->body != NULL && !request->later.is_queued)
            request_send(request);
    }
}

void
selo_auth_client_free(SeloAuthClient *client)
{
    g_autoptr(GList) requests = NULL;

    if (client == NULL)
        return;
    g_clear_pointer(&client->channel, selo_channel_free);
    requests = g_hash_table_get_values(client->pending);
    for (GList *item = requests; item != NULL; item = item->next)
        request_finish(item->data, SELO_CANCELLED, NULL, NULL);
    g_hash_table_unref(client->pending);
    g_hash_table_unref(client->cache);
    g_free(client);
}

/* ---- requests ---- */

void
selo_auth_client_lookup(SeloAuthClient *client, SeloCall *call, const char *auth, SeloStr user,
                        SeloDoneFunc done, void *data)
{
    Request *request = request_new(client, call, LOOKUP_TIMEOUT, done, data);
    g_autofree char *name = g_strndup(user.s, user.len);
    CachedUser *cached = auth == NULL ? cache_find(client, name) : NULL;
    const SeloAuthLookupMessage message = { request->serial, auth != NULL ? auth : "", name,
                                            selo_call_id(call) };

    if (cached != NULL) {
        request->cached = g_rc_box_acquire(cached);
        request_defer(request, SELO_OK, NULL);
        return;
    }
    if (!g_utf8_validate(name, -1, NULL)) {
        request_defer(request, SELO_NOT_FOUND, "name is not UTF-8");
        return;
    }
    request_ask(request, "auth-lookup", selo_auth_wire_lookup(&message));
    if (auth == NULL)
        request->name = g_steal_pointer(&name);
}

void
selo_auth_client_verify(SeloAuthClient *client, SeloCall *call, SeloStrs auths,
                        const SeloAuthLogin *login, SeloDoneFunc done, void *data)
{
    Request *request = request_new(client, call, VERIFY_TIMEOUT, done, data);

    request_ask(request, "auth-verify", selo_auth_wire_verify(request->serial, auths, login));
}
