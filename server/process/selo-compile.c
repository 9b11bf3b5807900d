/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-compile.c: starts the compiler, gathers what it says, and is done when its end of the channel
 * closes. A compiler that crashes or hangs is one more fault of the configuration.
 */
#include "config.h"

#include "server/process/selo-compile.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "server/process/selo-channel.h"
#include "server/process/selo-spawn.h"

#define LIMIT_USEC (60 * G_USEC_PER_SEC)
#define MAX_FAULTS 1000

struct SeloCompile {
    SeloLoop *loop;
    SeloChannel *channel;
    SeloTimer limit;
    SeloDeferred failing; /* it could not be started */
    pid_t pid;
    int snapshot_fd;
    GPtrArray *faults; /* of char * */
    SeloCompiledFunc compiled;
    void *data;
};

static void
add_fault(SeloCompile *compile, const char *text)
{
    if (compile->faults->len < MAX_FAULTS)
        g_ptr_array_add(compile->faults, g_strdup(text));
}

static void
compile_received(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
    SeloCompile *compile = data;

    if (strcmp(message, "fault") == 0) {
        const char *text;

        g_variant_get(body, "(&s)", &text);
        add_fault(compile, text);
    } else if (strcmp(message, "compiled") == 0 && compile->snapshot_fd < 0) {
        compile->snapshot_fd = fds[0];
        fds[0] = -1;
    }
}

static void
finish(void *data)
{
    SeloCompile *compile = data;
    int snapshot_fd = compile->snapshot_fd;

    selo_timer_disarm(&compile->limit);
    compile->snapshot_fd = -1;
    compile->pid = 0;
    if (snapshot_fd < 0 && compile->faults->len == 0)
        add_fault(compile, "the compiler ended without an answer");
    compile->compiled(compile->data, snapshot_fd, compile->faults);
}

static void
limit_passed(void *data)
{
    SeloCompile *compile = data;

    add_fault(compile, "the compiler did not finish in time");
    kill(compile->pid, SIGKILL); /* its end of the channel closes */
}

static gboolean
start(SeloCompile *compile, const char *root, GError **error)
{
    g_autofree char *root_option = root != NULL ? g_strconcat("--root=", root, NULL) : NULL;
    const char *arguments[] = { "--role=compiler", root_option, NULL };
    gboolean is_started;
    int ends[2];

    if (!selo_channel_pair(ends, error))
        return FALSE;
    is_started = selo_spawn(arguments, &ends[1], 1, &compile->pid, error);
    close(ends[1]);
    compile->channel = selo_channel_new(compile->loop, ends[0], compile_received, finish, compile);
    return is_started;
}

SeloCompile *
selo_compile_start(SeloLoop *loop, const char *root, SeloCompiledFunc compiled, void *data)
{
    SeloCompile *compile = g_new0(SeloCompile, 1);
    g_autoptr(GError) error = NULL;

    compile->loop = loop;
    compile->snapshot_fd = -1;
    compile->faults = g_ptr_array_new_with_free_func(g_free);
    compile->compiled = compiled;
    compile->data = data;
    if (start(compile, root, &error)) {
        selo_timer_arm(loop, &compile->limit, LIMIT_USEC, limit_passed, compile);
        return compile;
    }
    add_fault(compile, error->message);
    if (compile->channel == NULL) /* else its closing tells */
        selo_loop_defer(loop, &compile->failing, finish, compile);
    return compile;
}

void
selo_compile_free(SeloCompile *compile)
{
    if (compile == NULL)
        return;
    if (compile->pid > 0)
        kill(compile->pid, SIGKILL);
    selo_timer_disarm(&compile->limit);
    selo_loop_undefer(compile->loop, &compile->failing);
    selo_channel_free(compile->channel);
    if (compile->snapshot_fd >= 0)
        close(compile->snapshot_fd);
    g_ptr_array_unref(compile->faults);
    g_free(compile);
}
