/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-test.c: see selo-test.h. The time limit is the loop's own timer, so that a test which waits
 * for something that never comes ends with a message instead of hanging the run.
 */
#include "config.h"

#include "tests/lib/selo-test.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "api/lib/selo-loop.h"

#define LIMIT_USEC (10 * G_USEC_PER_SEC)

void
selo_test_init(int *argc, char ***argv)
{
    static char **with_tap; /* lives as long as the program, and leak checkers see it */
    int n = 0;

    with_tap = g_new0(char *, (gsize) *argc + 2);
    with_tap[n++] = (*argv)[0];
    with_tap[n++] = (char *) "--tap";
    for (int i = 1; i < *argc; i++)
        if (strcmp((*argv)[i], "--tap") != 0)
            with_tap[n++] = (*argv)[i];
    *argc = n;
    *argv = with_tap;
    g_test_init(argc, argv, NULL);
}

static void
time_passed(void *data)
{
    *(gboolean *) data = TRUE;
}

void
selo_test_run_until(gboolean (*condition)(void *data), void *data)
{
    SeloLoop *loop = selo_loop_get();
    SeloTimer limit = { 0 };
    gboolean is_over = FALSE;

    selo_timer_arm(loop, &limit, LIMIT_USEC, time_passed, &is_over);
    while (!condition(data) && !is_over)
        g_main_context_iteration(selo_loop_context(loop), TRUE);
    selo_timer_disarm(&limit);
    if (!condition(data))
        g_error("waited ten seconds in vain");
}

static gboolean
is_set(void *data)
{
    return *(const gboolean *) data;
}

void
selo_test_wait(const gboolean *flag)
{
    selo_test_run_until(is_set, (void *) flag);
}

void
selo_test_run_for(gint64 usec)
{
    SeloLoop *loop = selo_loop_get();
    SeloTimer timer = { 0 };
    gboolean is_over = FALSE;

    selo_timer_arm(loop, &timer, usec, time_passed, &is_over);
    while (!is_over)
        g_main_context_iteration(selo_loop_context(loop), TRUE);
}

SeloTestDir *
selo_test_dir_new(void)
{
    g_autoptr(GError) error = NULL;
    char *path = g_dir_make_tmp("selo-test-XXXXXX", &error);

    g_assert_no_error(error);
    return path;
}

static int
remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *position)
{
    return remove(path);
}

void
selo_test_dir_free(SeloTestDir *dir)
{
    if (dir == NULL)
        return;
    nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    g_free(dir);
}
