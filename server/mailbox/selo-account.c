/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-account.c: a session's hold on a user's account: whose store it is, what is done with
 * mailboxes by name, and the lock of POP3.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/auth/selo-auth-client.h"
#include "server/config/selo-snapshot.h"
#include "server/mailbox/selo-account-private.h"
#include "server/mailbox/selo-view-private.h"
#include "server/plugin/selo-registry.h"

struct SeloAccount {
    uint32_t refs;
    SeloHome *home;
    int lock_fd; /* -1 = not locked */
    char *lock_path;
};

typedef struct {
    SeloTask task;
    SeloAccountFunc opened;
    void *opened_data;
    SeloCall *asker; /* the session's call: its settings say which store */
    char *user;
} OpenTask;

typedef struct {
    SeloTask task;
    SeloBoxRequest request; /* names point into name and new_name */
    char *name, *new_name;
} NameTask;

SeloHome *
selo_account_home(SeloAccount *account)
{
    return account->home;
}

/* ---- life ---- */

static SeloAccount *
make_account(SeloHome *home)
{
    SeloAccount *account = g_new0(SeloAccount, 1);

    account->refs = 1;
    account->home = selo_home_ref(home);
    account->lock_fd = -1;
    return account;
}

SeloAccount *
selo_account_ref(SeloAccount *account)
{
    account->refs++;
    return account;
}

void
selo_account_unref(SeloAccount *account)
{
    if (account == NULL || --account->refs > 0)
        return;
    if (account->lock_fd >= 0) {
        unlink(account->lock_path); /* while it is held, so that nobody else's file goes */
        close(account->lock_fd);
    }
    g_free(account->lock_path);
    selo_home_unref(account->home);
    g_free(account);
}

/* ---- opening ---- */

static void
tell_opened(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    OpenTask *open = data;

    open->opened(open->opened_data, status, operator_text, (SeloAccount *) reply);
}

static void
home_opened(SeloTask *task, SeloStatus status, const char *operator_text)
{
    selo_task_finish(task, status, operator_text,
                     status == SELO_OK ? make_account(task->home) : NULL);
}

static void
clear_open(SeloTask *task)
{
    OpenTask *open = (OpenTask *) task;

    g_clear_pointer(&open->asker, selo_call_unref);
    g_free(open->user);
}

static void
open_home(OpenTask *open, SeloInstance *store, const SeloHomeUser *user)
{
    open->task.home = selo_home_get(open->task.call, store, user);
    open->task.step = home_opened;
    selo_home_wait_open(open->task.home, &open->task);
}

static OpenTask *
new_open_task(SeloCall *call, SeloStr user, SeloAccountFunc opened, void *data)
{
    OpenTask *open =
        (OpenTask *) selo_task_new(sizeof *open, NULL, NULL, call, NULL, tell_opened, NULL);

    open->task.data = open;
    open->task.clear = clear_open;
    open->opened = opened;
    open->opened_data = data;
    open->asker = selo_call_ref(call);
    open->user = g_strndup(user.s, user.len);
    return open;
}

void
selo_account_open_in(SeloCall *call, SeloInstance *store, const SeloHomeUser *user,
                     SeloAccountFunc opened, void *data)
{
    SeloStr name = { user->user, strlen(user->user) };

    open_home(new_open_task(call, name, opened, data), store, user);
}

/* The store of the user's record, else of his domain, else of the listener, else the only one. */
static SeloInstance *
find_store(SeloRole *role, SeloCall *call, const char *user, SeloStr named)
{
    const char *domain = strrchr(user, '@');
    const SeloConf *section = NULL, *listener = selo_call_conf(call);
    SeloInstance *const *all;
    SeloInstance *store = NULL;
    size_t n = 0;

    if (named.len > 0) {
        g_autofree char *name = g_strndup(named.s, named.len);

        return selo_registry_find(role->registry, "store", name);
    }
    if (domain != NULL)
        section = selo_snapshot_section(role->snapshot, "domain", domain + 1);
    if (section != NULL)
        store = selo_conf_instance(section, "store");
    if (store == NULL && listener != NULL && strcmp(selo_conf_type(listener), "listener") == 0)
        store = selo_conf_instance(listener, "store");
    if (store != NULL)
        return store;
    all = selo_registry_all(role->registry, "store", &n);
    return n == 1 ? all[0] : NULL;
}

static void
user_found(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    OpenTask *open = data;
    const SeloAuthUser *found = reply;
    SeloRole *role = selo_call_role(open->task.call);
    SeloInstance *store;
    g_autofree char *directory = NULL;
    SeloHomeUser user = { .user = open->user };

    if (status == SELO_OK && found != NULL) {
        if (found->user.len > 0) {
            g_free(open->user);
            user.user = open->user = g_strndup(found->user.s, found->user.len);
        }
        if (found->home.len > 0)
            user.directory = directory = g_strndup(found->home.s, found->home.len);
        user.quota_octets = found->quota_octets;
        user.quota_messages = found->quota_messages;
    } else {
        selo_task_finish(&open->task, status != SELO_OK ? status : SELO_TEMPORARY, operator_text,
                         NULL);
        return;
    }
    store = find_store(role, open->asker, open->user, found->store);
    if (store == NULL)
        selo_task_finish(
            &open->task, SELO_TEMPORARY,
            "no store for this user here: set store in the user's record or in [domain]", NULL);
    else
        open_home(open, store, &user);
}

void
selo_account_open(SeloCall *call, SeloStr user, SeloAccountFunc opened, void *data)
{
    OpenTask *open = new_open_task(call, user, opened, data);
    SeloRole *role = selo_call_role(call);

    /* The lookup runs below the task's call and ends when that is stopped. */
    selo_auth_client_lookup(role->auth, open->task.call, NULL, user, user_found, open);
}

gboolean
selo_account_equal(const SeloAccount *account, const SeloAccount *other)
{
    return account->home == other->home;
}

/* ---- mailboxes by name ---- */

static void
clear_name(SeloTask *task)
{
    NameTask *named = (NameTask *) task;

    g_free(named->name);
    g_free(named->new_name);
}

static NameTask *
new_name_task(SeloAccount *account, SeloCall *call, SeloStr name, SeloStr new_name, uint32_t flags,
              SeloDoneFunc done, void *data)
{
    NameTask *named =
        (NameTask *) selo_task_new(sizeof *named, account->home, NULL, call, NULL, done, data);

    named->task.clear = clear_name;
    named->name = g_strndup(name.s, name.len);
    named->new_name = new_name.s != NULL ? g_strndup(new_name.s, new_name.len) : NULL;
    named->request = (SeloBoxRequest){ .struct_size = sizeof named->request,
                                       .flags = flags,
                                       .name = { named->name, name.len },
                                       .new_name = { named->new_name, new_name.len } };
    return named;
}

void
selo_account_create(SeloAccount *account, SeloCall *call, SeloStr name, SeloDoneFunc done,
                    void *data)
{
    NameTask *named = new_name_task(account, call, name, (SeloStr){ NULL, 0 }, 0, done, data);

    selo_task_run(&named->task, 0, "box_create", &named->request, NULL, selo_task_finish_job);
}

/* Mailboxes of that name and below it are not what they were: sessions keep what they know. */
static void
set_gone(SeloHome *home, const char *name, gboolean with_below)
{
    g_autoptr(GList) boxes = g_hash_table_get_values(home->boxes);
    size_t size = strlen(name);

    for (GList *item = boxes; item != NULL; item = item->next) {
        SeloMailbox *box = item->data;
        gboolean is_below = strncmp(box->name, name, size) == 0 && box->name[size] == '/';

        if (strcmp(box->name, name) != 0 && !(with_below && is_below))
            continue;
        selo_mailbox_ref(box);
        selo_mailbox_set_gone(box);
        selo_mailbox_unref(box);
    }
}

static void
box_renamed(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    NameTask *named = data;

    /* INBOX stays and loses its messages (RFC 9051 section 6.3.6), which the next refresh finds. */
    if (status == SELO_OK && strcmp(named->name, "INBOX") != 0)
        set_gone(named->task.home, named->name, TRUE);
    /* What was known under the new name had been deleted, by another process. */
    if (status == SELO_OK)
        set_gone(named->task.home, named->new_name, TRUE);
    selo_task_finish(&named->task, status, operator_text, reply);
}

void
selo_account_rename(SeloAccount *account, SeloCall *call, SeloStr name, SeloStr new_name,
                    SeloDoneFunc done, void *data)
{
    NameTask *named = new_name_task(account, call, name, new_name, 0, done, data);

    selo_task_run(&named->task, SELO_JOB_EXCLUSIVE, "box_rename", &named->request, NULL,
                  box_renamed);
}

static void
box_deleted(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    NameTask *named = data;

    if (status == SELO_OK || status == SELO_NOT_FOUND)
        set_gone(named->task.home, named->name, FALSE);
    selo_task_finish(&named->task, status, operator_text, reply);
}

void
selo_account_delete(SeloAccount *account, SeloCall *call, SeloStr name, SeloDoneFunc done,
                    void *data)
{
    NameTask *named = new_name_task(account, call, name, (SeloStr){ NULL, 0 }, 0, done, data);

    selo_task_run(&named->task, SELO_JOB_EXCLUSIVE, "box_delete", &named->request, NULL,
                  box_deleted);
}

void
selo_account_subscribe(SeloAccount *account, SeloCall *call, SeloStr name, gboolean subscribed,
                       SeloDoneFunc done, void *data)
{
    NameTask *named = new_name_task(account, call, name, (SeloStr){ NULL, 0 },
                                    subscribed ? SELO_BOX_SUBSCRIBED : 0, done, data);

    selo_task_run(&named->task, 0, "box_subscribe", &named->request, NULL, selo_task_finish_job);
}

void
selo_account_status(SeloAccount *account, SeloCall *call, SeloStr name, SeloDoneFunc done,
                    void *data)
{
    NameTask *named = new_name_task(account, call, name, (SeloStr){ NULL, 0 }, 0, done, data);
    SeloMailbox *box = g_hash_table_lookup(account->home->boxes, named->name);

    if (box != NULL) /* so that it waits for what runs on it */
        named->task.box = selo_mailbox_ref(box);
    selo_task_run(&named->task, 0, "box_status", &named->request, NULL, selo_task_finish_job);
}

gboolean
selo_account_has_limits(SeloAccount *account)
{
    return account->home->has_limits;
}

void
selo_account_usage(SeloAccount *account, SeloCall *call, SeloDoneFunc done, void *data)
{
    SeloTask *task = selo_task_new(sizeof *task, account->home, NULL, call, NULL, done, data);
    SeloAccountRequest request = { .struct_size = sizeof request };

    selo_task_run(task, 0, "account_usage", &request, NULL, selo_task_finish_job);
}

/* ---- the lock of POP3 ---- */

/* One file a user in the role's directory for temporary files, which all workers of this machine
 * share. An open file description lock goes with its process. Whoever holds it removes the file at
 * the end, so the one that was opened has to be still the one that has the name. */
static SeloStatus
take_lock(SeloAccount *account)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    const SeloHome *home = account->home;
    g_autofree char *who =
        g_strdup_printf("%s\n%s", selo_instance_name(home->store), home->user.user);
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, who, -1);
    g_autofree char *path = g_strdup_printf("%s/account-lock-%s", home->role->temp_dir, digest);
    struct stat opened, named;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return SELO_TEMPORARY;
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0 || fstat(fd, &opened) != 0 || stat(path, &named) != 0 ||
        opened.st_ino != named.st_ino || opened.st_dev != named.st_dev) {
        close(fd);
        return SELO_EXISTS;
    }
    account->lock_fd = fd;
    account->lock_path = g_steal_pointer(&path);
    return SELO_OK;
}

void
selo_account_lock(SeloAccount *account, SeloCall *call, SeloDoneFunc done, void *data)
{
    SeloTask *task = selo_task_new(sizeof *task, account->home, NULL, call, NULL, done, data);
    SeloStatus status = account->lock_fd >= 0 ? SELO_OK : take_lock(account);

    selo_task_later(task, status, selo_task_finish_step);
}
