/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-acceptor.c: accepts connections on one listening socket. One each turn of the loop: a flood of
 * new clients cannot starve those who are being served, and no call is spent on hearing that there is
 * none left. With no descriptors left it waits instead of spinning on a socket that stays readable.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/selo-event.h"
#include "server/process/selo-worker-private.h"

#define PAUSE_USEC (100 * 1000) /* with no descriptors or memory left */

struct SeloAcceptor {
    SeloListener *listener;
    int fd;
    SeloWatch *watch; /* NULL = not accepting now */
    SeloTimer pause;
};

static void
set_address(const struct sockaddr_storage *peer, uint8_t ip[16])
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

    memset(ip, 0, 16);
    if (peer->ss_family == AF_INET6)
        memcpy(ip, &((const struct sockaddr_in6 *) peer)->sin6_addr, 16);
    else if (peer->ss_family == AF_INET) {
        memcpy(ip, mapped, 12);
        memcpy(ip + 12, &((const struct sockaddr_in *) peer)->sin_addr, 4);
    }
}

static void
pause_over(void *data)
{
    selo_acceptor_start(data);
}

static void
pause_accepting(SeloAcceptor *acceptor, int error)
{
    selo_event(G_LOG_LEVEL_WARNING, "accept-failed", NULL, "listener", acceptor->listener->name,
               "reason", g_strerror(error), NULL);
    g_clear_pointer(&acceptor->watch, selo_watch_remove);
    selo_timer_arm(acceptor->listener->worker->role->loop, &acceptor->pause, PAUSE_USEC, pause_over,
                   acceptor);
}

static void
socket_ready(void *data, uint32_t events)
{
    SeloAcceptor *acceptor = data;
    struct sockaddr_storage peer = { .ss_family = AF_UNSPEC };
    socklen_t size = sizeof peer;
    uint8_t ip[16];
    int fd = accept4(acceptor->fd, (struct sockaddr *) &peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        set_address(&peer, ip);
        selo_session_accept(acceptor->listener, fd, ip);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        pause_accepting(acceptor, errno);
    /* else another worker was faster, or the connection failed before it was accepted (accept(2)) */
}

SeloAcceptor *
selo_acceptor_new(SeloListener *listener, int fd)
{
    SeloAcceptor *acceptor = g_new0(SeloAcceptor, 1);

    acceptor->listener = listener;
    acceptor->fd = fd;
    return acceptor;
}

void
selo_acceptor_start(SeloAcceptor *acceptor)
{
    if (acceptor->watch ==
        NULL) /* exclusive: a socket may be shared by workers (socket activation) */
        acceptor->watch = selo_loop_watch(acceptor->listener->worker->role->loop, acceptor->fd,
                                          EPOLLIN | EPOLLEXCLUSIVE, socket_ready, acceptor);
}

void
selo_acceptor_free(SeloAcceptor *acceptor)
{
    g_clear_pointer(&acceptor->watch, selo_watch_remove);
    selo_timer_disarm(&acceptor->pause);
    close(acceptor->fd);
    g_free(acceptor);
}
