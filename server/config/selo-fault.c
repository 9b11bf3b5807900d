/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-fault.c: a list of faults, and the nearest known word for those that are slips of the pen.
 */
#include "config.h"

#include "server/config/selo-fault.h"

#include <string.h>

#define MAX_FAULTS 1000
#define MAX_WORD   64

static void
fault_free(SeloFault *fault)
{
    g_free(fault->file);
    g_free(fault->text);
    g_free(fault);
}

GPtrArray *
selo_faults_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify) fault_free);
}

static void
add(GPtrArray *faults, const char *file, guint line, gboolean is_warning, char *text)
{
    SeloFault *fault;

    if (faults->len > MAX_FAULTS) {
        g_free(text);
        return;
    }
    fault = g_new0(SeloFault, 1);
    fault->file = g_strdup(file);
    fault->line = line;
    fault->is_warning = is_warning;
    fault->text = text;
    if (faults->len == MAX_FAULTS) {
        g_free(fault->text);
        fault->text = g_strdup("too many faults; mend the first ones and look again");
        fault->is_warning = FALSE;
    }
    g_ptr_array_add(faults, fault);
}

void
selo_fault_add(GPtrArray *faults, const char *file, guint line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(faults, file, line, FALSE, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

void
selo_fault_warn(GPtrArray *faults, const char *file, guint line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(faults, file, line, TRUE, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

guint
selo_faults_count(const GPtrArray *faults)
{
    guint n = 0;

    for (guint i = 0; i < faults->len; i++)
        n += !((SeloFault *) faults->pdata[i])->is_warning;
    return n;
}

static gint
compare_faults(gconstpointer a, gconstpointer b)
{
    const SeloFault *left = *(SeloFault *const *) a, *right = *(SeloFault *const *) b;
    int order = g_strcmp0(left->file, right->file);

    if (order != 0)
        return order;
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    return strcmp(left->text, right->text);
}

void
selo_faults_sort(GPtrArray *faults)
{
    g_ptr_array_sort(faults, compare_faults);
}

char *
selo_fault_format(const SeloFault *fault)
{
    const char *warning = fault->is_warning ? "warning: " : "";

    if (fault->file == NULL)
        return g_strdup_printf("%s%s", warning, fault->text);
    if (fault->line == 0)
        return g_strdup_printf("%s: %s%s", fault->file, warning, fault->text);
    return g_strdup_printf("%s:%u: %s%s", fault->file, fault->line, warning, fault->text);
}

/* Levenshtein's, and two letters changed about count as one slip, the commonest there is. Both
 * words are at most MAX_WORD octets. */
static size_t
edit_distance(const char *a, const char *b)
{
    size_t rows[3][MAX_WORD + 1], n = strlen(b);
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= n; j++)
        above[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t *next = before;

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            row[j] = MIN(above[j - 1] + (a[i - 1] != b[j - 1]), MIN(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = next;
    }
    return above[n];
}

const char *
selo_nearest(const char *word, const char *const *known, size_t n_known)
{
    const char *nearest = NULL;
    size_t least = strlen(word) / 3 + 1;

    if (strlen(word) > MAX_WORD)
        return NULL;
    for (size_t i = 0; i < n_known; i++) {
        size_t distance = strlen(known[i]) <= MAX_WORD ? edit_distance(word, known[i]) : least;

        if (distance < least) {
            least = distance;
            nearest = known[i];
        }
    }
    return nearest;
}
