/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-component.c: what all roles have in common: the messages about their life, the two deadlines of
 * an orderly end (drain-timeout, then a few seconds), their report.
 */
#include "config.h"

#include "server/process/selo-component.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "api/lib/selo-blob-private.h"
#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/plugin/selo-registry.h"

#define STOP_USEC (5 * G_USEC_PER_SEC) /* for sessions to say goodbye */

static void
tell_ended(void *data)
{
    SeloComponent *component = data;

    component->ended(component->data);
}

void
selo_component_ended(SeloComponent *component)
{
    if (component->has_ended)
        return;
    component->has_ended = TRUE;
    selo_timer_disarm(&component->deadline);
    selo_loop_defer(component->role.loop, &component->ending, tell_ended, component);
}

void
selo_component_ready(SeloComponent *component)
{
    selo_channel_send(component->role.supervisor, "ready", g_variant_new("()"), NULL, 0);
}

static void
stop_expired(void *data)
{
    SeloComponent *component = data;

    selo_event(G_LOG_LEVEL_WARNING, "stop-incomplete", NULL, "reason",
               "sessions did not end in time", NULL);
    component->is_abandoned = TRUE;
    if (component->work->abandon != NULL)
        component->work->abandon(component);
    selo_component_ended(component);
}

void
selo_component_stop(SeloComponent *component)
{
    if (component->is_stopping)
        return;
    component->is_stopping = TRUE;
    component->role.is_draining = TRUE;
    selo_timer_arm(component->role.loop, &component->deadline, STOP_USEC, stop_expired, component);
    component->work->stop(component);
}

static void
drain_expired(void *data)
{
    selo_component_stop(data);
}

static void
drain(SeloComponent *component)
{
    const SeloConf *server = selo_snapshot_section(component->role.snapshot, "server", "");

    if (component->role.is_draining)
        return;
    component->role.is_draining = TRUE;
    selo_timer_arm(component->role.loop, &component->deadline,
                   selo_conf_int(server, "drain-timeout"), drain_expired, component);
    component->work->drain(component);
}

static GVariant *
report_instance(const char *interface, SeloInstance *instance)
{
    SeloInstanceCounts counts;
    GVariantDict row;

    selo_instance_counts(instance, &counts);
    g_variant_dict_init(&row, NULL);
    g_variant_dict_insert(&row, "interface", "s", interface);
    g_variant_dict_insert(&row, "name", "s", selo_instance_name(instance));
    g_variant_dict_insert(&row, "calls", "t", counts.calls);
    g_variant_dict_insert(&row, "failures", "t", counts.failures);
    g_variant_dict_insert(&row, "timeouts", "t", counts.timeouts);
    g_variant_dict_insert(&row, "refused", "t", counts.refused);
    g_variant_dict_insert(&row, "in-flight", "u", counts.in_flight);
    g_variant_dict_insert(&row, "given-up", "b", counts.is_breaker_open);
    return g_variant_dict_end(&row);
}

static void
report_instances(SeloComponent *component, GVariantBuilder *status)
{
    static const char *const interfaces[] = { "store",  "authenticator", "table",
                                              "filter", "transport",     "observer" };
    GVariantBuilder rows;

    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++) {
        size_t n;
        SeloInstance *const *all = selo_registry_all(component->role.registry, interfaces[i], &n);

        for (size_t k = 0; k < n; k++)
            g_variant_builder_add_value(&rows, report_instance(interfaces[i], all[k]));
    }
    g_variant_builder_add(status, "{sv}", "instances", g_variant_builder_end(&rows));
}

static void
report(SeloComponent *component, guint32 serial)
{
    GVariantBuilder status;

    g_variant_builder_init(&status, G_VARIANT_TYPE("a{sv}"));
    if (component->work->report != NULL)
        component->work->report(component, &status);
    if (component->role.registry != NULL)
        report_instances(component, &status);
    selo_channel_send(component->role.supervisor, "status-reply",
                      g_variant_new("(ua{sv})", serial, &status), NULL, 0);
}

static void
set_level(GVariant *body)
{
    GLogLevelFlags level;
    const char *name;

    g_variant_get(body, "(&s)", &name);
    if (selo_event_parse_level(name, &level))
        selo_event_set_level(level);
}

/* The new log takes the place of the old one at its number: writers never see a closed descriptor. */
static void
take_log(SeloComponent *component, int fd)
{
    if (!component->is_single)
        dup3(fd, selo_event_fd(), O_CLOEXEC);
}

static void
component_received(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
    SeloComponent *component = data;

    if (strcmp(message, "drain") == 0)
        drain(component);
    else if (strcmp(message, "stop") == 0)
        selo_component_stop(component);
    else if (strcmp(message, "status") == 0) {
        guint32 serial;

        g_variant_get(body, "(u)", &serial);
        report(component, serial);
    } else if (strcmp(message, "log") == 0)
        take_log(component, fds[0]);
    else if (strcmp(message, "log-level") == 0)
        set_level(body);
    else if (!component->is_failed)
        component->work->received(component, message, body, fds, n_fds);
}

/* The supervisor has gone: nobody would restart or reload this role. */
static void
component_orphaned(void *data)
{
    SeloComponent *component = data;

    if (component->is_failed)
        selo_component_ended(component);
    else
        selo_component_stop(component);
}

static void
set_names(SeloComponent *component)
{
    const SeloConf *server = selo_snapshot_section(component->role.snapshot, "server", "");
    const char *hostname = selo_conf_str(server, "hostname"),
               *temp_dir = selo_conf_str(server, "temp-dir");

    component->role.hostname = hostname != NULL ? hostname : g_get_host_name();
    component->temp_dir = temp_dir != NULL
                              ? g_strdup(temp_dir)
                              : g_build_filename(component->paths->spool_dir, "tmp", NULL);
    component->role.temp_dir = component->temp_dir;
    selo_blob_set_temp_dir(component->temp_dir);
}

SeloComponent *
selo_component_new(const SeloComponentOptions *options, GError **error)
{
    SeloComponent *component = g_new0(SeloComponent, 1);
    SeloRole *role = &component->role;

    component->work = selo_role_type(options->kind)->work;
    component->paths = options->paths;
    component->id = g_strdup(options->id);
    component->is_single = options->is_single;
    component->ended = options->ended;
    component->data = options->data;
    role->kind = options->kind;
    role->index = options->index;
    role->generation = options->generation;
    role->loop = selo_loop_get();
    role->supervisor = selo_channel_new(role->loop, options->channel_fd, component_received,
                                        component_orphaned, component);
    role->snapshot = selo_snapshot_open(options->snapshot_fd, error);
    if (role->snapshot != NULL)
        set_names(component);
    if (role->snapshot == NULL ||
        (component->work->open != NULL && !component->work->open(component, error)))
        g_clear_pointer(&component, selo_component_free);
    return component;
}

void
selo_component_begin(SeloComponent *component)
{
    g_autoptr(GError) error = NULL;

    if (component->work->begin(component, &error)) {
        if (component->role.registry != NULL)
            selo_registry_start(component->role.registry);
        return;
    }
    component->is_failed = TRUE;
    selo_channel_send(component->role.supervisor, "failed", g_variant_new("(s)", error->message),
                      NULL, 0);
    selo_component_ended(component);
}

void
selo_component_free(SeloComponent *component)
{
    if (component == NULL)
        return;
    selo_timer_disarm(&component->deadline);
    selo_loop_undefer(component->role.loop, &component->ending);
    component->work->free(component);
    selo_channel_free(component->role.supervisor);
    if (component->role.snapshot != NULL)
        selo_snapshot_unref(component->role.snapshot);
    g_free(component->id);
    g_free(component->temp_dir);
    g_free(component);
}
