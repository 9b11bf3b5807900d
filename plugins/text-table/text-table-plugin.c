/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * text-table-plugin.c: entry of the plugin and the operations of table/1. Lookups are of one key
 * each; which keys to ask in which order (whole address, local part, @domain) is the caller's
 * business.
 */
#include <selo/table.h>
#include <string.h>

#include "plugins/common/reread-file.h"
#include "plugins/text-table/text-table-parse.h"

typedef struct {
    RereadFile file;
    TextTableFormat format;
    TextTable *table; /* NULL: not read yet, or unreadable */
} TextSource;

static gboolean
table_create(void *state, const char *instance, const SeloConf *conf, void **out_self,
             GError **error)
{
    TextSource *source = g_new0(TextSource, 1);

    reread_file_init(&source->file, selo_conf_str(conf, "file"));
    source->format = strcmp(selo_conf_str(conf, "format"), "aliases") == 0 ? TEXT_TABLE_ALIASES
                                                                           : TEXT_TABLE_VIRTUAL;
    *out_self = source;
    return TRUE;
}

static void
table_destroy(void *self)
{
    TextSource *source = self;

    text_table_unref(source->table);
    reread_file_clear(&source->file);
    g_free(source);
}

static void
log_fault(void *data, uint32_t line, const char *fault)
{
    const TextSource *source = data;

    selo_log(NULL, G_LOG_LEVEL_WARNING, "table-line-ignored", "%s:%u: %s", source->file.path, line,
             fault);
}

/* What is in force now. NULL: it cannot be read, and @call was returned: nothing may be taken for
 * absent. */
static TextTable *
get_table(TextSource *source, SeloCall *call)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *octets = NULL;
    gsize size;
    const RereadResult result =
        reread_file_check(&source->file, TEXT_TABLE_MAX_FILE, &octets, &size, &error);

    if (result != REREAD_SAME)
        g_clear_pointer(&source->table, text_table_unref);
    if (result == REREAD_NEW)
        source->table =
            text_table_parse((SeloStr){ octets, size }, source->format, log_fault, source);
    if (result == REREAD_FAILED)
        selo_call_return(call, SELO_TEMPORARY, error->message, NULL);
    return source->table != NULL ? text_table_ref(source->table) : NULL;
}

static void
table_get(void *self, SeloCall *call, const SeloTableQuery *request)
{
    g_autoptr(TextTable) table = get_table(self, call);
    const TextEntry *entry = table != NULL ? text_table_find(table, request->key) : NULL;
    SeloTableAnswer answer = { .struct_size = sizeof answer };

    if (table == NULL)
        return;
    if (entry == NULL) {
        selo_call_return(call, SELO_NOT_FOUND, NULL, NULL);
        return;
    }
    answer.values = entry->values;
    selo_call_return(call, SELO_OK, NULL, &answer);
}

/* ---- list ---- */

typedef struct { /* in the call's memory; @table until the call is returned */
    TextTable *table;
    const char *prefix; /* the request's */
    size_t next, left;
} Listing;

static const TextEntry *
next_entry(Listing *listing)
{
    const TextEntry *entry =
        listing->left > 0 ? text_table_at(listing->table, listing->next) : NULL;

    if (entry == NULL || !g_str_has_prefix(entry->key.s, listing->prefix))
        return NULL;
    listing->next++;
    listing->left--;
    return entry;
}

/* Until the requester has to take rows first; then it runs again. */
static void
list_more(SeloCall *call, void *data)
{
    Listing *listing = data;
    const TextEntry *entry = NULL;
    gboolean has_room = TRUE;

    while (has_room && (entry = next_entry(listing)) != NULL) {
        const SeloTableEntry row = { .struct_size = sizeof row,
                                     .key = entry->key,
                                     .values = entry->values };

        has_room = selo_call_emit(call, &row);
    }
    if (!has_room)
        return;
    text_table_unref(listing->table);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
list_stopped(SeloCall *call, void *data)
{
    text_table_unref(((Listing *) data)->table);
    selo_call_return(call, SELO_CANCELLED, NULL, NULL);
}

static void
table_list(void *self, SeloCall *call, const SeloTableQuery *request)
{
    TextTable *table = get_table(self, call);
    const char *after = request->after.s != NULL ? request->after.s : "";
    Listing *listing;
    const TextEntry *first;

    if (table == NULL)
        return;
    listing = selo_call_alloc(call, sizeof *listing);
    listing->table = table;
    listing->prefix = request->prefix.s != NULL ? request->prefix.s : "";
    listing->left = request->limit != 0 ? request->limit : SIZE_MAX;
    listing->next =
        text_table_position(table, strcmp(after, listing->prefix) > 0 ? after : listing->prefix);
    first = text_table_at(table, listing->next);
    if (first != NULL && g_str_equal(first->key.s, after))
        listing->next++;
    selo_call_on_ready(call, list_more, listing);
    selo_call_on_stop(call, list_stopped, listing);
    list_more(call, listing);
}

static const SeloTableV1 table_v1 = { .struct_size = sizeof table_v1,
                                      .create = table_create,
                                      .destroy = table_destroy,
                                      .get = table_get,
                                      .list = table_list };

static const void *
text_table_get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "table/1") == 0 ? &table_v1 : NULL;
}

SELO_PLUGIN_DEFINE("text-table", .get = text_table_get)
