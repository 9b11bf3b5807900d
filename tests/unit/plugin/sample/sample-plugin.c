/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sample-plugin.c: a filter that does nothing but count what is made of it, for test-registry.c. It
 * calls nothing of libselo: the tests hold the library's objects themselves.
 */
#include <selo/filter.h>

static gboolean
sample_open(const SeloConf *conf, void **out_state, GError **error)
{
    *out_state = g_new0(int, 1);
    return TRUE;
}

static void
sample_close(void *state)
{
    g_free(state);
}

/* An instance named "broken" cannot be made. */
static gboolean
sample_create(void *state, const char *instance, const SeloConf *conf, void **out_self,
              GError **error)
{
    if (g_str_equal(instance, "broken")) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "it is broken");
        return FALSE;
    }
    *out_self = state;
    ++*(int *) state;
    return TRUE;
}

static void
sample_destroy(void *self)
{
    --*(int *) self;
}

static const SeloFilterV1 filter = {
    .struct_size = sizeof filter,
    .create = sample_create,
    .destroy = sample_destroy,
};

static const void *
sample_get(void *state, const char *interface, const char *as)
{
    return g_str_equal(interface, "filter/1") ? &filter : NULL;
}

SELO_PLUGIN_DEFINE("sample", .open = sample_open, .get = sample_get, .close = sample_close)
