/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-sockets.h: the listening sockets of the server, kept by the supervisor across reloads: one with
 * SO_REUSEPORT for each worker and address. A socket once bound is handed on, never closed while its
 * address is configured: closing one resets the connections that wait on it.
 */
#pragma once

#include <netinet/in.h>

#include <glib.h>

typedef struct SeloSockets SeloSockets;

#define SELO_SOCKETS_ERROR selo_sockets_error_quark()
GQuark selo_sockets_error_quark(void);
typedef enum {
    SELO_SOCKETS_ERROR_ADDRESS, /* not an address with a port */
    SELO_SOCKETS_ERROR_BIND     /* in use, or no right */
} SeloSocketsError;

/* Also takes what the service manager bound (LISTEN_FDS). */
SeloSockets *selo_sockets_new(void);
void selo_sockets_free(SeloSockets *sockets);
/* Has @n_workers sockets for "*:25", "192.0.2.1:25" or "[::1]:25". */
gboolean selo_sockets_open(SeloSockets *sockets, const char *address, guint n_workers,
                           GError **error);
/* The sockets of @address for worker @index of @n_workers; calls @use for each. */
typedef void (*SeloSocketFunc)(void *data, int fd);
void selo_sockets_for_worker(SeloSockets *sockets, const char *address, guint index,
                             guint n_workers, SeloSocketFunc use, void *data);
/* After all addresses of new settings were opened: accepted, the sockets of other addresses are closed;
 * else those that are new. */
void selo_sockets_settle(SeloSockets *sockets, gboolean is_accepted);

/* "*:25" is any address of both families. */
gboolean selo_sockets_parse_address(const char *text, struct sockaddr_in6 *out_address,
                                    gboolean *out_is_v4, GError **error);
