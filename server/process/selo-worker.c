/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-worker.c: the worker role: listeners with their protocol instances, handed-over sockets,
 * sessions, the link to the auth role. It binds nothing itself, and what it accepts it serves to the
 * end: draining, it closes its sockets only, for the next generation has the same ones.
 */
#include "config.h"

#include <string.h>

#include "server/auth/selo-auth-client.h"
#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/mailbox/selo-home.h"
#include "server/plugin/selo-registry.h"
#include "server/process/selo-worker-private.h"

/* [listener] tls = no | starttls | immediate */
static gboolean
has_tls(const SeloConf *conf)
{
    return strcmp(selo_conf_str(conf, "tls"), "no") != 0;
}

static gboolean
load_tls(SeloWorker *self, const char *listener, GError **error)
{
    const SeloConf *tls = selo_snapshot_section(self->role->snapshot, "tls", "");
    const char *certificate = selo_conf_str(tls, "certificate");
    SeloStr key = selo_conf_secret(tls, "key");

    if (certificate == NULL || key.s == NULL) {
        g_set_error(
            error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
            "[listener %s] has tls, but [tls] certificate or key is not set or cannot be read",
            listener);
        return FALSE;
    }
    self->tls = selo_tls_new(certificate, key, selo_conf_str(tls, "min-version"), error);
    return self->tls != NULL;
}

static gboolean
open_tls(SeloWorker *self, GError **error)
{
    SeloSnapshot *snapshot = self->role->snapshot;
    SeloStrs names = selo_snapshot_names(snapshot, "listener");

    for (size_t i = 0; i < names.n; i++)
        if (has_tls(selo_snapshot_section(snapshot, "listener", names.v[i].s)))
            return load_tls(self, names.v[i].s, error);
    return TRUE;
}

/* Keys are read with the rights the supervisor started with: the mail user cannot. */
static gboolean
worker_open(SeloComponent *component, GError **error)
{
    SeloWorker *self = g_new0(SeloWorker, 1);

    component->state = self;
    self->component = component;
    self->role = &component->role;
    self->listeners = g_ptr_array_new_with_free_func(g_free);
    self->acceptors = g_ptr_array_new_with_free_func((GDestroyNotify) selo_acceptor_free);
    self->addresses = selo_address_counts_new();
    return open_tls(self, error);
}

static void
add_listener(SeloWorker *self, const char *name)
{
    SeloSnapshot *snapshot = self->role->snapshot;
    SeloInstance *instance = selo_registry_find(self->role->registry, "listener", name);
    const SeloConf *conf = selo_snapshot_scoped(
        snapshot, selo_snapshot_section(snapshot, "listener", name), name, NULL, NULL);
    SeloListener *listener;

    if (instance == NULL) { /* its plugin was declined; the registry has said why */
        selo_event(G_LOG_LEVEL_WARNING, "listener-down", NULL, "listener", name, NULL);
        return;
    }
    listener = g_new0(SeloListener, 1);
    listener->worker = self;
    listener->name = name;
    listener->conf = conf;
    listener->table = selo_instance_table(instance);
    listener->self = selo_instance_self(instance);
    listener->stream = (SeloStreamOptions){
        .listener = name,
        .tls = has_tls(conf) ? self->tls : NULL,
        .is_tls_immediate = strcmp(selo_conf_str(conf, "tls"), "immediate") == 0,
        .has_proxy_header = selo_conf_bool(conf, "proxy-protocol"),
        .handshake_timeout = selo_conf_int(conf, "handshake-timeout"),
    };
    listener->login_timeout = selo_conf_int(conf, "login-timeout");
    listener->trusted = selo_conf_list(conf, "trusted-networks");
    listener->max_sessions = (uint32_t) selo_conf_int(conf, "max-sessions");
    listener->max_per_address = (uint32_t) selo_conf_int(conf, "max-sessions-per-address");
    g_ptr_array_add(self->listeners, listener);
}

static gboolean
worker_begin(SeloComponent *component, GError **error)
{
    SeloWorker *self = component->state;
    SeloStrs names = selo_snapshot_names(self->role->snapshot, "listener");

    self->role->auth = selo_auth_client_new(self->role);
    self->role->registry = selo_registry_new(self->role, error);
    if (self->role->registry == NULL)
        return FALSE;
    for (size_t i = 0; i < names.n; i++)
        add_listener(self, names.v[i].s);
    return TRUE;
}

/* ---- messages ---- */

static SeloListener *
find_listener(SeloWorker *self, const char *name)
{
    for (guint i = 0; i < self->listeners->len; i++) {
        SeloListener *listener = self->listeners->pdata[i];

        if (strcmp(listener->name, name) == 0)
            return listener;
    }
    return NULL;
}

/* More may come later: those of a worker that is down. */
static void
take_socket(SeloWorker *self, GVariant *body, int *fd)
{
    SeloAcceptor *acceptor;
    SeloListener *listener;
    const char *name;

    g_variant_get(body, "(&s)", &name);
    listener = find_listener(self, name);
    if (listener == NULL || self->role->is_draining)
        return;
    acceptor = selo_acceptor_new(listener, *fd);
    *fd = -1;
    g_ptr_array_add(self->acceptors, acceptor);
    if (self->is_accepting)
        selo_acceptor_start(acceptor);
}

static void
worker_received(SeloComponent *component, const char *message, GVariant *body, int *fds,
                size_t n_fds)
{
    SeloWorker *self = component->state;

    if (strcmp(message, "socket") == 0)
        take_socket(self, body, &fds[0]);
    else if (strcmp(message, "auth-link") == 0 && self->role->auth != NULL) {
        selo_auth_client_connect(self->role->auth, fds[0]);
        fds[0] = -1;
    } else if (strcmp(message, "start") == 0) {
        self->is_accepting = TRUE;
        for (guint i = 0; i < self->acceptors->len; i++)
            selo_acceptor_start(self->acceptors->pdata[i]);
        selo_component_ready(component);
    }
}

/* ---- the end ---- */

static void
accounts_closed(void *data)
{
    selo_component_ended(data);
}

void
selo_worker_session_ended(SeloWorker *worker)
{
    if (worker->role->is_draining && worker->n_sessions == 0)
        selo_home_close_role(worker->role, accounts_closed, worker->component);
}

static void
worker_drain(SeloComponent *component)
{
    SeloWorker *self = component->state;

    g_ptr_array_set_size(self->acceptors, 0);
    selo_worker_session_ended(self);
}

static void
worker_stop(SeloComponent *component)
{
    SeloWorker *self = component->state;
    SeloSession *next;

    worker_drain(component);
    for (SeloSession *session = self->sessions; session != NULL; session = next) {
        next = selo_session_next(session);
        selo_session_stop(session);
    }
}

static void
worker_abandon(SeloComponent *component)
{
    SeloWorker *self = component->state;

    while (self->sessions != NULL)
        selo_session_abandon(self->sessions);
}

static void
worker_report(SeloComponent *component, GVariantBuilder *status)
{
    SeloWorker *self = component->state;
    GVariantBuilder listeners;

    g_variant_builder_init(&listeners, G_VARIANT_TYPE("a{su}"));
    for (guint i = 0; i < self->listeners->len; i++) {
        SeloListener *listener = self->listeners->pdata[i];

        g_variant_builder_add(&listeners, "{su}", listener->name, listener->n_sessions);
    }
    g_variant_builder_add(status, "{sv}", "sessions", g_variant_new_uint32(self->n_sessions));
    g_variant_builder_add(status, "{sv}", "sessions-begun", g_variant_new_uint64(self->n_begun));
    g_variant_builder_add(status, "{sv}", "connections-refused",
                          g_variant_new_uint64(self->n_refused));
    g_variant_builder_add(status, "{sv}", "listeners", g_variant_builder_end(&listeners));
}

static void
worker_free(SeloComponent *component)
{
    SeloWorker *self = component->state;

    if (self == NULL)
        return;
    g_ptr_array_unref(self->acceptors);
    selo_home_forget_role(self->role);
    g_clear_pointer(&self->role->registry, selo_registry_free);
    g_clear_pointer(&self->role->auth, selo_auth_client_free);
    g_ptr_array_unref(self->listeners);
    g_hash_table_unref(self->addresses);
    if (self->tls != NULL)
        selo_tls_unref(self->tls);
    g_free(self);
}

const SeloRoleWork selo_worker_work = {
    .open = worker_open,
    .begin = worker_begin,
    .received = worker_received,
    .drain = worker_drain,
    .stop = worker_stop,
    .abandon = worker_abandon,
    .report = worker_report,
    .free = worker_free,
};
