/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-connect.c: blocking connections for plugins that run on threads, and services of the core by
 * name. The socket's own time-outs keep the deadline; nothing here polls.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gio.h>

#include "api/lib/selo-call-struct.h"

/* No service is there yet: "dns/1" comes with the resolver. */
SeloInstance *
selo_service(const char *name)
{
    return NULL;
}

/* Connecting counts as writing. FALSE: the deadline has passed. */
static gboolean
set_time_out(int fd, int64_t deadline)
{
    int64_t left = deadline - g_get_monotonic_time();
    struct timeval time = { .tv_sec = left / G_USEC_PER_SEC, .tv_usec = left % G_USEC_PER_SEC };

    if (deadline == 0)
        return TRUE;
    if (left <= 0) {
        errno = ETIMEDOUT;
        return FALSE;
    }
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0;
}

/* A descriptor, or -1 with errno. */
static int
connect_address(const struct sockaddr *address, socklen_t size, int64_t deadline)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), failure;

    if (fd < 0)
        return -1;
    if (set_time_out(fd, deadline) && connect(fd, address, size) == 0 && set_time_out(fd, deadline))
        return fd;
    failure = errno == EINPROGRESS || errno == EAGAIN ? ETIMEDOUT : errno;
    close(fd);
    errno = failure;
    return -1;
}

static int
connect_unix(const char *path, int64_t deadline)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    return connect_address((struct sockaddr *) &address, sizeof address, deadline);
}

static int
connect_host(const char *endpoint, int64_t deadline, GError **error)
{
    static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    const char *colon = strrchr(endpoint, ':');
    g_autofree char *host = NULL;
    struct addrinfo *found = NULL;
    size_t len;
    int fd = -1, result;

    if (colon == NULL || colon == endpoint) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "endpoint %s: expected HOST:PORT, [ADDRESS]:PORT or unix:PATH", endpoint);
        return -1;
    }
    len = (size_t) (colon - endpoint);
    host = len > 2 && endpoint[0] == '[' && endpoint[len - 1] == ']'
               ? g_strndup(endpoint + 1, len - 2)
               : g_strndup(endpoint, len);
    result = getaddrinfo(host, colon + 1, &hints, &found);
    if (result != 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND, "endpoint %s: %s", endpoint,
                    gai_strerror(result));
        return -1;
    }
    errno = ENOENT;
    for (struct addrinfo *one = found; one != NULL && fd < 0; one = one->ai_next)
        fd = connect_address(one->ai_addr, one->ai_addrlen, deadline);
    result = errno;
    freeaddrinfo(found);
    errno = result;
    return fd;
}

int
selo_connect(SeloCall *call, const char *endpoint, GError **error)
{
    int64_t deadline = selo_call_deadline(call);
    GError *failure = NULL;
    int fd;

    if (g_str_has_prefix(endpoint, "unix:"))
        fd = connect_unix(endpoint + strlen("unix:"), deadline);
    else
        fd = connect_host(endpoint, deadline, &failure);
    if (failure != NULL)
        g_propagate_error(error, failure);
    else if (fd < 0)
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "endpoint %s: %s", endpoint,
                    g_strerror(errno));
    return fd;
}
