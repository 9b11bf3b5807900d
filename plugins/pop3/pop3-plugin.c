/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-plugin.c: the plugin's entry: listeners with their settings, and the protocol table.
 */
#include "config.h"

#include <string.h>

#include "plugins/pop3/pop3-session.h"

static void
listener_destroy(void *self)
{
    Pop3Listener *listener = self;

    pop3_uidl_format_free(listener->uidl);
    g_free(listener);
}

static gboolean
listener_create(void *state, const char *instance, const SeloConf *conf, void **out_self,
                GError **error)
{
    Pop3UidlFormat *uidl = pop3_uidl_format_new(selo_conf_str(conf, "uidl-format"), error);
    Pop3Listener *listener;

    if (uidl == NULL)
        return FALSE;
    listener = g_new0(Pop3Listener, 1);
    listener->uidl = uidl;
    listener->idle_timeout = selo_conf_int(conf, "idle-timeout");
    listener->max_errors = (uint32_t) selo_conf_int(conf, "max-errors");
    listener->max_failures = (uint32_t) selo_conf_int(conf, "max-failed-logins");
    listener->updates_flags = selo_conf_bool(conf, "flag-updates");
    *out_self = listener;
    return TRUE;
}

static const SeloProtocolV1 protocol = {
    .struct_size = sizeof protocol,
    .create = listener_create,
    .destroy = listener_destroy,
    .session_new = pop3_session_new,
    .session_input = pop3_session_input,
    .session_drained = pop3_session_drained,
    .session_secured = pop3_session_secured,
    .session_expired = pop3_session_expired,
    .session_free = pop3_session_free,
};

static const void *
pop3_get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "protocol/1") == 0 ? &protocol : NULL;
}

SELO_PLUGIN_DEFINE("pop3", .get = pop3_get)
