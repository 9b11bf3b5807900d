/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-channel.h: messages between roles: one GVariant a packet over a SOCK_SEQPACKET pair, with
 * descriptors beside it. selo-channel-messages.h has the table of all messages.
 */
#pragma once

#include <glib.h>

#include "api/lib/selo-loop.h"

typedef struct SeloChannel SeloChannel;

#define SELO_CHANNEL_MAX_PACKET (64u << 10)
#define SELO_CHANNEL_MAX_FDS    4

/* @body: borrowed; @fds: owned by the callback if it sets the entry to -1, else closed after it. */
typedef void (*SeloChannelFunc)(void *data, const char *message, GVariant *body, int *fds,
                                size_t n_fds);

/* Takes @fd. @closed: the other end has gone. Both run in the loop. */
SeloChannel *selo_channel_new(SeloLoop *loop, int fd, SeloChannelFunc received,
                              void (*closed)(void *data), void *data);
void selo_channel_free(SeloChannel *channel);
/* @body: floating is sunk. Queued while the socket is full, at most 1024 packets; FALSE: the peer is
 * gone or too far behind. @fds are duplicated. */
gboolean selo_channel_send(SeloChannel *channel, const char *message, GVariant *body,
                           const int *fds, size_t n_fds);
/* Waits until all that is queued is sent or the peer is gone: for a process about to end. */
void selo_channel_flush(SeloChannel *channel);
/* A pair of connected ends, close-on-exec. */
gboolean selo_channel_pair(int out_ends[2], GError **error);
