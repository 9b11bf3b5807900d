/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-role-main.c: main() of a role: signals, log, component, privileges, loop. The supervisor speaks
 * by the channel; of signals only SIGTERM counts, for service managers send it to all processes.
 */
#include "config.h"

#include "server/process/selo-role-main.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/process/selo-component.h"
#include "server/process/selo-privileges.h"
#include "server/process/selo-spawn.h"

typedef struct {
    SeloComponent *component;
    int signal_fd;
} RoleProcess;

static void
signal_ready(void *data, uint32_t events)
{
    RoleProcess *process = data;
    struct signalfd_siginfo info;

    if (read(process->signal_fd, &info, sizeof info) == sizeof info)
        selo_component_stop(process->component);
}

/* Ctrl-C reaches every process of the terminal; only the supervisor acts on it. */
static void
set_signals(RoleProcess *process)
{
    sigset_t term;

    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    process->signal_fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
component_ended(void *data)
{
    RoleProcess *process = data;

    selo_loop_quit(process->component->role.loop);
}

static gboolean
set_up(RoleProcess *process, const SeloComponentOptions *options, GError **error)
{
    const SeloConf *server;

    process->component = selo_component_new(options, error);
    if (process->component == NULL)
        return FALSE;
    server = selo_snapshot_section(process->component->role.snapshot, "server", "");
    return selo_privileges_drop(selo_role_user(options->kind, server), error);
}

static int
run(RoleProcess *process)
{
    SeloLoop *loop = process->component->role.loop;
    SeloWatch *watch = selo_loop_watch(loop, process->signal_fd, EPOLLIN, signal_ready, process);
    int status;

    selo_component_begin(process->component);
    selo_loop_run(loop);
    selo_watch_remove(watch);
    status = process->component->is_failed ? 1 : 0;
    if (process->component->is_abandoned) /* work that will not end may still use all of it */
        _exit(status);
    selo_component_free(process->component);
    return status;
}

int
selo_role_main(const SeloPaths *paths, const SeloRoleArguments *arguments)
{
    RoleProcess process = { 0 };
    SeloComponentOptions options = {
        .index = (uint32_t) arguments->index,
        .generation = (uint32_t) arguments->generation,
        .id = arguments->id,
        .paths = paths,
        .channel_fd = SELO_ROLE_FD_CHANNEL,
        .snapshot_fd = SELO_ROLE_FD_SNAPSHOT,
        .ended = component_ended,
        .data = &process,
    };
    GLogLevelFlags level = G_LOG_LEVEL_INFO;
    g_autoptr(GError) error = NULL;

    if (!selo_role_parse_kind(arguments->role, &options.kind) ||
        selo_role_type(options.kind)->work == NULL) {
        g_printerr("selod: %s: no such role\n", arguments->role);
        return 2;
    }
    close_range(SELO_ROLE_FD_LOG + 1, ~0u, 0); /* what whoever started the server left open */
    umask(0077);
    set_signals(&process);
    selo_event_parse_level(arguments->log_level, &level);
    selo_event_start(arguments->role, SELO_ROLE_FD_LOG, level);
    if (!set_up(&process, &options, &error)) {
        selo_event(G_LOG_LEVEL_CRITICAL, "role-failed", NULL, "reason", error->message, NULL);
        return 1;
    }
    return run(&process);
}
