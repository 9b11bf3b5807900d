/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-store-boxes.c: conformance cases on accounts and the tree of mailboxes.
 */
#include "config.h"

#include <string.h>

#include "tests/lib/selo-store-cases.h"

#define MESSAGE "Subject: x\r\n\r\nbody\r\n"

/* "NAME[flags]" of all rows, flags: ! no select, + has children, * subscribed. */
static char *
list(SeloStoreFixture *fixture, uint32_t flags)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .flags = flags,
                               .account = fixture->account };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "box_list", &request);
    GString *out = g_string_new(NULL);

    g_assert_cmpint(answer->status, ==, SELO_OK);
    for (guint i = 0; i < answer->rows->len; i++) {
        const SeloBoxInfo *row = g_ptr_array_index(answer->rows, i);

        g_assert_true(!!(row->flags & SELO_BOX_HAS_CHILDREN)
                      != !!(row->flags & SELO_BOX_NO_CHILDREN));
        g_string_append_printf(out, "%s%s%s%s%s", out->len > 0 ? " " : "", row->name.s,
                               row->flags & SELO_BOX_NO_SELECT ? "!" : "",
                               row->flags & SELO_BOX_HAS_CHILDREN ? "+" : "",
                               row->flags & SELO_BOX_SUBSCRIBED ? "*" : "");
    }
    return g_string_free(out, FALSE);
}

static SeloStatus
create(SeloStoreFixture *fixture, const char *name)
{
    return selo_store_box(fixture, "box_create", name, NULL, 0);
}

static SeloBoxInfo
status_of(SeloStoreFixture *fixture, const char *name)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .name = SELO_STR(name) };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "box_status", &request);
    SeloBoxInfo info;

    g_assert_cmpint(answer->status, ==, SELO_OK);
    info = *(const SeloBoxInfo *) answer->reply;
    info.name = info.id = info.special_use = (SeloStr){ NULL, 0 };
    return info;
}

static char *
id_of(SeloStoreFixture *fixture, const char *name)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .name = SELO_STR(name) };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "box_status", &request);
    const SeloBoxInfo *info = answer->reply;

    g_assert_nonnull(info);
    return g_strndup(info->id.s, info->id.len);
}

#define assert_list(fixture, flags, want)                     \
    do {                                                      \
        g_autofree char *listed_ = list(fixture, flags);      \
        g_assert_cmpstr(listed_, ==, want);                   \
    } while (0)

static void
inbox_exists(SeloStoreFixture *fixture)
{
    assert_list(fixture, 0, "INBOX");
    selo_store_close(fixture, selo_store_open(fixture, "INBOX", 0));
}

static void
create_one(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "Work"), ==, SELO_OK);
    assert_list(fixture, 0, "INBOX Work");
}

static void
create_twice(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "Work"), ==, SELO_OK);
    g_assert_cmpint(create(fixture, "Work"), ==, SELO_EXISTS);
    g_assert_cmpint(create(fixture, "INBOX"), ==, SELO_EXISTS);
}

static void
create_below(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "a/b/c"), ==, SELO_OK);
    assert_list(fixture, 0, "INBOX a!+ a/b!+ a/b/c");
    g_assert_cmpint(create(fixture, "a"), ==, SELO_OK);
    assert_list(fixture, 0, "INBOX a+ a/b!+ a/b/c");
}

static void
create_foreign(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "Entwürfe & Mehr/日本語"), ==, SELO_OK);
    assert_list(fixture, 0, "Entwürfe & Mehr!+ Entwürfe & Mehr/日本語 INBOX");
}

static void
create_unfit(SeloStoreFixture *fixture)
{
    static const char *const unfit[] = { "",      "/",    "a//b", "/a",     "a/",
                                         "..",    "a/..", ".",    "../x",   "~root",
                                         "a\nb",  "\x7f", "\xff", "a/./b" };
    g_autofree char *long_name = g_strnfill(2000, 'x');

    for (size_t i = 0; i < G_N_ELEMENTS(unfit); i++)
        g_assert_cmpint(create(fixture, unfit[i]), ==, SELO_INVALID);
    g_assert_cmpint(create(fixture, long_name), ==, SELO_INVALID);
    assert_list(fixture, 0, "INBOX");
}

static void
delete_one(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "Work"), ==, SELO_OK);
    g_assert_cmpint(selo_store_box(fixture, "box_delete", "Work", NULL, 0), ==, SELO_OK);
    assert_list(fixture, 0, "INBOX");
    g_assert_cmpint(selo_store_box(fixture, "box_status", "Work", NULL, 0), ==, SELO_NOT_FOUND);
}

static void
delete_missing(SeloStoreFixture *fixture)
{
    g_assert_cmpint(selo_store_box(fixture, "box_delete", "Work", NULL, 0), ==, SELO_NOT_FOUND);
}

static void
delete_inbox(SeloStoreFixture *fixture)
{
    g_assert_cmpint(selo_store_box(fixture, "box_delete", "INBOX", NULL, 0), ==, SELO_DENIED);
}

static void
delete_parent(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "a"), ==, SELO_OK);
    g_assert_cmpint(create(fixture, "a/b"), ==, SELO_OK);
    g_assert_cmpint(selo_store_box(fixture, "box_delete", "a", NULL, 0), ==, SELO_OK);
    assert_list(fixture, 0, "INBOX a!+ a/b");
}

static void
delete_open(SeloStoreFixture *fixture)
{
    SeloMsgRequest request = { .struct_size = sizeof request, .account = fixture->account };
    g_autoptr(SeloStoreAnswer) answer = NULL;

    g_assert_cmpint(create(fixture, "Work"), ==, SELO_OK);
    request.box = selo_store_open(fixture, "Work", 0);
    g_assert_cmpint(selo_store_box(fixture, "box_delete", "Work", NULL, 0), ==, SELO_OK);
    answer = selo_store_ask(fixture, "msg_changes", &request);
    g_assert_cmpint(answer->status, ==, SELO_NOT_FOUND);
    selo_store_close(fixture, request.box);
}

static void
fill_deleted(SeloStoreFixture *fixture)
{
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } } };
    const SeloAppendItem *items[] = { &item };
    SeloAppendRequest append = {
        .struct_size = sizeof append, .account = fixture->account, .items = items, .n = 1
    };
    SeloRange all = { 1, 1 };
    SeloMsgRequest copy = { .struct_size = sizeof copy,
                            .account = fixture->account,
                            .uids = { &all, 1 } };
    g_autoptr(SeloStoreAnswer) appended = NULL, copied = NULL;

    g_assert_cmpint(create(fixture, "Work"), ==, SELO_OK);
    copy.box = selo_store_open(fixture, "INBOX", 0);
    copy.target = append.box = selo_store_open(fixture, "Work", 0);
    selo_store_append(fixture, copy.box, MESSAGE, 0, NULL);
    g_assert_cmpint(selo_store_box(fixture, "box_delete", "Work", NULL, 0), ==, SELO_OK);
    appended = selo_store_ask(fixture, "msg_append", &append);
    g_assert_cmpint(appended->status, ==, SELO_NOT_FOUND);
    copied = selo_store_ask(fixture, "msg_copy", &copy);
    g_assert_cmpint(copied->status, ==, SELO_NOT_FOUND);
    selo_store_close(fixture, append.box);
    selo_store_close(fixture, copy.box);
}

static void
rename_one(SeloStoreFixture *fixture)
{
    g_autofree char *id = NULL, *same_id = NULL;

    g_assert_cmpint(create(fixture, "Old"), ==, SELO_OK);
    id = id_of(fixture, "Old");
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "Old", "New", 0), ==, SELO_OK);
    assert_list(fixture, 0, "INBOX New");
    same_id = id_of(fixture, "New");
    g_assert_cmpstr(id, ==, same_id);
    g_assert_cmpuint(strlen(id), >, 0);
}

static void
rename_tree(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "a"), ==, SELO_OK);
    g_assert_cmpint(create(fixture, "a/b"), ==, SELO_OK);
    g_assert_cmpint(create(fixture, "a/b/c"), ==, SELO_OK);
    g_assert_cmpint(create(fixture, "ab"), ==, SELO_OK);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "a", "x/y", 0), ==, SELO_OK);
    assert_list(fixture, 0, "INBOX ab x!+ x/y+ x/y/b+ x/y/b/c");
}

static void
rename_refused(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "a"), ==, SELO_OK);
    g_assert_cmpint(create(fixture, "b"), ==, SELO_OK);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "x", "y", 0), ==, SELO_NOT_FOUND);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "a", "b", 0), ==, SELO_EXISTS);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "a", "INBOX", 0), ==, SELO_EXISTS);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "a", "a/c", 0), ==, SELO_INVALID);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "a", "../c", 0), ==, SELO_INVALID);
    assert_list(fixture, 0, "INBOX a b");
}

static void
rename_inbox(SeloStoreFixture *fixture)
{
    void *inbox = selo_store_open(fixture, "INBOX", 0);

    selo_store_append(fixture, inbox, MESSAGE, SELO_FLAG_SEEN, NULL);
    selo_store_append(fixture, inbox, MESSAGE, 0, NULL);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "INBOX", "Saved", 0), ==, SELO_OK);
    assert_list(fixture, 0, "INBOX Saved");
    g_assert_cmpuint(status_of(fixture, "INBOX").messages, ==, 0);
    g_assert_cmpuint(status_of(fixture, "Saved").messages, ==, 2);
    g_assert_cmpuint(status_of(fixture, "Saved").unseen, ==, 1);
    selo_store_close(fixture, inbox);
}

static void
rename_open(SeloStoreFixture *fixture)
{
    void *box;

    g_assert_cmpint(create(fixture, "Old"), ==, SELO_OK);
    box = selo_store_open(fixture, "Old", 0);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "Old", "New", 0), ==, SELO_OK);
    g_assert_cmpuint(selo_store_append(fixture, box, MESSAGE, 0, NULL), ==, 1);
    g_assert_cmpuint(status_of(fixture, "New").messages, ==, 1);
    selo_store_close(fixture, box);
}

/* Sessions may still have open what was deleted under the new name. */
static void
rename_to_deleted(SeloStoreFixture *fixture)
{
    void *deleted, *renamed;

    g_assert_cmpint(create(fixture, "Gone"), ==, SELO_OK);
    g_assert_cmpint(create(fixture, "Kept"), ==, SELO_OK);
    deleted = selo_store_open(fixture, "Gone", SELO_BOX_KEEP_RECENT);
    renamed = selo_store_open(fixture, "Kept", SELO_BOX_KEEP_RECENT);
    selo_store_append(fixture, renamed, MESSAGE, 0, NULL);
    g_assert_cmpint(selo_store_box(fixture, "box_delete", "Gone", NULL, 0), ==, SELO_OK);
    g_assert_cmpint(selo_store_box(fixture, "box_rename", "Kept", "Gone", 0), ==, SELO_OK);
    selo_store_append(fixture, renamed, MESSAGE, 0, NULL);
    selo_store_close(fixture, deleted);
    g_assert_cmpuint(status_of(fixture, "Gone").messages, ==, 2);
    selo_store_close(fixture, renamed);
    g_assert_cmpuint(status_of(fixture, "Gone").messages, ==, 2);
}

static void
subscribe(SeloStoreFixture *fixture)
{
    g_assert_cmpint(create(fixture, "Work"), ==, SELO_OK);
    g_assert_cmpint(selo_store_box(fixture, "box_subscribe", "Work", NULL, SELO_BOX_SUBSCRIBED), ==,
                    SELO_OK);
    g_assert_cmpint(selo_store_box(fixture, "box_subscribe", "Work", NULL, SELO_BOX_SUBSCRIBED), ==,
                    SELO_OK);
    assert_list(fixture, 0, "INBOX Work*");
    assert_list(fixture, SELO_BOX_SUBSCRIBED, "Work*");
    g_assert_cmpint(selo_store_box(fixture, "box_subscribe", "Work", NULL, 0), ==, SELO_OK);
    g_assert_cmpint(selo_store_box(fixture, "box_subscribe", "Work", NULL, 0), ==, SELO_OK);
    assert_list(fixture, SELO_BOX_SUBSCRIBED, "");
}

static void
subscribe_missing(SeloStoreFixture *fixture)
{
    g_assert_cmpint(
        selo_store_box(fixture, "box_subscribe", "not/there", NULL, SELO_BOX_SUBSCRIBED), ==,
        SELO_OK);
    assert_list(fixture, SELO_BOX_SUBSCRIBED, "not/there!*");
    assert_list(fixture, 0, "INBOX");
    g_assert_cmpint(selo_store_box(fixture, "box_subscribe", "a\nb", NULL, SELO_BOX_SUBSCRIBED), ==,
                    SELO_INVALID);
}

static void
special_use(SeloStoreFixture *fixture)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .name = SELO_STR("Sent") };
    g_autoptr(SeloStoreAnswer) answer = NULL;

    g_assert_cmpint(create(fixture, "Sent"), ==, SELO_OK);
    answer = selo_store_ask(fixture, "box_list", &request);
    g_assert_cmpuint(answer->rows->len, ==, 2);
    g_assert_cmpstr(((const SeloBoxInfo *) g_ptr_array_index(answer->rows, 1))->special_use.s, ==,
                    "\\Sent");
    g_assert_null(((const SeloBoxInfo *) g_ptr_array_index(answer->rows, 0))->special_use.s);
}

static void
status_counts(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    SeloBoxInfo info;

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_DELETED, NULL);
    selo_store_append(fixture, box, MESSAGE, 0, NULL);
    info = status_of(fixture, "INBOX");
    g_assert_cmpuint(info.messages, ==, 3);
    g_assert_cmpuint(info.unseen, ==, 2);
    g_assert_cmpuint(info.deleted, ==, 1);
    g_assert_cmpuint(info.uidnext, ==, 4);
    g_assert_cmpuint(info.uidvalidity, >, 0);
    g_assert_cmpuint(info.modseq, >, 0);
    g_assert_cmpuint(info.octets, ==, 3 * strlen(MESSAGE));
    selo_store_close(fixture, box);
}

static void
status_list(SeloStoreFixture *fixture)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .flags = SELO_BOX_WITH_STATUS,
                               .account = fixture->account };
    void *box = selo_store_open(fixture, "INBOX", 0);
    g_autoptr(SeloStoreAnswer) answer = NULL;

    selo_store_append(fixture, box, MESSAGE, 0, NULL);
    answer = selo_store_ask(fixture, "box_list", &request);
    g_assert_cmpuint(answer->rows->len, ==, 1);
    g_assert_cmpuint(((const SeloBoxInfo *) g_ptr_array_index(answer->rows, 0))->messages, ==, 1);
    selo_store_close(fixture, box);
}

static void
open_missing(SeloStoreFixture *fixture)
{
    g_assert_cmpint(selo_store_box(fixture, "box_open", "Nowhere", NULL, 0), ==, SELO_NOT_FOUND);
    g_assert_cmpint(selo_store_box(fixture, "box_open", "../x", NULL, 0), ==, SELO_INVALID);
}

static void
recreate(SeloStoreFixture *fixture)
{
    uint32_t uidvalidity;

    g_assert_cmpint(create(fixture, "Work"), ==, SELO_OK);
    uidvalidity = status_of(fixture, "Work").uidvalidity;
    g_assert_cmpint(selo_store_box(fixture, "box_delete", "Work", NULL, 0), ==, SELO_OK);
    g_assert_cmpint(create(fixture, "Work"), ==, SELO_OK);
    g_assert_cmpuint(status_of(fixture, "Work").uidvalidity, !=, uidvalidity);
}

static void
usage(SeloStoreFixture *fixture)
{
    SeloAccountRequest request = { .struct_size = sizeof request, .account = fixture->account };
    void *box = selo_store_open(fixture, "INBOX", 0);
    g_autoptr(SeloStoreAnswer) answer = NULL;
    const SeloAccountReply *reply;

    selo_store_append(fixture, box, MESSAGE, 0, NULL);
    selo_store_append(fixture, box, MESSAGE, 0, NULL);
    answer = selo_store_ask(fixture, "account_usage", &request);
    reply = answer->reply;
    g_assert_cmpuint(reply->messages, ==, 2);
    g_assert_cmpuint(reply->octets, >, 0);
    g_assert_cmpuint(reply->octets_limit, ==, 0);
    selo_store_close(fixture, box);
}

static void
over_quota(SeloStoreFixture *fixture)
{
    SeloAccountRequest account = { .struct_size = sizeof account,
                                   .user = SELO_STR("small"),
                                   .quota_messages = 1 };
    SeloBoxRequest open = { .struct_size = sizeof open, .name = SELO_STR("INBOX") };
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } } };
    const SeloAppendItem *items[] = { &item, &item };
    SeloAppendRequest append = { .struct_size = sizeof append, .items = items, .n = 1 };
    g_autoptr(SeloStoreAnswer) opened = selo_store_ask(fixture, "account_open", &account);
    g_autoptr(SeloStoreAnswer) box = NULL, first = NULL, second = NULL, closed = NULL;

    account.account = open.account = append.account =
        ((const SeloAccountReply *) opened->reply)->account;
    box = selo_store_ask(fixture, "box_open", &open);
    open.box = append.box = ((const SeloBoxInfo *) box->reply)->box;
    first = selo_store_ask(fixture, "msg_append", &append);
    g_assert_cmpint(first->status, ==, SELO_OK);
    second = selo_store_ask(fixture, "msg_append", &append);
    g_assert_cmpint(second->status, ==, SELO_OVER_QUOTA);
    g_assert_nonnull(second->text);
    selo_store_answer_free(selo_store_ask(fixture, "box_close", &open));
    closed = selo_store_ask(fixture, "account_close", &account);
    g_assert_cmpint(closed->status, ==, SELO_OK);
}

static void
bad_user(SeloStoreFixture *fixture)
{
    static const char *const bad[] = { "../user", "a/b", "", ".." };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        SeloAccountRequest account = { .struct_size = sizeof account, .user = SELO_STR(bad[i]) };
        g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "account_open", &account);

        g_assert_cmpint(answer->status, ==, SELO_INVALID);
    }
}

const SeloStoreCase selo_store_box_cases[] = {
    { "account/usage", usage },
    { "account/over-quota", over_quota },
    { "account/bad-user", bad_user },
    { "box/inbox-exists", inbox_exists },
    { "box/create", create_one },
    { "box/create-twice", create_twice },
    { "box/create-below", create_below },
    { "box/create-foreign-name", create_foreign },
    { "box/create-unfit-name", create_unfit },
    { "box/delete", delete_one },
    { "box/delete-missing", delete_missing },
    { "box/delete-inbox", delete_inbox },
    { "box/delete-parent", delete_parent },
    { "box/delete-open", delete_open },
    { "box/fill-deleted", fill_deleted },
    { "box/rename", rename_one },
    { "box/rename-tree", rename_tree },
    { "box/rename-refused", rename_refused },
    { "box/rename-inbox", rename_inbox },
    { "box/rename-open", rename_open },
    { "box/rename-to-deleted", rename_to_deleted },
    { "box/subscribe", subscribe },
    { "box/subscribe-missing", subscribe_missing },
    { "box/special-use", special_use },
    { "box/status-counts", status_counts },
    { "box/status-in-list", status_list },
    { "box/open-missing", open_missing },
    { "box/uidvalidity-after-recreate", recreate },
    { NULL, NULL },
};
