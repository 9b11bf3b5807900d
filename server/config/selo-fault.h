/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-fault.h: what is wrong with a configuration or a manifest, and where. Checks collect faults
 * and go on, so that one run shows all of them.
 */
#pragma once

#include <glib.h>

typedef struct {
    char *file, *text;
    guint line;          /* 0 = the file as a whole */
    gboolean is_warning; /* does not stop a start or a reload */
} SeloFault;

/* An array that frees its faults. It takes no more than 1000; the last then says so. */
GPtrArray *selo_faults_new(void);
void selo_fault_add(GPtrArray *faults, const char *file, guint line, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void selo_fault_warn(GPtrArray *faults, const char *file, guint line, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* Without warnings. */
guint selo_faults_count(const GPtrArray *faults);
/* By file and line, as a person reads them. */
void selo_faults_sort(GPtrArray *faults);
/* "/etc/selo/selo.conf:31: [filter clamav] max-size = 25 MB: expected ..." */
char *selo_fault_format(const SeloFault *fault);

/* The word of @known nearest to @word: the least edit distance, if at most a third of the word's
 * length. NULL = none is near. */
const char *selo_nearest(const char *word, const char *const *known, size_t n_known);
