/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-rate.c: fixed windows of a minute. A token bucket would be smoother; this one can be explained to the
 * admin in one sentence, and a client that fills the end of one minute and the start of the next gets
 * twice its share once, which does no harm.
 */
#include "config.h"

#include "plugins/smtp/smtp-rate.h"

#include <arpa/inet.h>
#include <string.h>

#define WINDOW_USEC (60 * G_USEC_PER_SEC)
#define MAX_CLIENTS 65536

typedef struct {
    gint64 client; /* the key itself */
    int64_t begun;
    uint32_t n;
} Window;

struct SeloSmtpRate {
    GHashTable *windows;
    int64_t swept; /* when old ones were last looked for */
};

SeloSmtpRate *
selo_smtp_rate_new(void)
{
    SeloSmtpRate *rate = g_new0(SeloSmtpRate, 1);

    rate->windows = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return rate;
}

void
selo_smtp_rate_free(SeloSmtpRate *rate)
{
    if (rate == NULL)
        return;
    g_hash_table_unref(rate->windows);
    g_free(rate);
}

/* 0: not an address. */
static gint64
read_client(const char *address)
{
    struct in6_addr v6;
    struct in_addr v4;
    gint64 client = 0;

    if (inet_pton(AF_INET, address, &v4) == 1)
        return G_GINT64_CONSTANT(0xffff00000000) | (gint64) v4.s_addr;
    if (inet_pton(AF_INET6, address, &v6) == 1)
        memcpy(&client, &v6, sizeof client);
    return client;
}

static gboolean
is_over(gpointer key, gpointer value, gpointer now)
{
    return *(const int64_t *) now - ((const Window *) value)->begun >= WINDOW_USEC;
}

static Window *
find_window(SeloSmtpRate *rate, gint64 client, int64_t now)
{
    Window *window = g_hash_table_lookup(rate->windows, &client);

    if (window != NULL)
        return window;
    if (g_hash_table_size(rate->windows) >= MAX_CLIENTS && now - rate->swept >= G_USEC_PER_SEC) {
        rate->swept = now;
        g_hash_table_foreach_remove(rate->windows, is_over, &now);
    }
    if (g_hash_table_size(rate->windows) >= MAX_CLIENTS)
        return NULL;
    window = g_new(Window, 1);
    *window = (Window){ .client = client, .begun = now };
    g_hash_table_add(rate->windows, window);
    return window;
}

gboolean
selo_smtp_rate_take(SeloSmtpRate *rate, const char *address, uint32_t max, int64_t now)
{
    gint64 client = max > 0 && address != NULL ? read_client(address) : 0;
    Window *window = client != 0 ? find_window(rate, client, now) : NULL;

    if (window == NULL)
        return TRUE;
    if (is_over(NULL, window, &now)) {
        window->begun = now;
        window->n = 0;
    }
    if (window->n >= max)
        return FALSE;
    window->n++;
    return TRUE;
}
