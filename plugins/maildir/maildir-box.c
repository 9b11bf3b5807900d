/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-box.c: a mailbox in memory: columns of uids, flags, keywords and modseqs, and one arena
 * of base names. All sessions of a process share it; with the last handle it goes. It is about 90
 * octets a message, and nothing for a mailbox that is only delivered to.
 */
#include "config.h"

#include <string.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-store.h"

#define GONE_MAX 65536 /* ranges remembered; beyond, the older half is forgotten */

void
maildir_explain(const MaildirAccount *account, const char *path, GError **error)
{
    if (maildir_error_status(*error) != SELO_TEMPORARY || strcmp(path, account->root) == 0
        || maildir_folder_exists(path))
        return;
    g_clear_error(error);
    maildir_fail(error, SELO_NOT_FOUND, "%s: no such mailbox", path);
}

MaildirBox *
maildir_box_find(MaildirAccount *account, SeloStr name, GError **error)
{
    g_autofree char *path = maildir_folder_path(&account->layout, name, error);
    MaildirBox *box = path != NULL ? g_hash_table_lookup(account->boxes, path) : NULL;

    if (path == NULL || box != NULL)
        return box;
    if (!maildir_folder_exists(path)) {
        if (strcmp(path, account->root) != 0) {
            maildir_fail(error, SELO_NOT_FOUND, "%s: no such mailbox", path);
            return NULL;
        }
        if (!maildir_folder_make(path, error))
            return NULL;
    }
    box = g_new0(MaildirBox, 1);
    box->account = account;
    box->name = g_strndup(name.s, name.len);
    box->path = g_steal_pointer(&path);
    maildir_keywords_init(&box->keywords);
    g_hash_table_insert(account->boxes, box->path, box);
    return box;
}

static void
clear_messages(MaildirMessages *messages)
{
    g_free(messages->uids);
    g_free(messages->flags);
    g_free(messages->names);
    g_free(messages->keywords);
    g_free(messages->modseqs);
    g_free(messages->marks);
    *messages = (MaildirMessages){ 0 };
}

static void
free_string(GString *string)
{
    g_string_free(string, TRUE);
}

void
maildir_box_reset(MaildirBox *box)
{
    clear_messages(&box->messages);
    g_clear_pointer(&box->names, free_string);
    g_clear_pointer(&box->odd, g_hash_table_unref);
    g_clear_pointer(&box->fields, g_hash_table_unref);
    g_clear_pointer(&box->sizes, g_hash_table_unref);
    g_clear_pointer(&box->gone, g_array_unref);
    maildir_uidlist_clear(&box->list);
    box->stamps = (MaildirStamps){ 0 };
    box->is_loaded = FALSE;
}

void
maildir_box_free(MaildirBox *box)
{
    maildir_box_reset(box);
    maildir_keywords_clear(&box->keywords);
    g_free(box->name);
    g_free(box->path);
    g_free(box);
}

void
maildir_box_release(MaildirBox *box)
{
    if (box->n_handles > 0)
        return;
    if (box->is_loaded)
        g_hash_table_insert(box->account->last_modseqs, g_strdup(box->path),
                            g_memdup2(&box->modseq, sizeof box->modseq));
    g_hash_table_remove(box->account->boxes, box->path);
}

MaildirHandle *
maildir_handle_new(MaildirBox *box, gboolean is_looking)
{
    MaildirHandle *handle = g_new0(MaildirHandle, 1);

    handle->box = box;
    handle->is_looking = is_looking;
    box->n_handles++;
    return handle;
}

void
maildir_handle_free(MaildirHandle *handle)
{
    handle->box->n_handles--;
    maildir_box_release(handle->box);
    g_clear_pointer(&handle->recent, g_array_unref);
    g_free(handle);
}

/* ---- messages ---- */

uint32_t
maildir_messages_seek(const MaildirMessages *messages, uint32_t uid)
{
    uint32_t low = 0, high = messages->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (messages->uids[middle] < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

gboolean
maildir_messages_walk(const MaildirMessages *messages, SeloUids uids, MaildirWalk *walk,
                      uint32_t *out_index)
{
    for (; walk->range < uids.n; walk->range++) {
        const SeloRange *range = &uids.v[walk->range];

        if (walk->next < messages->n && messages->uids[walk->next] < range->first)
            walk->next = maildir_messages_seek(messages, range->first);
        if (walk->next >= messages->n)
            return FALSE;
        if (messages->uids[walk->next] <= range->last) {
            *out_index = walk->next++;
            return TRUE;
        }
    }
    return FALSE;
}

static void
grow_messages(MaildirMessages *messages)
{
    if (messages->n < messages->size)
        return;
    messages->size = MAX(16, messages->size + messages->size / 2);
    messages->uids = g_renew(uint32_t, messages->uids, messages->size);
    messages->flags = g_renew(uint32_t, messages->flags, messages->size);
    messages->names = g_renew(uint32_t, messages->names, messages->size);
    messages->keywords = g_renew(uint64_t, messages->keywords, messages->size);
    messages->modseqs = g_renew(uint64_t, messages->modseqs, messages->size);
    messages->marks = g_renew(uint8_t, messages->marks, messages->size);
}

static void
remember(GHashTable **table, uint32_t uid, char *text)
{
    if (*table == NULL)
        *table = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_hash_table_insert(*table, GUINT_TO_POINTER(uid), text);
}

static void
forget(GHashTable *table, uint32_t uid)
{
    if (table != NULL)
        g_hash_table_remove(table, GUINT_TO_POINTER(uid));
}

uint32_t
maildir_box_add(MaildirBox *box, const MaildirUidRecord *record)
{
    MaildirMessages *messages = &box->messages;
    uint32_t index = messages->n;

    grow_messages(messages);
    if (box->names == NULL)
        box->names = g_string_new(NULL);
    messages->uids[index] = record->uid;
    messages->flags[index] = 0;
    messages->keywords[index] = 0;
    messages->modseqs[index] = 0;
    messages->marks[index] = 0;
    messages->names[index] = (uint32_t) box->names->len;
    g_string_append_len(box->names, record->name.s, (gssize) record->name.len);
    g_string_append_c(box->names, '\0');
    if (record->fields.len > 0)
        remember(&box->fields, record->uid, g_strndup(record->fields.s, record->fields.len));
    messages->n++;
    return index;
}

void
maildir_box_compact(MaildirBox *box, uint8_t kept_mark)
{
    MaildirMessages *m = &box->messages;
    uint32_t to = 0;

    for (uint32_t from = 0; from < m->n; from++) {
        if (!(m->marks[from] & kept_mark)) {
            forget(box->odd, m->uids[from]);
            forget(box->fields, m->uids[from]);
            forget(box->sizes, m->uids[from]);
            continue;
        }
        if (to != from) {
            m->uids[to] = m->uids[from];
            m->flags[to] = m->flags[from];
            m->names[to] = m->names[from];
            m->keywords[to] = m->keywords[from];
            m->modseqs[to] = m->modseqs[from];
            m->marks[to] = m->marks[from];
        }
        to++;
    }
    m->n = to;
}

const char *
maildir_box_base(const MaildirBox *box, uint32_t index)
{
    return box->names->str + box->messages.names[index];
}

void
maildir_box_file(const MaildirBox *box, uint32_t index, GString *out)
{
    const MaildirMessages *messages = &box->messages;
    gboolean is_new = (messages->marks[index] & MAILDIR_NEW) != 0;
    const char *base = maildir_box_base(box, index);
    const char *odd = box->odd != NULL
                          ? g_hash_table_lookup(box->odd, GUINT_TO_POINTER(messages->uids[index]))
                          : NULL;

    g_string_assign(out, is_new ? "new/" : "cur/");
    if (odd != NULL)
        g_string_append(out, odd);
    else if (is_new)
        g_string_append(out, base);
    else
        maildir_name_print(out, SELO_STR(base),
                           maildir_name_capitals(messages->flags[index], 0),
                           maildir_keywords_letters(&box->keywords, messages->keywords[index]),
                           (SeloStr){ 0 });
}

void
maildir_box_observe(MaildirBox *box, uint32_t index, const char *file, gboolean is_in_new)
{
    MaildirMessages *messages = &box->messages;
    uint8_t *mark = &messages->marks[index];
    size_t len = strlen(file);
    MaildirName name;
    uint32_t flags;
    uint64_t keywords;

    maildir_name_parse(file, len, &name);
    flags = maildir_name_flags(name.capitals);
    keywords = name.letters != 0 ? maildir_keywords_bits(&box->keywords, name.letters) : 0;
    if (is_in_new ? len > name.base_len : !name.is_plain)
        remember(&box->odd, messages->uids[index], g_strdup(file));
    else
        forget(box->odd, messages->uids[index]);
    if (!(*mark & MAILDIR_SHOWN) || flags != messages->flags[index]
        || keywords != messages->keywords[index])
        *mark |= MAILDIR_CHANGED;
    messages->flags[index] = flags;
    messages->keywords[index] = keywords;
    *mark = (uint8_t) ((*mark & ~MAILDIR_NEW) | (is_in_new ? MAILDIR_NEW : 0) | MAILDIR_FOUND);
}

uint64_t
maildir_box_bump(MaildirBox *box, int64_t changed_usec)
{
    box->account->modseq = MAX(box->account->modseq + 1, (uint64_t) changed_usec);
    box->modseq = box->account->modseq;
    return box->modseq;
}

void
maildir_box_add_gone(MaildirBox *box, uint32_t uid)
{
    MaildirGone gone = { uid, uid, box->modseq };

    if (box->gone == NULL)
        box->gone = g_array_new(FALSE, FALSE, sizeof(MaildirGone));
    if (box->gone->len > 0) {
        MaildirGone *last = &g_array_index(box->gone, MaildirGone, box->gone->len - 1);

        if (last->modseq == box->modseq && last->last + 1 == uid) {
            last->last = uid;
            return;
        }
    }
    if (box->gone->len >= GONE_MAX) {
        box->base_modseq = MAX(box->base_modseq,
                               g_array_index(box->gone, MaildirGone, GONE_MAX / 2 - 1).modseq);
        g_array_remove_range(box->gone, 0, GONE_MAX / 2);
    }
    g_array_append_val(box->gone, gone);
}

void
maildir_ranges_add(GArray *ranges, uint32_t uid)
{
    SeloRange range = { uid, uid };

    if (ranges->len > 0 && g_array_index(ranges, SeloRange, ranges->len - 1).last + 1 == uid)
        g_array_index(ranges, SeloRange, ranges->len - 1).last = uid;
    else
        g_array_append_val(ranges, range);
}

gboolean
maildir_handle_is_recent(const MaildirHandle *handle, uint32_t uid)
{
    for (guint i = 0; handle->recent != NULL && i < handle->recent->len; i++) {
        const SeloRange *range = &g_array_index(handle->recent, SeloRange, i);

        if (uid >= range->first && uid <= range->last)
            return TRUE;
    }
    return FALSE;
}

void
maildir_box_describe(MaildirBox *box, MaildirHandle *handle, SeloBoxInfo *out_info)
{
    const MaildirMessages *messages = &box->messages;

    *out_info = (SeloBoxInfo){ .struct_size = sizeof *out_info,
                               .box = handle,
                               .name = SELO_STR(box->name),
                               .id = { box->list.header.guid, strlen(box->list.header.guid) },
                               .uidvalidity = box->uidvalidity,
                               .uidnext = maildir_uidlist_next(&box->list),
                               .messages = messages->n,
                               .modseq = box->modseq };
    for (uint32_t i = 0; i < messages->n; i++) {
        uint64_t octets;

        out_info->unseen += !(messages->flags[i] & SELO_FLAG_SEEN);
        out_info->deleted += (messages->flags[i] & SELO_FLAG_DELETED) != 0;
        out_info->recent += (messages->marks[i] & MAILDIR_NEW) != 0
                            || (handle != NULL
                                && maildir_handle_is_recent(handle, messages->uids[i]));
        if (maildir_name_size(SELO_STR(maildir_box_base(box, i)), 'W', &octets)
            || maildir_name_size(SELO_STR(maildir_box_base(box, i)), 'S', &octets))
            out_info->octets += octets;
    }
}
