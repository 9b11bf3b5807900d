/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-plugin.c: the plugin's entry: hands out its protocol table, one instance a listener.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-listener.h"
#include "plugins/smtp/smtp-session.h"

static const SeloProtocolV1 protocol = {
    .struct_size = sizeof protocol,
    .create = selo_smtp_listener_create,
    .destroy = selo_smtp_listener_destroy,
    .session_new = selo_smtp_session_new,
    .session_input = selo_smtp_session_input,
    .session_secured = selo_smtp_session_secured,
    .session_expired = selo_smtp_session_expired,
    .session_free = selo_smtp_session_free,
    .session_refuse = selo_smtp_session_refuse,
};

static const void *
get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "protocol/1") == 0 ? &protocol : NULL;
}

SELO_PLUGIN_DEFINE("smtp", .get = get)
