/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-compiler-role.c: the compiler as a process: one run, its faults and its snapshot go up the
 * channel, and it ends. It has no loop: it has nobody to serve.
 */
#include "config.h"

#include <signal.h>
#include <unistd.h>

#include "server/config/selo-compiler.h"
#include "server/process/selo-channel.h"
#include "server/process/selo-privileges.h"
#include "server/process/selo-role-main.h"
#include "server/process/selo-spawn.h"

static void
ignore_message(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
}

/* The supervisor has gone, and with it everybody who wants to know. */
static void
orphaned(void *data)
{
    _exit(1);
}

/* What a run says: its faults and warnings, or what is wrong with the installation itself. */
typedef void (*SayFunc)(void *data, const char *line);

static int
compile(const SeloPaths *paths, SayFunc say, void *data)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    int snapshot_fd = selo_compile(paths, &faults, &error);

    for (guint i = 0; faults != NULL && i < faults->len; i++) {
        g_autofree char *line = selo_fault_format(faults->pdata[i]);

        say(data, line);
    }
    if (snapshot_fd < 0)
        say(data, error->message);
    return snapshot_fd;
}

static void
say_to_supervisor(void *data, const char *line)
{
    selo_channel_send(data, "fault", g_variant_new("(s)", line), NULL, 0);
}

int
selo_compiler_role_main(const SeloPaths *paths)
{
    SeloChannel *channel;
    int snapshot_fd;

    signal(SIGINT, SIG_IGN);
    close_range(SELO_ROLE_FD_CHANNEL + 1, ~0u, 0); /* what whoever started the server left open */
    selo_privileges_only_read();
    channel =
        selo_channel_new(selo_loop_get(), SELO_ROLE_FD_CHANNEL, ignore_message, orphaned, NULL);
    snapshot_fd = compile(paths, say_to_supervisor, channel);
    if (snapshot_fd >= 0)
        selo_channel_send(channel, "compiled", g_variant_new("()"), &snapshot_fd, 1);
    selo_channel_flush(channel);
    selo_channel_free(channel);
    return snapshot_fd >= 0 ? 0 : 1;
}

static void
say_to_person(void *data, const char *line)
{
    g_printerr("%s\n", line);
}

int
selo_compiler_check(const SeloPaths *paths)
{
    int snapshot_fd = compile(paths, say_to_person, NULL);

    if (snapshot_fd < 0)
        return 1;
    close(snapshot_fd);
    return 0;
}
