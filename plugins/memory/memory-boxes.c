/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * memory-boxes.c: the table of store/1; accounts and the tree of mailboxes. What is kept here is
 * gone with the instance.
 */
#include "config.h"

#include <string.h>

#include "plugins/memory/memory-store.h"

#define NAME_OCTETS_MAX 1000

static const struct {
    const char *name, *use;
} special_uses[] = {
    { "Archive", "\\Archive" }, { "Drafts", "\\Drafts" }, { "Junk", "\\Junk" },
    { "Sent", "\\Sent" },       { "Trash", "\\Trash" },
};

/* ---- boxes ---- */

static void
clear_keyword(gpointer keyword)
{
    g_free((char *) ((SeloStr *) keyword)->s);
}

static void
free_message(gpointer message)
{
    memory_message_free(message);
}

static void
free_box(MemoryBox *box)
{
    g_ptr_array_unref(box->messages);
    g_array_unref(box->keywords);
    g_array_unref(box->gone);
    g_ptr_array_unref(box->watches);
    g_free(box->name);
    g_free(box->id);
    g_free(box);
}

MemoryBox *
memory_box_ref(MemoryBox *box)
{
    g_atomic_ref_count_inc(&box->refs);
    return box;
}

void
memory_box_unref(MemoryBox *box)
{
    if (g_atomic_ref_count_dec(&box->refs))
        free_box(box);
}

static MemoryBox *
box_new(MemoryAccount *account, SeloStr name)
{
    MemoryBox *box = g_new0(MemoryBox, 1);

    g_atomic_ref_count_init(&box->refs);
    box->account = account;
    box->name = g_strndup(name.s, name.len);
    box->uidvalidity = ++account->store->next_uidvalidity;
    box->id = g_strdup_printf("box%u", box->uidvalidity);
    box->uidnext = 1;
    box->modseq = ++account->modseq;
    box->messages = g_ptr_array_new_with_free_func(free_message);
    box->keywords = g_array_new(FALSE, FALSE, sizeof(SeloStr));
    g_array_set_clear_func(box->keywords, clear_keyword);
    box->gone = g_array_new(FALSE, FALSE, sizeof(MemoryGone));
    box->watches = g_ptr_array_new();
    g_hash_table_insert(account->boxes, box->name, box);
    return box;
}

MemoryBox *
memory_box_find(MemoryAccount *account, SeloStr name)
{
    g_autofree char *key = g_strndup(name.s, name.len);

    return g_hash_table_lookup(account->boxes, key);
}

uint64_t
memory_box_bump(MemoryBox *box)
{
    box->modseq = ++box->account->modseq;
    for (guint i = 0; i < box->watches->len; i++) {
        SeloBoxInfo row = { .struct_size = sizeof row,
                            .name = SELO_STR(box->name),
                            .modseq = box->modseq };

        selo_call_emit(g_ptr_array_index(box->watches, i), &row);
    }
    return box->modseq;
}

/* ---- instances and accounts ---- */

static void
unref_box(gpointer box)
{
    memory_box_unref(box);
}

static void
free_account(gpointer data)
{
    MemoryAccount *account = data;

    g_hash_table_unref(account->boxes);
    g_hash_table_unref(account->subscribed);
    g_free(account);
}

static gboolean
store_create(void *state, const char *instance, const SeloConf *conf, void **out_self,
             GError **error)
{
    MemoryStore *store = g_new0(MemoryStore, 1);

    store->accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_account);
    *out_self = store;
    return TRUE;
}

static void
store_destroy(void *self)
{
    MemoryStore *store = self;

    g_hash_table_unref(store->accounts);
    g_free(store);
}

static MemoryAccount *
find_account(MemoryStore *store, SeloStr user)
{
    g_autofree char *name = g_strndup(user.s, user.len);
    MemoryAccount *account = g_hash_table_lookup(store->accounts, name);

    if (account != NULL)
        return account;
    account = g_new0(MemoryAccount, 1);
    account->store = store;
    account->boxes = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, unref_box);
    account->subscribed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(store->accounts, g_steal_pointer(&name), account);
    box_new(account, SELO_STR("INBOX"));
    return account;
}

static void
return_usage(SeloCall *call, MemoryAccount *account)
{
    SeloAccountReply reply = { .struct_size = sizeof reply,
                               .account = account,
                               .octets_limit = account->octets_limit,
                               .messages_limit = account->messages_limit,
                               .modseq = account->modseq };

    memory_count(account, &reply.octets, &reply.messages);
    selo_call_return(call, SELO_OK, NULL, &reply);
}

static void
run_account_open(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    MemoryAccount *account;

    if (request->user.len == 0 || *request->user.s == '.'
        || memchr(request->user.s, '/', request->user.len) != NULL) {
        selo_call_return(call, SELO_INVALID, "not a user's name", NULL);
        return;
    }
    account = find_account(self, request->user);
    account->octets_limit = request->quota_octets;
    account->messages_limit = request->quota_messages;
    return_usage(call, account);
}

static void
run_account_close(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
run_account_usage(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    return_usage(call, request->account);
}

static void
run_account_list(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, ((MemoryStore *) self)->accounts);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        SeloStr user = SELO_STR((const char *) name);

        selo_call_emit(call, &user);
    }
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
run_sync(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    selo_call_return(call, SELO_OK, NULL, NULL);
}

/* ---- the tree ---- */

static gboolean
is_fit(SeloStr name)
{
    g_autofree char *copy = g_strndup(name.s, name.len);
    g_auto(GStrv) parts = g_strsplit(copy, "/", -1);

    if (name.len == 0 || name.len > NAME_OCTETS_MAX || *name.s == '~'
        || !g_utf8_validate(name.s, (gssize) name.len, NULL))
        return FALSE;
    for (size_t i = 0; i < name.len; i++)
        if ((guchar) name.s[i] < 0x20 || name.s[i] == 0x7f)
            return FALSE;
    for (char **part = parts; *part != NULL; part++)
        if (**part == '\0' || strcmp(*part, ".") == 0 || strcmp(*part, "..") == 0)
            return FALSE;
    return TRUE;
}

static const char *
special_use_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(special_uses); i++)
        if (strcmp(special_uses[i].name, name) == 0)
            return special_uses[i].use;
    return NULL;
}

static void
describe(MemoryBox *box, MemoryHandle *handle, SeloBoxInfo *out_info)
{
    const char *use = special_use_of(box->name);

    *out_info = (SeloBoxInfo){ .struct_size = sizeof *out_info,
                               .box = handle,
                               .name = SELO_STR(box->name),
                               .id = SELO_STR(box->id),
                               .uidvalidity = box->uidvalidity,
                               .uidnext = box->uidnext,
                               .messages = box->messages->len,
                               .modseq = box->modseq };
    if (use != NULL)
        out_info->special_use = SELO_STR(use);
    for (guint i = 0; i < box->messages->len; i++) {
        const MemoryMessage *message = g_ptr_array_index(box->messages, i);

        out_info->unseen += !(message->flags & SELO_FLAG_SEEN);
        out_info->deleted += (message->flags & SELO_FLAG_DELETED) != 0;
        out_info->recent += message->is_recent
                            || (handle != NULL
                                && g_hash_table_contains(handle->recent,
                                                         GUINT_TO_POINTER(message->uid)));
        out_info->octets += g_bytes_get_size(message->text);
    }
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static gboolean
is_below(const char *name, const char *above)
{
    size_t len = strlen(above);

    return strncmp(name, above, len) == 0 && name[len] == '/';
}

/* Adds @name and the names above it. */
static void
add_with_parents(GHashTable *names, const char *name)
{
    g_autofree char *above = g_strdup(name);

    for (char *slash = above; slash != NULL && g_hash_table_add(names, g_strdup(above));) {
        slash = strrchr(above, '/');
        if (slash != NULL)
            *slash = '\0';
    }
}

/* Names of all boxes, of their parents and, @with_missing, of what is subscribed; borrowed from
 * @names. */
static GPtrArray *
sort_names(MemoryAccount *account, gboolean with_missing, GHashTable *names)
{
    GPtrArray *sorted = g_ptr_array_new();
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, account->boxes);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        add_with_parents(names, name);
    g_hash_table_iter_init(&iter, account->subscribed);
    while (with_missing && g_hash_table_iter_next(&iter, &name, NULL))
        g_hash_table_add(names, g_strdup(name));
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(sorted, name);
    g_ptr_array_sort(sorted, compare_names);
    return sorted;
}

static void
run_box_list(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MemoryAccount *account = request->account;
    g_autoptr(GHashTable) set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) names =
        sort_names(account, (request->flags & SELO_BOX_SUBSCRIBED) != 0, set);

    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i), *use = special_use_of(name);
        MemoryBox *box = g_hash_table_lookup(account->boxes, name);
        gboolean is_subscribed = g_hash_table_contains(account->subscribed, name);
        SeloBoxInfo row = { .struct_size = sizeof row };
        uint32_t flags = SELO_BOX_NO_CHILDREN;

        if (request->flags & SELO_BOX_SUBSCRIBED && !is_subscribed)
            continue;
        for (guint j = 0; j < names->len; j++)
            if (is_below(g_ptr_array_index(names, j), name))
                flags = SELO_BOX_HAS_CHILDREN;
        if (box != NULL && request->flags & SELO_BOX_WITH_STATUS)
            describe(box, NULL, &row);
        row.flags = flags | (is_subscribed ? SELO_BOX_SUBSCRIBED : 0)
                    | (box == NULL ? SELO_BOX_NO_SELECT : 0);
        row.name = SELO_STR(name);
        if (use != NULL && box != NULL)
            row.special_use = SELO_STR(use);
        selo_call_emit(call, &row);
    }
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
run_box_create(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    SeloStatus status = SELO_OK;

    if (!is_fit(request->name))
        status = SELO_INVALID;
    else if (memory_box_find(request->account, request->name) != NULL)
        status = SELO_EXISTS;
    else
        box_new(request->account, request->name);
    selo_call_return(call, status, NULL, NULL);
}

static void
rename_box(MemoryBox *box, char *name)
{
    MemoryAccount *account = box->account;

    memory_box_ref(box);
    g_hash_table_remove(account->boxes, box->name);
    g_free(box->name);
    box->name = name;
    g_hash_table_insert(account->boxes, box->name, box);
}

static SeloStatus
rename_boxes(MemoryAccount *account, const char *name, const char *new_name)
{
    g_autoptr(GList) boxes = g_hash_table_get_values(account->boxes);
    gboolean is_found = FALSE;

    if (is_below(new_name, name))
        return SELO_INVALID;
    if (g_hash_table_contains(account->boxes, new_name))
        return SELO_EXISTS;
    for (GList *item = boxes; item != NULL; item = item->next) {
        MemoryBox *box = item->data;

        if (strcmp(box->name, name) != 0 && !is_below(box->name, name))
            continue;
        rename_box(box, g_strconcat(new_name, box->name + strlen(name), NULL));
        is_found = TRUE;
    }
    return is_found ? SELO_OK : SELO_NOT_FOUND;
}

static void
run_box_rename(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MemoryAccount *account = request->account;
    g_autofree char *name = g_strndup(request->name.s, request->name.len);
    g_autofree char *new_name = g_strndup(request->new_name.s, request->new_name.len);
    SeloStatus status = SELO_OK;

    if (!is_fit(request->new_name))
        status = SELO_INVALID;
    else if (strcmp(name, "INBOX") != 0)
        status = rename_boxes(account, name, new_name);
    else if (memory_box_find(account, request->new_name) != NULL)
        status = SELO_EXISTS;
    else /* RFC 9051 section 6.3.6: INBOX stays, its messages move */
        memory_move_all(memory_box_find(account, request->name),
                        box_new(account, request->new_name));
    selo_call_return(call, status, NULL, NULL);
}

static void
run_box_delete(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MemoryBox *box = memory_box_find(request->account, request->name);
    SeloStatus status = SELO_OK;

    if (box == NULL) {
        status = SELO_NOT_FOUND;
    } else if (strcmp(box->name, "INBOX") == 0) {
        status = SELO_DENIED;
    } else {
        box->is_deleted = TRUE;
        memory_box_bump(box);
        g_hash_table_remove(box->account->boxes, box->name);
    }
    selo_call_return(call, status, NULL, NULL);
}

static void
run_box_subscribe(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MemoryAccount *account = request->account;
    g_autofree char *name = g_strndup(request->name.s, request->name.len);

    if (!is_fit(request->name)) {
        selo_call_return(call, SELO_INVALID, NULL, NULL);
        return;
    }
    if (request->flags & SELO_BOX_SUBSCRIBED)
        g_hash_table_add(account->subscribed, g_steal_pointer(&name));
    else
        g_hash_table_remove(account->subscribed, name);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
run_box_open(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MemoryBox *box = memory_box_find(request->account, request->name);
    MemoryHandle *handle;
    SeloBoxInfo info;

    if (box == NULL) {
        selo_call_return(call, is_fit(request->name) ? SELO_NOT_FOUND : SELO_INVALID, NULL, NULL);
        return;
    }
    handle = g_new0(MemoryHandle, 1);
    handle->box = memory_box_ref(box);
    handle->is_looking =
        (request->flags & (SELO_BOX_KEEP_RECENT | SELO_BOX_APPEND_ONLY)) != 0;
    handle->recent = g_hash_table_new(NULL, NULL);
    memory_take_recent(handle);
    describe(box, handle, &info);
    selo_call_return(call, SELO_OK, NULL, &info);
}

static void
run_box_close(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MemoryHandle *handle = request->box;

    memory_box_unref(handle->box);
    g_hash_table_unref(handle->recent);
    g_free(handle);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
run_box_status(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MemoryBox *box = memory_box_find(request->account, request->name);
    SeloBoxInfo info;

    if (box == NULL) {
        selo_call_return(call, is_fit(request->name) ? SELO_NOT_FOUND : SELO_INVALID, NULL, NULL);
        return;
    }
    describe(box, NULL, &info);
    selo_call_return(call, SELO_OK, NULL, &info);
}

static void
end_watch(SeloCall *call, void *data)
{
    MemoryBox *box = data;

    g_ptr_array_remove_fast(box->watches, call);
    memory_box_unref(box);
    selo_call_return(call, SELO_CANCELLED, NULL, NULL);
}

static void
run_box_watch(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MemoryHandle *handle = request->box;

    if (handle == NULL) {
        selo_call_return(call, SELO_UNSUPPORTED, NULL, NULL);
        return;
    }
    g_ptr_array_add(memory_box_ref(handle->box)->watches, call);
    selo_call_on_stop(call, end_watch, handle->box);
}

/* ---- the table: each operation may be told to fail ---- */

#define FAULTY(op, run, Request)                                                                \
    static void resume_##op(const MemoryHeld *held)                                             \
    {                                                                                           \
        run(held->self, held->call, held->request);                                             \
    }                                                                                           \
    static void op_##op(void *self, SeloCall *call, const Request *request)                        \
    {                                                                                           \
        if (memory_faults_admit(self, call, #op, request, resume_##op))                         \
            run(self, call, request);                                                           \
    }

FAULTY(account_open, run_account_open, SeloAccountRequest)
FAULTY(account_close, run_account_close, SeloAccountRequest)
FAULTY(account_usage, run_account_usage, SeloAccountRequest)
FAULTY(account_list, run_account_list, SeloAccountRequest)
FAULTY(sync, run_sync, SeloAccountRequest)
FAULTY(box_list, run_box_list, SeloBoxRequest)
FAULTY(box_create, run_box_create, SeloBoxRequest)
FAULTY(box_rename, run_box_rename, SeloBoxRequest)
FAULTY(box_delete, run_box_delete, SeloBoxRequest)
FAULTY(box_subscribe, run_box_subscribe, SeloBoxRequest)
FAULTY(box_open, run_box_open, SeloBoxRequest)
FAULTY(box_close, run_box_close, SeloBoxRequest)
FAULTY(box_status, run_box_status, SeloBoxRequest)
FAULTY(box_watch, run_box_watch, SeloBoxRequest)
FAULTY(msg_changes, memory_msg_changes, SeloMsgRequest)
FAULTY(msg_fetch, memory_msg_fetch, SeloMsgRequest)
FAULTY(msg_append, memory_msg_append, SeloAppendRequest)
FAULTY(msg_copy, memory_msg_copy, SeloMsgRequest)
FAULTY(msg_move, memory_msg_move, SeloMsgRequest)
FAULTY(msg_flags, memory_msg_flags, SeloMsgRequest)
FAULTY(msg_expunge, memory_msg_expunge, SeloMsgRequest)

static void
attr_unsupported(void *self, SeloCall *call, const SeloAttrRequest *request)
{
    selo_call_return(call, SELO_UNSUPPORTED, "this store keeps no annotations", NULL);
}

const SeloStoreV1 memory_store_table = {
    .struct_size = sizeof(SeloStoreV1),
    .create = store_create,
    .destroy = store_destroy,
    .account_open = op_account_open,
    .account_close = op_account_close,
    .account_usage = op_account_usage,
    .account_list = op_account_list,
    .sync = op_sync,
    .box_list = op_box_list,
    .box_create = op_box_create,
    .box_rename = op_box_rename,
    .box_delete = op_box_delete,
    .box_subscribe = op_box_subscribe,
    .box_open = op_box_open,
    .box_close = op_box_close,
    .box_status = op_box_status,
    .box_watch = op_box_watch,
    .attr_get = attr_unsupported,
    .attr_set = attr_unsupported,
    .attr_list = attr_unsupported,
    .msg_changes = op_msg_changes,
    .msg_fetch = op_msg_fetch,
    .msg_append = op_msg_append,
    .msg_copy = op_msg_copy,
    .msg_move = op_msg_move,
    .msg_flags = op_msg_flags,
    .msg_expunge = op_msg_expunge,
};
