/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-channel.c: sends and receives packets over one end of a SOCK_SEQPACKET pair, in the loop.
 *
 * A packet is the GVariant (sv): name and body. Both sides check it against the one table of messages:
 * a role that was taken over by an intruder can say nothing that is not in it. D-Bus lost: it brings a
 * handshake, names and a second loop for what is a datagram here.
 */
#include "config.h"

#include "server/process/selo-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/selo-event.h"
#include "server/process/selo-channel-messages.h"

#define MAX_QUEUED 1024 /* packets that wait for a peer who is slow */

typedef struct {
    GBytes *octets;
    int fds[SELO_CHANNEL_MAX_FDS];
    size_t n_fds;
} Packet;

struct SeloChannel {
    SeloLoop *loop;
    SeloWatch *watch;
    int fd;
    gboolean is_mute; /* the peer reads no more; what it said before may still come */
    SeloChannelFunc received;
    void (*closed)(void *data);
    void *data;
    GQueue queue; /* of Packet */
    SeloDeferred closing;
};

static void channel_ready(void *data, uint32_t events);

static void
close_fds(int *fds, size_t n_fds)
{
    for (size_t i = 0; i < n_fds; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

/* Our own octets, after their last use: a packet may hold a password. */
static void
wipe(GBytes *octets)
{
    gsize size;
    const void *start = g_bytes_get_data(octets, &size);

    explicit_bzero((void *) start, size);
}

static void
packet_free(Packet *packet)
{
    wipe(packet->octets);
    g_bytes_unref(packet->octets);
    close_fds(packet->fds, packet->n_fds);
    g_free(packet);
}

static void
drop_queue(SeloChannel *channel)
{
    Packet *packet;

    while ((packet = g_queue_pop_head(&channel->queue)) != NULL)
        packet_free(packet);
}

SeloChannel *
selo_channel_new(SeloLoop *loop, int fd, SeloChannelFunc received, void (*closed)(void *data),
                 void *data)
{
    SeloChannel *channel = g_new0(SeloChannel, 1);

    channel->loop = loop;
    channel->fd = fd;
    channel->received = received;
    channel->closed = closed;
    channel->data = data;
    g_queue_init(&channel->queue);
    channel->watch = selo_loop_watch(loop, fd, EPOLLIN, channel_ready, channel);
    return channel;
}

void
selo_channel_free(SeloChannel *channel)
{
    if (channel == NULL)
        return;
    selo_loop_undefer(channel->loop, &channel->closing);
    g_clear_pointer(&channel->watch, selo_watch_remove);
    drop_queue(channel);
    close(channel->fd);
    g_free(channel);
}

static void
tell_closed(void *data)
{
    SeloChannel *channel = data;

    channel->closed(channel->data);
}

/* Nothing more can be sent. The end of the other direction follows, and tells. */
static void
fall_mute(SeloChannel *channel)
{
    channel->is_mute = TRUE;
    drop_queue(channel);
    selo_watch_modify(channel->watch, EPOLLIN);
}

/* The owner hears of it later in this turn, never inside a function it called. */
static void
break_off(SeloChannel *channel)
{
    channel->is_mute = TRUE;
    g_clear_pointer(&channel->watch, selo_watch_remove);
    drop_queue(channel);
    selo_loop_defer(channel->loop, &channel->closing, tell_closed, channel);
}

static const SeloMessageType *
find_type(const char *message)
{
    for (size_t i = 0; i < G_N_ELEMENTS(selo_message_types); i++)
        if (strcmp(selo_message_types[i].name, message) == 0)
            return &selo_message_types[i];
    return NULL;
}

/* The check of both directions; says in the log what was wrong. */
static gboolean
is_in_table(const char *message, GVariant *body, size_t n_fds, const char *direction)
{
    const SeloMessageType *type = find_type(message);
    const char *fault = NULL;

    if (type == NULL)
        fault = "no such message";
    else if (!g_variant_is_of_type(body, (const GVariantType *) type->signature))
        fault = "another body";
    else if (type->n_fds != n_fds)
        fault = "another number of descriptors";
    if (fault != NULL)
        selo_event(G_LOG_LEVEL_WARNING, "message-refused", NULL, "direction", direction, "message",
                   message, "fault", fault, NULL);
    return fault == NULL;
}

/* ---- sending ---- */

/* TRUE: gone into the socket, or the channel is mute now. FALSE: no room. */
static gboolean
send_packet(SeloChannel *channel, const void *octets, size_t size, const int *fds, size_t n_fds)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * SELO_CHANNEL_MAX_FDS)] = { 0 };
    struct iovec part = { .iov_base = (void *) octets, .iov_len = size };
    struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
    ssize_t n;

    if (n_fds > 0) {
        struct cmsghdr *cmsg;

        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        cmsg = (struct cmsghdr *) control;
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
        memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n_fds);
    }
    do
        n = sendmsg(channel->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETOOMANYREFS))
        return FALSE;
    if (n < 0)
        fall_mute(channel);
    return TRUE;
}

static void
enqueue(SeloChannel *channel, GBytes *octets, const int *fds, size_t n_fds)
{
    Packet *packet = g_new0(Packet, 1);

    packet->octets = octets;
    for (size_t i = 0; i < n_fds; i++)
        packet->fds[packet->n_fds++] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
    g_queue_push_tail(&channel->queue, packet);
    if (channel->queue.length == 1)
        selo_watch_modify(channel->watch, EPOLLIN | EPOLLOUT);
}

gboolean
selo_channel_send(SeloChannel *channel, const char *message, GVariant *body, const int *fds,
                  size_t n_fds)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(body);
    g_autoptr(GVariant) packet = NULL;
    g_autoptr(GBytes) octets = NULL;

    g_return_val_if_fail(n_fds <= SELO_CHANNEL_MAX_FDS, FALSE);
    if (channel->is_mute || channel->queue.length >= MAX_QUEUED)
        return FALSE;
    if (!is_in_table(message, owned, n_fds, "sent"))
        return FALSE;
    packet = g_variant_ref_sink(g_variant_new("(sv)", message, owned));
    octets = g_variant_get_data_as_bytes(packet);
    if (g_bytes_get_size(octets) > SELO_CHANNEL_MAX_PACKET) {
        selo_event(G_LOG_LEVEL_WARNING, "message-refused", NULL, "direction", "sent", "message",
                   message, "fault", "too long", NULL);
        return FALSE;
    }
    if (channel->queue.length > 0 ||
        !send_packet(channel, g_bytes_get_data(octets, NULL), g_bytes_get_size(octets), fds, n_fds))
        enqueue(channel, g_steal_pointer(&octets), fds, n_fds);
    else
        wipe(octets);
    return !channel->is_mute;
}

static void
flush_queue(SeloChannel *channel)
{
    while (!channel->is_mute && channel->queue.length > 0) {
        Packet *packet = g_queue_peek_head(&channel->queue);
        size_t size;
        const void *octets = g_bytes_get_data(packet->octets, &size);

        if (!send_packet(channel, octets, size, packet->fds, packet->n_fds))
            return;
        if (!channel->is_mute) /* fall_mute() has emptied the queue */
            packet_free(g_queue_pop_head(&channel->queue));
    }
    if (!channel->is_mute)
        selo_watch_modify(channel->watch, EPOLLIN);
}

void
selo_channel_flush(SeloChannel *channel)
{
    struct pollfd room = { .fd = channel->fd, .events = POLLOUT };

    while (!channel->is_mute && channel->queue.length > 0) {
        poll(&room, 1, -1);
        flush_queue(channel);
    }
}

/* ---- receiving ---- */

/* Moves out what the kernel installed, even if it was too many: none may leak. */
static size_t
take_fds(struct msghdr *header, int fds[SELO_CHANNEL_MAX_FDS])
{
    size_t n = 0;

    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg != NULL;
         cmsg = CMSG_NXTHDR(header, cmsg)) {
        size_t n_here = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n_here; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof fd);
            if (n < SELO_CHANNEL_MAX_FDS)
                fds[n++] = fd;
            else
                close(fd);
        }
    }
    return n;
}

static void
handle_packet(SeloChannel *channel, const void *octets, size_t size, int *fds, size_t n_fds)
{
    g_autoptr(GBytes) bytes = g_bytes_new(octets, size);
    g_autoptr(GVariant) packet =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE("(sv)"), bytes, FALSE));
    g_autoptr(GVariant) body = NULL;
    const char *message;

    if (!g_variant_is_normal_form(packet)) {
        selo_event(G_LOG_LEVEL_WARNING, "message-refused", NULL, "direction", "received", "fault",
                   "malformed", NULL);
        return;
    }
    g_variant_get(packet, "(&sv)", &message, &body);
    if (is_in_table(message, body, n_fds, "received"))
        channel->received(channel->data, message, body, fds, n_fds);
}

/* The last that happens in a turn: the callback may free the channel. */
static void
receive_packet(SeloChannel *channel)
{
    /* Of the loop's thread only, and free again before a callback runs: handle_packet() copies. */
    static _Alignas(8) char octets[SELO_CHANNEL_MAX_PACKET];
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * SELO_CHANNEL_MAX_FDS)];
    struct iovec part = { .iov_base = octets, .iov_len = sizeof octets };
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    int fds[SELO_CHANNEL_MAX_FDS] = { -1, -1, -1, -1 };
    size_t n_fds;
    ssize_t n = recvmsg(channel->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    /* ECONNRESET is told once, before what the peer sent before it went */
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNRESET))
        return;
    if (n <= 0) {
        break_off(channel);
        return;
    }
    n_fds = take_fds(&header, fds);
    if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
        selo_event(G_LOG_LEVEL_WARNING, "message-refused", NULL, "direction", "received", "fault",
                   "too long", NULL);
    else
        handle_packet(channel, octets, (size_t) n, fds, n_fds);
    explicit_bzero(octets, (size_t) n);
    close_fds(fds, n_fds);
}

/* One packet a turn: others get theirs, and no call is spent on hearing that there is no more. */
static void
channel_ready(void *data, uint32_t events)
{
    SeloChannel *channel = data;

    if ((events & EPOLLOUT) && !channel->is_mute)
        flush_queue(channel);
    if (events & ~(uint32_t) EPOLLOUT)
        receive_packet(channel);
}

gboolean
selo_channel_pair(int out_ends[2], GError **error)
{
    int ends[2], saved;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        saved = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved),
                    "cannot make a socket pair: %s", g_strerror(saved));
        return FALSE;
    }
    out_ends[0] = ends[0];
    out_ends[1] = ends[1];
    return TRUE;
}
