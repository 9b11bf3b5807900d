/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-notify.c: one datagram a message. libsystemd lost: the protocol is stable and three lines, and
 * the library would bring five others into every role.
 */
#include "config.h"

#include "server/process/selo-notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
notify(const char *text)
{
    const char *path = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (path[0] == '@') /* abstract */
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *) &address,
           (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(path)));
    close(fd);
}

void
selo_notify_ready(void)
{
    notify("READY=1");
}

void
selo_notify_reloading(void)
{
    g_autofree char *text =
        g_strdup_printf("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());

    notify(text);
}

void
selo_notify_stopping(void)
{
    notify("STOPPING=1");
}

void
selo_notify_alive(void)
{
    notify("WATCHDOG=1");
}

gint64
selo_notify_watchdog_usec(void)
{
    const char *usec = g_getenv("WATCHDOG_USEC"), *pid = g_getenv("WATCHDOG_PID");

    if (usec == NULL || (pid != NULL && g_ascii_strtoull(pid, NULL, 10) != (guint64) getpid()))
        return 0;
    return (gint64) (g_ascii_strtoull(usec, NULL, 10) / 2);
}
