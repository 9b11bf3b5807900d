/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-service.c: the auth role's work: takes requests from workers and couriers, asks the
 * authenticators in their order, slows failures, answers. Passwords and what is stored of them are
 * nowhere else.
 *
 * The answer to a failed login is due a fixed time after the request came, however long it took to
 * find out; so an unknown user and a wrong password look the same, and no dummy password has to be
 * computed.
 */
#include "config.h"

#include <string.h>

#include "server/auth/selo-auth-client.h"
#include "server/auth/selo-auth-penalty.h"
#include "server/auth/selo-auth-wire.h"
#include "server/config/selo-snapshot.h"
#include "server/plugin/selo-registry.h"
#include "server/process/selo-channel.h"

#define MAX_REQUESTS 10000

struct SeloAuthService { /* g_rc_box: one reference each request */
    SeloRole *role;
    GQueue links, requests; /* of Link, Request */
    SeloAuthPenalties *penalties;
    gboolean is_closed;
};

typedef struct { /* one client */
    SeloAuthService *service;
    SeloChannel *channel;
} Link;

typedef struct {
    SeloAuthService *service;
    Link *link; /* NULL: the client has gone */
    GList in_service;
    GVariant *body; /* what verify points into */
    guint64 serial;
    gboolean is_lookup;
    SeloAuthVerifyMessage verify;
    SeloCall *call;
    SeloInstance **instances; /* to ask, in order */
    size_t n_instances, next;
    char *user, *other; /* as asked for; what the last instance may call him too, not asked yet */
    int64_t arrived;
    SeloTimer timer;
    GVariant *late; /* the answer that waits for the timer */
} Request;

static void ask_next(Request *request);

/* ---- clients and requests ---- */

static void
service_clear(void *data)
{
    SeloAuthService *service = data;

    selo_auth_penalties_free(service->penalties);
}

static void
request_free(Request *request)
{
    selo_timer_disarm(&request->timer);
    g_queue_unlink(&request->service->requests, &request->in_service);
    if (!request->is_lookup)
        selo_auth_wire_clear_verify(&request->verify);
    selo_call_return(request->call, SELO_OK, NULL, NULL);
    selo_call_unref(request->call);
    g_clear_pointer(&request->late, g_variant_unref);
    g_variant_unref(request->body);
    g_free(request->instances);
    g_free(request->user);
    g_free(request->other);
    g_rc_box_release_full(request->service, service_clear);
    g_free(request);
}

static void
request_send(Request *request, GVariant *answer)
{
    if (request->link != NULL)
        selo_channel_send(request->link->channel,
                          request->is_lookup ? "auth-user" : "auth-identity", answer, NULL, 0);
    else
        g_variant_unref(g_variant_ref_sink(answer));
}

/* What it asked is still found out, for the penalties' sake, and told to nobody. */
static void
link_free(Link *link)
{
    for (GList *item = link->service->requests.head; item != NULL; item = item->next) {
        Request *request = item->data;

        if (request->link == link)
            request->link = NULL;
    }
    selo_channel_free(link->channel);
    g_free(link);
}

static void
client_closed(void *data)
{
    Link *link = data;

    g_queue_remove(&link->service->links, link);
    link_free(link);
}

/* ---- answers ---- */

static GVariant *
make_answer(const Request *request, SeloStatus status, const char *text, const void *reply)
{
    const SeloAuthAnswer answer = { request->serial, status, text != NULL ? text : "" };

    return request->is_lookup ? selo_auth_wire_user(&answer, reply)
                              : selo_auth_wire_identity(&answer, reply);
}

static const char *
client_ip(const Request *request)
{
    return request->verify.login.client_ip.s != NULL ? request->verify.login.client_ip.s : "";
}

static void
penalty_over(void *data)
{
    Request *request = data;

    selo_auth_penalties_answered(request->service->penalties, client_ip(request), request->user);
    request_send(request, request->late);
    request_free(request);
}

static void
answer_late(Request *request, SeloStatus status, const char *text)
{
    SeloLoop *loop = request->service->role->loop;
    const int64_t now = selo_loop_now(loop);
    const int64_t delay = selo_auth_penalties_fail(request->service->penalties, client_ip(request),
                                                   request->user, now);

    request->late = g_variant_ref_sink(make_answer(request, status, text, NULL));
    selo_timer_arm(loop, &request->timer, MAX(request->arrived + delay - now, 1), penalty_over,
                   request);
}

static void
answer(Request *request, SeloStatus status, const char *text, const void *reply)
{
    if (!request->is_lookup && (status == SELO_DENIED || status == SELO_NOT_FOUND)) {
        answer_late(request, status, text);
        return;
    }
    if (!request->is_lookup && status == SELO_OK)
        selo_auth_penalties_forgive(request->service->penalties, request->user);
    request_send(request, make_answer(request, status, text, reply));
    request_free(request);
}

/* ---- asking ---- */

static void
answered(void *data, SeloStatus status, const char *text, const void *reply)
{
    Request *request = data;

    if (request->service->is_closed)
        request_free(request);
    else if (status == SELO_NOT_FOUND)
        ask_next(request);
    else
        answer(request, status, text, reply);
}

/* The settings of [auth]; every instance has them. */
static const SeloConf *
conf_of(const Request *request, SeloInstance *instance)
{
    return selo_snapshot_section(request->service->role->snapshot, "auth",
                                 selo_instance_name(instance));
}

/* How this authenticator is asked first. */
static char *
first_name(const Request *request, SeloInstance *instance)
{
    const char *format = selo_conf_str(conf_of(request, instance), "username-format");
    const char *at = strrchr(request->user, '@');

    return at != NULL && g_str_equal(format, "local-part")
               ? g_strndup(request->user, (gsize) (at - request->user))
               : g_strdup(request->user);
}

/* NAME for NAME@DOMAIN of a domain of ours, NAME@DEFAULT-DOMAIN for NAME; NULL: no other name. */
static char *
other_name(const Request *request, SeloInstance *instance, const char *first)
{
    const char *at = strrchr(first, '@');
    const char *domain = selo_conf_str(conf_of(request, instance), "default-domain");

    if (at == NULL)
        return domain != NULL ? g_strconcat(first, "@", domain, NULL) : NULL;
    if (selo_snapshot_section(request->service->role->snapshot, "domain", at + 1) != NULL)
        return g_strndup(first, (gsize) (at - first));
    return NULL;
}

static void
ask(Request *request, SeloInstance *instance, const char *name)
{
    const SeloStr user = { name, strlen(name) };

    if (request->is_lookup) {
        const SeloAuthUserQuery query = { .struct_size = sizeof query, .limit = 1, .user = user };

        selo_authenticator_lookup(request->call, instance, &query, NULL, answered, request);
    } else {
        request->verify.login.user = user;
        selo_authenticator_verify(request->call, instance, &request->verify.login, NULL, answered,
                                  request);
    }
}

/* The name as given, then the other one, of each instance in turn. */
static void
ask_next(Request *request)
{
    g_autofree char *name = g_steal_pointer(&request->other);

    if (name != NULL) {
        ask(request, request->instances[request->next - 1], name);
    } else if (request->next == request->n_instances) {
        answer(request, SELO_NOT_FOUND, "unknown user", NULL);
    } else {
        SeloInstance *instance = request->instances[request->next++];

        name = first_name(request, instance);
        request->other = other_name(request, instance, name);
        ask(request, instance, name);
    }
}

/* FALSE: one of them does not run, so whoever is in it cannot be told from a stranger. */
static gboolean
pick_instances(Request *request, SeloStrs names)
{
    SeloRegistry *registry = request->service->role->registry;
    SeloInstance *const *all;

    if (names.n == 0) {
        all = selo_registry_all(registry, "authenticator", &request->n_instances);
        request->instances = g_memdup2(all, request->n_instances * sizeof *all);
        return TRUE;
    }
    request->instances = g_new0(SeloInstance *, names.n);
    for (size_t i = 0; i < names.n; i++) {
        SeloInstance *instance = selo_registry_find(registry, "auth", names.v[i].s);

        if (instance == NULL)
            return FALSE;
        request->instances[request->n_instances++] = instance;
    }
    return TRUE;
}

static Request *
request_new(Link *link, GVariant *body, gboolean is_lookup)
{
    Request *request = g_new0(Request, 1);

    request->service = g_rc_box_acquire(link->service);
    request->link = link;
    request->in_service.data = request;
    g_queue_push_tail_link(&link->service->requests, &request->in_service);
    request->body = g_variant_ref(body);
    request->is_lookup = is_lookup;
    request->arrived = selo_loop_now(link->service->role->loop);
    return request;
}

static void
request_begin(Request *request, const char *user, const char *session, SeloStrs auths)
{
    SeloAuthService *service = request->service;

    request->user = g_strdup(user);
    request->call = selo_call_new_root(service->role, session, NULL, NULL, NULL);
    if (service->requests.length > MAX_REQUESTS)
        answer(request, SELO_TEMPORARY, "too many logins at once", NULL);
    else if (!request->is_lookup &&
             !selo_auth_penalties_admit(service->penalties, client_ip(request), user,
                                        request->arrived))
        answer(request, SELO_TEMPORARY, "too many failed logins wait for their answer", NULL);
    else if (!pick_instances(request, auths))
        answer(request, SELO_TEMPORARY, "an authenticator of this listener does not run", NULL);
    else
        ask_next(request);
}

static void
message_received(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
    Request *request;

    if (g_str_equal(message, "auth-verify")) {
        request = request_new(data, body, FALSE);
        selo_auth_wire_read_verify(body, &request->verify);
        request->serial = request->verify.serial;
        request_begin(request,
                      request->verify.login.user.s != NULL ? request->verify.login.user.s : "",
                      request->verify.login.session.s, request->verify.auths);
    } else if (g_str_equal(message, "auth-lookup")) {
        SeloAuthLookupMessage lookup;
        SeloStr name;

        request = request_new(data, body, TRUE);
        selo_auth_wire_read_lookup(body, &lookup);
        request->serial = lookup.serial;
        name = (SeloStr){ lookup.auth, strlen(lookup.auth) };
        request_begin(request, lookup.user, lookup.session,
                      (SeloStrs){ &name, name.len > 0 ? 1 : 0 });
    }
}

/* ---- the service ---- */

SeloAuthService *
selo_auth_service_new(SeloRole *role)
{
    SeloAuthService *service = g_rc_box_new0(SeloAuthService);

    service->role = role;
    g_queue_init(&service->links);
    g_queue_init(&service->requests);
    service->penalties = selo_auth_penalties_new();
    return service;
}

/* Requests whose answer waits end here; those an authenticator has end when it returns. */
void
selo_auth_service_free(SeloAuthService *service)
{
    Link *link;
    GList *next;

    if (service == NULL)
        return;
    service->is_closed = TRUE;
    while ((link = g_queue_pop_head(&service->links)) != NULL)
        link_free(link);
    for (GList *item = service->requests.head; item != NULL; item = next) {
        Request *request = item->data;

        next = item->next;
        if (request->late != NULL)
            request_free(request);
    }
    g_rc_box_release_full(service, service_clear);
}

void
selo_auth_service_add_client(SeloAuthService *service, int fd)
{
    Link *link = g_new0(Link, 1);

    link->service = service;
    link->channel =
        selo_channel_new(service->role->loop, fd, message_received, client_closed, link);
    g_queue_push_tail(&service->links, link);
}
