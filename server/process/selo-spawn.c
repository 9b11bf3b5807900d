/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-spawn.c: fork and exec of our own program. A role is a fresh image: its own address layout, none
 * of the supervisor's memory. fork() without exec lost on that. It is found by name, not run through
 * /proc/self/exe: after an upgrade a new generation is the new program.
 */
#include "config.h"

#include "server/process/selo-spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#define FIRST_FD  3
#define SAFE_FD   64 /* sources are moved here first: none may lie on another one's target */
#define MAX_WORDS 16

static void
set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, defaults;

    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &defaults);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* Where this program was started from; what replaced it, if it has been replaced since. */
static char *
find_program(GError **error)
{
    char *program = g_file_read_link("/proc/self/exe", error);

    if (program != NULL && g_str_has_suffix(program, " (deleted)"))
        program[strlen(program) - strlen(" (deleted)")] = '\0';
    return program;
}

gboolean
selo_spawn(const char *const *arguments, const int *fds, size_t n_fds, pid_t *out_pid,
           GError **error)
{
    const char *argv[MAX_WORDS + 2] = { "selod" };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int moved[SELO_ROLE_MAX_FDS];
    g_autofree char *program = find_program(error);
    int failure = 0;

    if (program == NULL)
        return FALSE;
    for (size_t i = 0; arguments[i] != NULL; i++) {
        g_assert(i < MAX_WORDS);
        argv[i + 1] = arguments[i];
    }
    set_attributes(&attributes);
    posix_spawn_file_actions_init(&actions);
    for (size_t i = 0; i < n_fds; i++) {
        moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, SAFE_FD);
        if (moved[i] < 0) /* without all of them it could not even say what is wrong */
            failure = errno;
        else
            posix_spawn_file_actions_adddup2(&actions, moved[i], FIRST_FD + (int) i);
    }
    if (failure == 0)
        failure = posix_spawn(out_pid, program, &actions, &attributes, (char *const *) argv,
                              environ);
    for (size_t i = 0; i < n_fds; i++)
        if (moved[i] >= 0)
            close(moved[i]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failure != 0)
        g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "cannot start selod %s: %s",
                    arguments[0], g_strerror(failure));
    return failure == 0;
}
