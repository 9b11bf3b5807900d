/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-test.h: what every unit test shares: TAP output, the loop with a time limit, a directory
 * that goes away.
 */
#pragma once

#include <glib.h>

/* Instead of g_test_init(): the same, with TAP output always on. */
void selo_test_init(int *argc, char ***argv);
/* Turns the loop until @condition holds; fails the test after ten seconds. */
void selo_test_run_until(gboolean (*condition)(void *data), void *data);
/* The same for a flag that a callback sets. */
void selo_test_wait(const gboolean *flag);
/* Turns the loop for @usec, to see that something does not happen. */
void selo_test_run_for(gint64 usec);

/* A new directory; freeing it removes all that is in it. */
typedef char SeloTestDir;
SeloTestDir *selo_test_dir_new(void);
void selo_test_dir_free(SeloTestDir *dir);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloTestDir, selo_test_dir_free)
