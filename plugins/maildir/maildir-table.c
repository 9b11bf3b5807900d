/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-table.c: the table of store/1: instances, and the operations that open and close.
 * Searching is left to the core, which has to read the messages as well.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-table.h"
#include "plugins/maildir/maildir-store.h"

/* ---- instances ---- */

/* The host's name as file names can hold it (Dovecot refuses "/"; ":" and "," have a meaning). */
static char *
host_for_names(void)
{
    char host[256] = "";

    gethostname(host, sizeof host - 1);
    if (*host == '\0')
        g_strlcpy(host, "localhost", sizeof host);
    return g_strdelimit(g_strdup(host), "/:, \t\r\n", '_');
}

static gboolean
store_create(void *state, const char *instance, const SeloConf *conf, void **out_self,
             GError **error)
{
    MaildirStore *store = g_new0(MaildirStore, 1);

    store->conf = conf;
    store->host = host_for_names();
    store->is_fs = g_strcmp0(selo_conf_str(conf, "layout"), "fs") == 0;
    store->is_utf8 = selo_conf_bool(conf, "utf8-names");
    store->is_crlf = g_strcmp0(selo_conf_str(conf, "line-ends"), "crlf") == 0;
    store->is_unsynced = g_strcmp0(selo_conf_str(conf, "fsync"), "never") == 0;
    store->accounts = g_hash_table_new(g_str_hash, g_str_equal);
    store->watcher = maildir_watcher_new();
    g_mutex_init(&store->lock);
    *out_self = store;
    return TRUE;
}

static void
store_destroy(void *self)
{
    MaildirStore *store = self;

    maildir_watcher_free(store->watcher);
    g_hash_table_unref(store->accounts);
    g_mutex_clear(&store->lock);
    g_free(store->host);
    g_free(store);
}

/* ---- accounts ---- */

static void
return_account(SeloCall *call, MaildirAccount *account, gboolean with_usage)
{
    SeloAccountReply reply = { .struct_size = sizeof reply, .account = account };
    MaildirUsage usage = { 0 };
    g_autoptr(GError) error = NULL;
    gboolean is_read;

    g_mutex_lock(&account->lock);
    is_read = !with_usage || maildir_quota_read(account, &usage, &error);
    reply.octets_limit = account->octets_limit;
    reply.messages_limit = account->messages_limit;
    reply.modseq = account->modseq;
    g_mutex_unlock(&account->lock);
    reply.octets = usage.octets;
    reply.messages = usage.messages;
    if (is_read)
        selo_call_return(call, SELO_OK, NULL, &reply);
    else
        maildir_return_error(call, error);
}

static void
account_open(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    g_autoptr(GError) error = NULL;
    MaildirAccount *account =
        maildir_account_ref(self, request, selo_call_conf(call), &error);

    if (account != NULL)
        return_account(call, account, FALSE);
    else
        maildir_return_error(call, error);
}

static void
account_close(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    maildir_account_unref(request->account);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
account_usage(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    return_account(call, request->account, TRUE);
}

static void
emit_user(void *data, SeloStr user)
{
    selo_call_emit(data, &user);
}

static void
account_list(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    maildir_account_each(self, emit_user, call);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

/* The part of the path template that is the same for all users. */
static char *
common_path(const MaildirStore *store)
{
    const char *template = selo_conf_str(store->conf, "path");
    g_autofree char *fixed = g_strndup(template, strcspn(template, "%"));
    char *slash = strrchr(fixed, '/');

    if (slash == NULL || slash == fixed)
        return g_strdup("/");
    *slash = '\0';
    return g_steal_pointer(&fixed);
}

/* One syncfs for all appends that did not wait for the disk. */
static void
store_sync(void *self, SeloCall *call, const SeloAccountRequest *request)
{
    g_autofree char *path = common_path(self);
    g_autoptr(GError) error = NULL;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || syncfs(fd) < 0)
        maildir_fail_errno(&error, "%s: cannot sync", path);
    if (fd >= 0)
        close(fd);
    if (error == NULL)
        selo_call_return(call, SELO_OK, NULL, NULL);
    else
        maildir_return_error(call, error);
}

/* ---- boxes ---- */

static MaildirHandle *
open_box(MaildirAccount *account, SeloCall *call, const SeloBoxRequest *request,
         SeloBoxInfo *out_info, GError **error)
{
    MaildirBox *box = maildir_box_find(account, request->name, error);
    MaildirHandle *handle;
    gboolean is_synced;

    if (box == NULL)
        return NULL;
    handle = maildir_handle_new(box, (request->flags & SELO_BOX_KEEP_RECENT) != 0);
    is_synced = request->flags & SELO_BOX_APPEND_ONLY || maildir_handle_sync(handle, call, error);
    if (is_synced) {
        maildir_box_describe(box, handle, out_info);
        return handle;
    }
    maildir_handle_free(handle);
    return NULL;
}

static void
box_open(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirAccount *account = request->account;
    g_autoptr(GError) error = NULL;
    g_autofree char *use = NULL;
    SeloBoxInfo info;
    MaildirHandle *handle;

    g_mutex_lock(&account->lock);
    handle = open_box(account, call, request, &info, &error);
    if (handle != NULL)
        use = maildir_special_use(account->store, handle->box->name);
    g_mutex_unlock(&account->lock);
    if (handle == NULL) {
        maildir_return_error(call, error);
        return;
    }
    if (use != NULL)
        info.special_use = SELO_STR(use);
    selo_call_return(call, SELO_OK, NULL, &info); /* its texts live as long as the handle */
}

static void
box_close(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirHandle *handle = request->box;
    MaildirAccount *account = handle->box->account;

    g_mutex_lock(&account->lock);
    maildir_handle_free(handle);
    g_mutex_unlock(&account->lock);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
box_status(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirAccount *account = request->account;
    g_autofree char *name = g_strndup(request->name.s, request->name.len);
    g_autofree char *use = maildir_special_use(account->store, name);
    g_autoptr(GError) error = NULL;
    char guid[sizeof((MaildirUidlistHeader *) NULL)->guid] = "";
    SeloBoxInfo info;
    MaildirBox *box;
    gboolean is_known;

    g_mutex_lock(&account->lock);
    box = maildir_box_find(account, request->name, &error);
    is_known = box != NULL && maildir_box_sync(box, call, &error);
    if (is_known) {
        maildir_box_describe(box, NULL, &info);
        g_strlcpy(guid, box->list.header.guid, sizeof guid);
    }
    if (box != NULL)
        maildir_box_release(box);
    g_mutex_unlock(&account->lock);
    if (!is_known) {
        maildir_return_error(call, error);
        return;
    }
    info.name = request->name;
    info.id = SELO_STR(guid);
    if (use != NULL)
        info.special_use = SELO_STR(use);
    selo_call_return(call, SELO_OK, NULL, &info);
}

/* Annotations are not kept yet: there is no file of Dovecot's that could hold them safely. */
static void
attr_unsupported(void *self, SeloCall *call, const SeloAttrRequest *request)
{
    selo_call_return(call, SELO_UNSUPPORTED, "this store keeps no annotations", NULL);
}

const SeloStoreV1 maildir_store_table = {
    .struct_size = sizeof(SeloStoreV1),
    .create = store_create,
    .destroy = store_destroy,
    .account_open = account_open,
    .account_close = account_close,
    .account_usage = account_usage,
    .account_list = account_list,
    .sync = store_sync,
    .box_list = maildir_box_list,
    .box_create = maildir_box_create,
    .box_rename = maildir_box_rename,
    .box_delete = maildir_box_delete,
    .box_subscribe = maildir_box_subscribe,
    .box_open = box_open,
    .box_close = box_close,
    .box_status = box_status,
    .box_watch = maildir_box_watch,
    .attr_get = attr_unsupported,
    .attr_set = attr_unsupported,
    .attr_list = attr_unsupported,
    .msg_changes = maildir_msg_changes,
    .msg_fetch = maildir_msg_fetch,
    .msg_append = maildir_msg_append,
    .msg_copy = maildir_msg_copy,
    .msg_move = maildir_msg_move,
    .msg_flags = maildir_msg_flags,
    .msg_expunge = maildir_msg_expunge,
};
