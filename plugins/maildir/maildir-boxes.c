/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-boxes.c: the operations on the tree of mailboxes: list, create, rename, delete,
 * subscribe.
 */
#include "config.h"

#include <string.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-store.h"
#include "plugins/maildir/maildir-subscriptions.h"

void
maildir_return_error(SeloCall *call, const GError *error)
{
    SeloStatus status = maildir_error_status(error);

    selo_call_return(call, status == SELO_OK ? SELO_TEMPORARY : status,
                     error != NULL ? error->message : NULL, NULL);
}

static void
return_outcome(SeloCall *call, gboolean is_done, const GError *error)
{
    if (is_done)
        selo_call_return(call, SELO_OK, NULL, NULL);
    else
        maildir_return_error(call, error);
}

/* ---- box_list ---- */

typedef struct {
    char *name;
    uint32_t flags;
} ListedBox;

static void
clear_listed(gpointer data)
{
    g_free(((ListedBox *) data)->name);
}

static int
compare_listed(gconstpointer a, gconstpointer b)
{
    const ListedBox *one = a, *other = b;

    return strcmp(one->name, other->name);
}

static void
add_listed(GArray *boxes, const char *name, uint32_t flags)
{
    ListedBox box = { g_strdup(name), flags };

    g_array_append_val(boxes, box);
}

/* Parents that are no mailboxes, and who has children. */
static void
complete_tree(GArray *boxes)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) parents = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint n = boxes->len;

    for (guint i = 0; i < n; i++)
        g_hash_table_add(known, g_strdup(g_array_index(boxes, ListedBox, i).name));
    for (guint i = 0; i < n; i++) {
        g_autofree char *name = g_strdup(g_array_index(boxes, ListedBox, i).name);

        for (char *slash = strrchr(name, '/'); slash != NULL; slash = strrchr(name, '/')) {
            *slash = '\0';
            if (!g_hash_table_add(parents, g_strdup(name)))
                break;
            if (g_hash_table_add(known, g_strdup(name)))
                add_listed(boxes, name, SELO_BOX_NO_SELECT);
        }
    }
    g_array_sort(boxes, compare_listed);
    for (guint i = 0; i < boxes->len; i++) {
        ListedBox *box = &g_array_index(boxes, ListedBox, i);

        box->flags |= g_hash_table_contains(parents, box->name) ? SELO_BOX_HAS_CHILDREN
                                                                : SELO_BOX_NO_CHILDREN;
    }
}

static GPtrArray *
read_subscribed(const MaildirAccount *account, GError **error)
{
    g_autoptr(MaildirSubscriptions) subscriptions =
        maildir_subscriptions_read(account->root, maildir_layout_separator(&account->layout),
                                   account->layout.is_utf8, error);

    return subscriptions != NULL ? maildir_subscriptions_names(subscriptions) : NULL;
}

/* All boxes that exist, with what is subscribed marked; @with_missing: and subscribed names that do
 * not. */
static GArray *
list_boxes(const MaildirAccount *account, gboolean with_missing, GError **error)
{
    g_autoptr(GPtrArray) folders = maildir_folder_list(&account->layout, error);
    g_autoptr(GPtrArray) subscribed = folders != NULL ? read_subscribed(account, error) : NULL;
    g_autoptr(GHashTable) marked = g_hash_table_new(g_str_hash, g_str_equal);
    GArray *boxes;

    if (subscribed == NULL)
        return NULL;
    for (guint i = 0; i < subscribed->len; i++)
        g_hash_table_add(marked, g_ptr_array_index(subscribed, i));
    boxes = g_array_new(FALSE, FALSE, sizeof(ListedBox));
    g_array_set_clear_func(boxes, clear_listed);
    for (guint i = 0; i < folders->len; i++) {
        const MaildirFolder *folder = g_ptr_array_index(folders, i);

        add_listed(boxes, folder->name,
                   (folder->is_selectable ? 0 : SELO_BOX_NO_SELECT)
                       | (g_hash_table_remove(marked, folder->name) ? SELO_BOX_SUBSCRIBED : 0));
    }
    complete_tree(boxes);
    for (guint i = 0; with_missing && i < subscribed->len; i++)
        if (g_hash_table_remove(marked, g_ptr_array_index(subscribed, i)))
            add_listed(boxes, g_ptr_array_index(subscribed, i),
                       SELO_BOX_SUBSCRIBED | SELO_BOX_NO_SELECT | SELO_BOX_NO_CHILDREN);
    g_array_sort(boxes, compare_listed);
    return boxes;
}

/* The counters of a mailbox that exists; its row stays without them if they cannot be had. */
static void
fill_status(MaildirAccount *account, SeloCall *call, const char *name, SeloBoxInfo *row,
            char *guid, size_t guid_size)
{
    g_autoptr(GError) error = NULL;
    MaildirBox *box;

    g_mutex_lock(&account->lock);
    box = maildir_box_find(account, SELO_STR(name), &error);
    if (box != NULL) {
        if (maildir_box_sync(box, call, &error)) {
            maildir_box_describe(box, NULL, row);
            g_strlcpy(guid, box->list.header.guid, guid_size);
            row->id = (SeloStr){ guid, strlen(guid) };
        }
        maildir_box_release(box);
    }
    g_mutex_unlock(&account->lock);
    if (error != NULL)
        selo_log(call, G_LOG_LEVEL_WARNING, "maildir-status-failed", "%s", error->message);
}

void
maildir_box_list(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirAccount *account = request->account;
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) boxes = NULL;
    gboolean is_wanted = TRUE;

    g_mutex_lock(&account->lock);
    boxes = list_boxes(account, (request->flags & SELO_BOX_SUBSCRIBED) != 0, &error);
    g_mutex_unlock(&account->lock);
    for (guint i = 0; boxes != NULL && is_wanted && i < boxes->len; i++) {
        const ListedBox *box = &g_array_index(boxes, ListedBox, i);
        g_autofree char *use = maildir_special_use(account->store, box->name);
        SeloBoxInfo row = { .struct_size = sizeof row };
        char guid[33] = "";

        if (request->flags & SELO_BOX_SUBSCRIBED && !(box->flags & SELO_BOX_SUBSCRIBED))
            continue;
        if (request->flags & SELO_BOX_WITH_STATUS && !(box->flags & SELO_BOX_NO_SELECT))
            fill_status(account, call, box->name, &row, guid, sizeof guid);
        row.flags = box->flags;
        row.name = SELO_STR(box->name);
        if (use != NULL && !(box->flags & SELO_BOX_NO_SELECT))
            row.special_use = SELO_STR(use);
        is_wanted = selo_call_emit(call, &row);
    }
    return_outcome(call, boxes != NULL, error);
}

/* ---- changes to the tree ---- */

void
maildir_box_create(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirAccount *account = request->account;
    g_autoptr(GError) error = NULL;
    gboolean is_done;

    g_mutex_lock(&account->lock);
    is_done = maildir_folder_create(&account->layout, request->name, &error);
    g_mutex_unlock(&account->lock);
    return_outcome(call, is_done, error);
}

/* A path that no mailbox has: the sessions of @box find it gone. */
static void
set_nowhere(MaildirBox *box)
{
    g_free(box->path);
    box->path = g_strdup_printf("%s/.gone-%p", box->account->root, (void *) box);
    box->stamps = (MaildirStamps){ 0 };
}

/* Sessions may still have open what was deleted at @path. */
static void
put_aside(MaildirAccount *account, const char *path)
{
    MaildirBox *box = g_hash_table_lookup(account->boxes, path);

    if (box == NULL)
        return;
    g_hash_table_steal(account->boxes, path);
    g_free(box->name);
    box->name = g_strdup(""); /* no later renaming is about it */
    set_nowhere(box);
    g_hash_table_insert(account->boxes, box->path, box);
}

/* Boxes in memory follow their directory. */
static void
rename_in_memory(MaildirAccount *account, SeloStr name, SeloStr new_name)
{
    g_autoptr(GPtrArray) boxes = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, account->boxes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        MaildirBox *box = value;

        if (strncmp(box->name, name.s, name.len) == 0
            && (box->name[name.len] == '\0' || box->name[name.len] == '/')) {
            g_hash_table_iter_steal(&iter);
            g_ptr_array_add(boxes, box);
        }
    }
    for (guint i = 0; i < boxes->len; i++) {
        MaildirBox *box = g_ptr_array_index(boxes, i);
        char *moved = g_strdup_printf("%.*s%s", (int) new_name.len, new_name.s,
                                      box->name + name.len);
        char *path = maildir_folder_path(&account->layout, SELO_STR(moved), NULL);

        g_free(box->name);
        box->name = moved;
        set_nowhere(box);
        if (path != NULL) { /* else it is too long by now */
            put_aside(account, path);
            g_free(box->path);
            box->path = path;
        }
        g_hash_table_insert(account->boxes, box->path, box);
    }
}

/* INBOX stays, its messages move (RFC 9051 section 6.3.6). */
static gboolean
rename_inbox(MaildirAccount *account, SeloCall *call, SeloStr new_name, GError **error)
{
    MaildirBox *from, *to = NULL;
    gboolean is_moved = FALSE;

    if (!maildir_folder_create(&account->layout, new_name, error))
        return FALSE;
    from = maildir_box_find(account, SELO_STR("INBOX"), error);
    if (from != NULL)
        to = maildir_box_find(account, new_name, error);
    if (to != NULL)
        is_moved = maildir_move_all(from, to, call, error);
    if (to != NULL)
        maildir_box_release(to);
    if (from != NULL)
        maildir_box_release(from);
    return is_moved;
}

void
maildir_box_rename(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirAccount *account = request->account;
    g_autoptr(GError) error = NULL;
    gboolean is_done;

    g_mutex_lock(&account->lock);
    if (request->name.len == 5 && g_ascii_strncasecmp(request->name.s, "INBOX", 5) == 0) {
        is_done = rename_inbox(account, call, request->new_name, &error);
    } else {
        is_done =
            maildir_folder_rename(&account->layout, request->name, request->new_name, &error);
        if (is_done)
            rename_in_memory(account, request->name, request->new_name);
    }
    g_mutex_unlock(&account->lock);
    return_outcome(call, is_done, error);
}

void
maildir_box_delete(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirAccount *account = request->account;
    g_autoptr(GError) error = NULL;
    gboolean is_done;

    g_mutex_lock(&account->lock);
    is_done = maildir_folder_delete(&account->layout, request->name, &error);
    if (is_done)
        maildir_quota_forget(account);
    g_mutex_unlock(&account->lock);
    return_outcome(call, is_done, error);
}

void
maildir_box_subscribe(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirAccount *account = request->account;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = maildir_folder_path(&account->layout, request->name, &error);
    gboolean is_done = path != NULL;

    if (is_done) {
        g_mutex_lock(&account->lock);
        is_done = maildir_subscriptions_change(
            account->root, maildir_layout_separator(&account->layout), account->layout.is_utf8,
            request->name, (request->flags & SELO_BOX_SUBSCRIBED) != 0, call, &error);
        g_mutex_unlock(&account->lock);
    }
    return_outcome(call, is_done, error);
}
