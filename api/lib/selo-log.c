/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-log.c: what plugins write to the log, and the counters they keep. Both are named by
 * constants of the plugin; what a peer said is only ever a value.
 */
#include "config.h"

#include "api/lib/selo-call-struct.h"

#include "server/base/selo-event.h"

void
selo_log(SeloCall *call, uint32_t level, const char *event, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    level &=
        G_LOG_LEVEL_MASK & ~(uint32_t) G_LOG_LEVEL_ERROR; /* a plugin does not end the process */
    if (level == 0)
        level = G_LOG_LEVEL_CRITICAL;
    if (!selo_event_is_wanted((GLogLevelFlags) level))
        return;
    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    selo_event((GLogLevelFlags) level, event, call != NULL ? call->scope.id : NULL, "instance",
               call != NULL && call->target != NULL ? call->target->name : NULL, "text", text,
               NULL);
}

/* ---- metrics: one lock, for pool threads count too; a counter is looked up by name and labels
 * ---- */

typedef struct {
    char *name, *labels;
    int64_t count, sum;
} Metric;

static GMutex metrics_lock;
static GHashTable *metrics; /* Metric, of itself */

static guint
hash_metric(gconstpointer data)
{
    const Metric *metric = data;

    return g_str_hash(metric->name) * 31 + g_str_hash(metric->labels);
}

static gboolean
is_same_metric(gconstpointer left, gconstpointer right)
{
    const Metric *a = left, *b = right;

    return g_str_equal(a->name, b->name) && g_str_equal(a->labels, b->labels);
}

static void
count(const char *name, const char *labels, int64_t n, int64_t amount)
{
    Metric key = { .name = (char *) name, .labels = (char *) (labels != NULL ? labels : "") },
           *metric;

    g_mutex_lock(&metrics_lock);
    if (metrics == NULL)
        metrics = g_hash_table_new(hash_metric, is_same_metric);
    metric = g_hash_table_lookup(metrics, &key);
    if (metric == NULL) {
        metric = g_new0(Metric, 1);
        metric->name = g_strdup(key.name);
        metric->labels = g_strdup(key.labels);
        g_hash_table_add(metrics, metric);
    }
    metric->count += n;
    metric->sum += amount;
    g_mutex_unlock(&metrics_lock);
}

void
selo_metric_add(const char *name, const char *labels, int64_t value)
{
    count(name, labels, value, 0);
}

void
selo_metric_observe(const char *name, const char *labels, int64_t usec)
{
    count(name, labels, 1, usec);
}

void
selo_metric_each(SeloMetricFunc found, void *data)
{
    GHashTableIter iter;
    void *key;

    g_mutex_lock(&metrics_lock);
    if (metrics != NULL) {
        g_hash_table_iter_init(&iter, metrics);
        while (g_hash_table_iter_next(&iter, &key, NULL)) {
            const Metric *metric = key;

            found(data, metric->name, metric->labels, metric->count, metric->sum);
        }
    }
    g_mutex_unlock(&metrics_lock);
}
