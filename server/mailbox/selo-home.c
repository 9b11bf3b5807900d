/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-home.c: accounts that the sessions of this process share, from account_open to
 * account_close. A home that nobody uses stays open for a while: clients come back, and what is
 * known of their mailboxes then needs no reading.
 */
#include "config.h"

#include "server/mailbox/selo-home.h"

#include <string.h>

#include "server/mailbox/selo-mailbox.h"

#define IDLE_USEC (30 * G_USEC_PER_SEC)

/* The loop's thread alone. */
static GHashTable *homes; /* key → SeloHome, those that may be used */
static GQueue all = G_QUEUE_INIT;

typedef struct {
    SeloRole *role;
    void (*closed)(void *data);
    void *data;
} Ending;
static GArray *endings; /* Ending: roles that wait for their homes to be closed */

static char *
make_key(SeloRole *role, SeloInstance *store, const char *user)
{
    return g_strdup_printf("%p %p %s", (void *) role, (void *) store, user);
}

static void
root_returned(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    /* Ended by free_home(); nobody waits for it. */
}

SeloHome *
selo_home_get(SeloCall *call, SeloInstance *store, const SeloHomeUser *user)
{
    g_autofree char *key = make_key(selo_call_role(call), store, user->user);
    SeloHome *home;

    if (homes == NULL)
        homes = g_hash_table_new(g_str_hash, g_str_equal);
    home = g_hash_table_lookup(homes, key);
    if (home != NULL)
        return selo_home_ref(home);
    home = g_new0(SeloHome, 1);
    home->refs = 1;
    home->key = g_steal_pointer(&key);
    home->role = selo_call_role(call);
    home->store = store;
    home->user = (SeloHomeUser){ g_strdup(user->user), g_strdup(user->directory),
                                 user->quota_octets, user->quota_messages };
    home->call = selo_call_new_root(home->role, user->user, NULL, root_returned, NULL);
    home->boxes = g_hash_table_new(g_str_hash, g_str_equal);
    g_queue_init(&home->waiting);
    g_queue_init(&home->jobs);
    home->link.data = home;
    g_queue_push_tail_link(&all, &home->link);
    g_hash_table_insert(homes, home->key, home);
    return home;
}

SeloHome *
selo_home_ref(SeloHome *home)
{
    home->refs++;
    selo_timer_disarm(&home->idle);
    return home;
}

static void
free_home(SeloHome *home)
{
    g_queue_unlink(&all, &home->link);
    selo_call_return(home->call, SELO_OK, NULL, NULL);
    selo_call_unref(home->call);
    g_hash_table_destroy(home->boxes);
    g_free(home->user.user);
    g_free(home->user.directory);
    g_free(home->key);
    g_free(home);
}

static gboolean
has_homes(const SeloRole *role)
{
    for (GList *item = all.head; item != NULL; item = item->next) {
        if (((SeloHome *) item->data)->role == role)
            return TRUE;
    }
    return FALSE;
}

static void
tell_if_closed(void)
{
    for (guint i = 0; endings != NULL && i < endings->len;) {
        Ending ended = g_array_index(endings, Ending, i);

        if (has_homes(ended.role)) {
            i++;
            continue;
        }
        g_array_remove_index(endings, i);
        ended.closed(ended.data);
    }
}

static void
forget_ending(const SeloRole *role)
{
    for (guint i = 0; endings != NULL && i < endings->len;) {
        if (g_array_index(endings, Ending, i).role == role)
            g_array_remove_index(endings, i);
        else
            i++;
    }
}

static void
account_closed(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    free_home(data);
    tell_if_closed();
}

static void
close_home(void *data)
{
    SeloHome *home = data;
    g_autoptr(GList) boxes = g_hash_table_get_values(home->boxes);
    SeloAccountRequest request = { .struct_size = sizeof request, .account = home->account };

    selo_timer_disarm(&home->idle);
    home->state = SELO_HOME_CLOSING;
    g_hash_table_remove(homes, home->key);
    for (GList *item = boxes; item != NULL; item = item->next)
        selo_mailbox_close(item->data);
    selo_job_new(&(SeloJobOptions){ .home = home,
                                    .flags = SELO_JOB_EXCLUSIVE,
                                    .parent = home->call,
                                    .op = "account_close",
                                    .request = &request,
                                    .done = account_closed,
                                    .data = home });
}

void
selo_home_unref(SeloHome *home)
{
    if (home == NULL || --home->refs > 0)
        return;
    if (home->state == SELO_HOME_OPEN && home->role->is_draining) {
        close_home(home);
    } else if (home->state == SELO_HOME_OPEN) {
        selo_timer_arm(home->role->loop, &home->idle, IDLE_USEC, close_home, home);
    } else if (home->state == SELO_HOME_NEW) {
        g_hash_table_remove(homes, home->key);
        free_home(home);
    }
}

void
selo_home_close_role(SeloRole *role, void (*closed)(void *data), void *data)
{
    Ending ending = { role, closed, data };

    if (endings == NULL)
        endings = g_array_new(FALSE, FALSE, sizeof(Ending));
    forget_ending(role);
    g_array_append_val(endings, ending);
    for (GList *item = all.head; item != NULL; item = item->next) {
        SeloHome *home = item->data;

        if (home->role == role && home->refs == 0 && home->state == SELO_HOME_OPEN)
            close_home(home);
    }
    tell_if_closed();
}

void
selo_home_forget_role(SeloRole *role)
{
    GList *next;

    forget_ending(role);
    for (GList *item = all.head; item != NULL; item = next) {
        SeloHome *home = item->data;
        GHashTableIter iter;
        gpointer box;

        next = item->next;
        if (home->role != role)
            continue;
        selo_timer_disarm(&home->idle);
        if (g_hash_table_lookup(homes, home->key) == home)
            g_hash_table_remove(homes, home->key);
        selo_call_abandon(home->call);
        selo_jobs_forget(home);
        g_hash_table_iter_init(&iter, home->boxes);
        while (g_hash_table_iter_next(&iter, NULL, &box))
            selo_mailbox_free(box);
        free_home(home);
    }
}

static void
account_opened(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SeloHome *home = data;
    const SeloAccountReply *opened = reply;

    if (status == SELO_OK && opened != NULL) {
        home->account = opened->account;
        home->has_limits = opened->octets_limit != 0 || opened->messages_limit != 0;
    }
    home->state = status == SELO_OK ? SELO_HOME_OPEN : SELO_HOME_NEW;
    selo_task_wake_all(&home->waiting, status, operator_text);
    selo_home_unref(home);
}

void
selo_home_wait_open(SeloHome *home, SeloTask *task)
{
    SeloAccountRequest request = {
        .struct_size = sizeof request,
        .user = { home->user.user, strlen(home->user.user) },
        .quota_octets = home->user.quota_octets,
        .quota_messages = home->user.quota_messages,
    };

    if (home->state == SELO_HOME_OPEN) {
        selo_task_later(task, SELO_OK, task->step);
        return;
    }
    selo_task_wait(task, &home->waiting, task->step);
    if (home->state == SELO_HOME_OPENING)
        return;
    if (home->user.directory != NULL)
        request.home = (SeloStr){ home->user.directory, strlen(home->user.directory) };
    home->state = SELO_HOME_OPENING;
    selo_home_ref(home);
    selo_job_new(&(SeloJobOptions){ .home = home,
                                    .parent = home->call,
                                    .op = "account_open",
                                    .request = &request,
                                    .done = account_opened,
                                    .data = home });
}
