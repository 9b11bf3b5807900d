/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-plugin.c: the entry: protocol/1 in terms of ImapSession.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-session.h"

static gboolean
plugin_open(const SeloConf *conf, void **out_state, GError **error)
{
    *out_state = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    return TRUE;
}

static void
plugin_close(void *state)
{
    g_hash_table_destroy(state);
}

static gboolean
session_new(void *self, SeloCall *root, SeloStream *stream, void **out_session, GError **error)
{
    *out_session = imap_session_new(self, root, stream);
    return TRUE;
}

static void
session_input(void *session)
{
    imap_session_input(session);
}

static void
session_drained(void *session)
{
    imap_session_drained(session);
}

static void
session_secured(void *session, SeloStatus status, const char *operator_text)
{
    imap_session_secured(session, status);
}

static void
session_expired(void *session)
{
    imap_session_expired(session);
}

static void
session_notice(void *session, SeloStr text)
{
    imap_session_notice(session, text);
}

static void
session_free(void *session)
{
    imap_session_free(session);
}

static size_t
session_refuse(void *self, const char *hostname, char *buffer, size_t size)
{
    int n = g_snprintf(buffer, size, "* BYE [UNAVAILABLE] Too many connections.\r\n");

    return MIN((size_t) n, size);
}

static const SeloProtocolV1 protocol = { .struct_size = sizeof protocol,
                                         .session_new = session_new,
                                         .session_input = session_input,
                                         .session_drained = session_drained,
                                         .session_secured = session_secured,
                                         .session_expired = session_expired,
                                         .session_notice = session_notice,
                                         .session_free = session_free,
                                         .session_refuse = session_refuse };

static const void *
plugin_get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "protocol/1") == 0 ? &protocol : NULL;
}

SELO_PLUGIN_DEFINE("imap", .open = plugin_open, .get = plugin_get, .close = plugin_close)
