/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-tree.c: the list of mailboxes as a tree: parents that do not exist, who has children. Stores
 * list what they have, in any form of order; this makes it what every protocol shows.
 */
#include "config.h"

#include <string.h>

#include "server/mailbox/selo-view-private.h"

typedef struct {
    SeloTask task;
    uint32_t flags;
    GPtrArray *all;        /* SeloBoxInfo, all mailboxes */
    GPtrArray *subscribed; /* those to tell if only subscribed ones are; else NULL */
} ListTask;

/* Names in the order of a walk through the tree: "/" before all else. */
static int
compare_names(SeloStr a, SeloStr b)
{
    size_t n = MIN(a.len, b.len), i = 0;

    while (i < n && a.s[i] == b.s[i])
        i++;
    if (i == n)
        return (a.len > b.len) - (a.len < b.len);
    if (a.s[i] == '/' || b.s[i] == '/')
        return a.s[i] == '/' ? -1 : 1;
    return (unsigned char) a.s[i] < (unsigned char) b.s[i] ? -1 : 1;
}

static int
compare_boxes(const void *a, const void *b)
{
    const SeloBoxInfo *const *left = a, *const *right = b;

    return compare_names((*left)->name, (*right)->name);
}

static gboolean
is_below(SeloStr name, SeloStr parent)
{
    return name.len > parent.len && name.s[parent.len] == '/' &&
           memcmp(name.s, parent.s, parent.len) == 0;
}

static char *
copy_text(SeloStr *text)
{
    char *copy = text->s != NULL ? g_strndup(text->s, text->len) : NULL;

    text->s = copy;
    return copy;
}

static void
free_box(void *data)
{
    SeloBoxInfo *box = data;

    g_free((char *) box->name.s);
    g_free((char *) box->id.s);
    g_free((char *) box->special_use.s);
    g_free(box);
}

static void
add_box(GPtrArray *boxes, const SeloBoxInfo *box)
{
    SeloBoxInfo *copy = g_memdup2(box, sizeof *box);

    copy_text(&copy->name);
    copy_text(&copy->id);
    copy_text(&copy->special_use);
    g_ptr_array_add(boxes, copy);
}

static void
box_told(void *data, const void *row)
{
    ListTask *list = data;

    add_box(list->all, row);
}

static void
subscription_told(void *data, const void *row)
{
    ListTask *list = data;

    add_box(list->subscribed, row);
}

/* Adds the parents of sorted @boxes that are missing, as names that cannot be selected. */
static GPtrArray *
add_parents(GPtrArray *boxes)
{
    GPtrArray *full = g_ptr_array_new_with_free_func(free_box);

    for (guint i = 0; i < boxes->len; i++) {
        SeloBoxInfo *box = boxes->pdata[i];

        for (size_t at = 0; at < box->name.len; at++) {
            SeloBoxInfo parent = { .struct_size = sizeof parent,
                                   .flags = SELO_BOX_NO_SELECT,
                                   .name = { box->name.s, at } };
            SeloBoxInfo *last = full->len > 0 ? full->pdata[full->len - 1] : NULL;

            if (box->name.s[at] != '/' || at == 0)
                continue;
            if (last != NULL &&
                (is_below(last->name, parent.name) || compare_names(last->name, parent.name) == 0))
                continue; /* it is there already */
            add_box(full, &parent);
        }
        g_ptr_array_add(full, box);
    }
    g_ptr_array_set_free_func(boxes, NULL);
    g_ptr_array_free(boxes, TRUE);
    return full;
}

static gboolean
has_children(const GPtrArray *all, SeloStr name)
{
    guint low = 0, high = all->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;

        if (compare_names(((SeloBoxInfo *) all->pdata[middle])->name, name) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < all->len && is_below(((SeloBoxInfo *) all->pdata[low])->name, name);
}

static void
finish_list(ListTask *list)
{
    GPtrArray *told;

    g_ptr_array_sort(list->all, compare_boxes);
    list->all = add_parents(list->all);
    told = list->subscribed != NULL ? list->subscribed : list->all;
    g_ptr_array_sort(told, compare_boxes);
    for (guint i = 0; i < told->len; i++) {
        SeloBoxInfo *box = told->pdata[i];

        box->flags &= ~(uint32_t) (SELO_BOX_NO_CHILDREN | SELO_BOX_HAS_CHILDREN);
        box->flags |=
            has_children(list->all, box->name) ? SELO_BOX_HAS_CHILDREN : SELO_BOX_NO_CHILDREN;
        selo_task_tell(&list->task, box);
    }
    selo_task_finish(&list->task, SELO_OK, NULL, NULL);
}

static void
subscriptions_listed(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ListTask *list = data;

    if (status == SELO_OK)
        finish_list(list);
    else
        selo_task_finish(&list->task, status, operator_text, NULL);
}

static void
boxes_listed(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    ListTask *list = data;
    SeloBoxRequest request = { .struct_size = sizeof request, .flags = list->flags };

    if (status != SELO_OK) {
        selo_task_finish(&list->task, status, operator_text, NULL);
    } else if ((list->flags & SELO_BOX_SUBSCRIBED) != 0) {
        list->subscribed = g_ptr_array_new_with_free_func(free_box);
        selo_task_run(&list->task, 0, "box_list", &request, subscription_told,
                      subscriptions_listed);
    } else {
        finish_list(list);
    }
}

static void
clear_list(SeloTask *task)
{
    ListTask *list = (ListTask *) task;

    g_clear_pointer(&list->all, g_ptr_array_unref);
    g_clear_pointer(&list->subscribed, g_ptr_array_unref);
}

void
selo_account_list(SeloAccount *account, SeloCall *call, uint32_t flags, SeloRowFunc row,
                  SeloDoneFunc done, void *data)
{
    ListTask *list = (ListTask *) selo_task_new(sizeof *list, selo_account_home(account), NULL,
                                                call, row, done, data);
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .flags = flags & SELO_BOX_WITH_STATUS };

    list->task.clear = clear_list;
    list->flags = flags & (SELO_BOX_SUBSCRIBED | SELO_BOX_WITH_STATUS);
    if ((flags & SELO_BOX_SUBSCRIBED) != 0)
        request.flags = 0;
    list->all = g_ptr_array_new_with_free_func(free_box);
    selo_task_run(&list->task, 0, "box_list", &request, box_told, boxes_listed);
}
