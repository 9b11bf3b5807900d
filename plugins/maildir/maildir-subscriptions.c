/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-subscriptions.c: the names a user has subscribed to. Lines that we cannot read are kept:
 * another program may. A file stays in the version it has.
 */
#include "config.h"

#include "plugins/maildir/maildir-subscriptions.h"

#include <string.h>

#include "plugins/maildir/maildir-dotlock.h"
#include "plugins/maildir/maildir-io.h"
#include "plugins/common/mutf7.h"

#define FILE_MAX ((size_t) 4 << 20)
#define HEADER   "V\t2"

/* Tab escape: \001 and a letter stand for an octet that would end a field or a line. */
static const struct {
    char octet, letter;
} escapes[] = { { '\001', '1' }, { '\t', 't' }, { '\r', 'r' }, { '\n', 'n' } };

static void
append_escaped(GString *out, const char *text)
{
    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (i < G_N_ELEMENTS(escapes) && escapes[i].octet != *text)
            i++;
        if (i < G_N_ELEMENTS(escapes))
            g_string_append_c(out, '\001');
        g_string_append_c(out, i < G_N_ELEMENTS(escapes) ? escapes[i].letter : *text);
    }
}

static char *
unescape(const char *text, size_t len)
{
    GString *out = g_string_sized_new(len);

    for (const char *end = text + len; text < end; text++) {
        size_t i = 0;

        if (*text != '\001' || text + 1 == end) {
            g_string_append_c(out, *text);
            continue;
        }
        text++;
        while (i < G_N_ELEMENTS(escapes) && escapes[i].letter != *text)
            i++;
        g_string_append_c(out, i < G_N_ELEMENTS(escapes) ? escapes[i].octet : *text);
    }
    return g_string_free(out, FALSE);
}

MaildirSubscriptions *
maildir_subscriptions_parse(SeloStr text, char separator, gboolean is_utf8)
{
    MaildirSubscriptions *self = g_new0(MaildirSubscriptions, 1);
    const char *end = text.s + text.len;

    self->separator = separator;
    self->is_utf8 = is_utf8;
    self->lines = g_ptr_array_new_with_free_func(g_free);
    self->version = text.len == 0 || g_str_has_prefix(text.s, HEADER "\n") ? 2 : 1;
    for (const char *at = text.s, *feed; at < end; at = feed + 1) {
        feed = memchr(at, '\n', (size_t) (end - at));
        if (feed == NULL)
            feed = end;
        if (feed > at && !(self->version == 2 && at == text.s))
            g_ptr_array_add(self->lines, g_strndup(at, (size_t) (feed - at)));
    }
    return self;
}

void
maildir_subscriptions_free(MaildirSubscriptions *subscriptions)
{
    if (subscriptions == NULL)
        return;
    g_ptr_array_unref(subscriptions->lines);
    g_free(subscriptions);
}

GString *
maildir_subscriptions_print(const MaildirSubscriptions *subscriptions)
{
    GString *out = g_string_new(subscriptions->version == 2 ? HEADER "\n\n" : NULL);

    for (guint i = 0; i < subscriptions->lines->len; i++) {
        g_string_append(out, g_ptr_array_index(subscriptions->lines, i));
        g_string_append_c(out, '\n');
    }
    return out;
}

/* A line as a mailbox name; NULL if it is none. */
static char *
name_of_line(const MaildirSubscriptions *self, const char *line)
{
    const char separator[] = { self->version == 2 ? '\t' : self->separator, '\0' };
    g_auto(GStrv) parts = g_strsplit(line, separator, -1);

    for (char **part = parts; *part != NULL; part++) {
        g_autofree char *stored = self->version == 2 ? unescape(*part, strlen(*part))
                                                     : g_strdup(*part);
        char *name = self->is_utf8 ? g_steal_pointer(&stored)
                                   : mutf7_decode(SELO_STR(stored));

        if (name == NULL || *name == '\0' || !g_utf8_validate(name, -1, NULL)) {
            g_free(name);
            return NULL;
        }
        g_free(*part);
        *part = name;
    }
    return *parts != NULL ? g_strjoinv("/", parts) : NULL;
}

static char *
line_of_name(const MaildirSubscriptions *self, SeloStr name)
{
    g_autofree char *copy = g_strndup(name.s, name.len);
    g_auto(GStrv) parts = g_strsplit(copy, "/", -1);
    g_autoptr(GString) line = g_string_new(NULL);

    for (char **part = parts; *part != NULL; part++) {
        g_autofree char *stored = self->is_utf8 ? g_strdup(*part)
                                                : mutf7_encode(SELO_STR(*part));

        if (part != parts)
            g_string_append_c(line, self->version == 2 ? '\t' : self->separator);
        if (self->version == 2)
            append_escaped(line, stored);
        else
            g_string_append(line, stored);
    }
    return g_string_free(g_steal_pointer(&line), FALSE);
}

GPtrArray *
maildir_subscriptions_names(const MaildirSubscriptions *subscriptions)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < subscriptions->lines->len; i++) {
        char *name = name_of_line(subscriptions, g_ptr_array_index(subscriptions->lines, i));

        if (name != NULL)
            g_ptr_array_add(names, name);
    }
    return names;
}

gboolean
maildir_subscriptions_set(MaildirSubscriptions *subscriptions, SeloStr name,
                          gboolean is_subscribed)
{
    g_autofree char *line = line_of_name(subscriptions, name);
    guint at;
    gboolean is_there =
        g_ptr_array_find_with_equal_func(subscriptions->lines, line, g_str_equal, &at);

    if (is_there == is_subscribed)
        return FALSE;
    if (is_subscribed)
        g_ptr_array_add(subscriptions->lines, g_steal_pointer(&line));
    else
        do
            g_ptr_array_remove_index(subscriptions->lines, at);
        while (g_ptr_array_find_with_equal_func(subscriptions->lines, line, g_str_equal, &at));
    return TRUE;
}

MaildirSubscriptions *
maildir_subscriptions_read(const char *root, char separator, gboolean is_utf8, GError **error)
{
    g_autofree char *path = g_build_filename(root, MAILDIR_SUBSCRIPTIONS_NAME, NULL);
    g_autoptr(GError) failure = NULL;
    size_t size = 0;
    g_autofree char *text = maildir_read_file(path, FILE_MAX, &size, &failure);

    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    return maildir_subscriptions_parse((SeloStr){ text != NULL ? text : "", size }, separator,
                                       is_utf8);
}

gboolean
maildir_subscriptions_change(const char *root, char separator, gboolean is_utf8, SeloStr name,
                             gboolean is_subscribed, SeloCall *call, GError **error)
{
    g_autofree char *path = g_build_filename(root, MAILDIR_SUBSCRIPTIONS_NAME, NULL);
    g_auto(MaildirDotlock) lock = { 0 };
    g_autoptr(MaildirSubscriptions) subscriptions = NULL;
    GString *text;
    gboolean is_replaced;

    if (!maildir_dotlock_take(&lock, path, &maildir_subscriptions_limits, call, error))
        return FALSE;
    subscriptions = maildir_subscriptions_read(root, separator, is_utf8, error);
    if (subscriptions == NULL)
        return FALSE;
    if (!maildir_subscriptions_set(subscriptions, name, is_subscribed))
        return TRUE;
    text = maildir_subscriptions_print(subscriptions);
    is_replaced = maildir_dotlock_replace(&lock, path, text->str, text->len, error);
    g_string_free(text, TRUE);
    return is_replaced;
}
