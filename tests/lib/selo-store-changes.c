/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-store-changes.c: conformance cases on flags, expunging, modseqs, \Recent and watching.
 */
#include "config.h"

#include <string.h>

#include "tests/lib/selo-store-cases.h"
#include "tests/lib/selo-test.h"

#define MESSAGE "Subject: x\r\n\r\nbody\r\n"

typedef struct {
    uint32_t first, last, mode, flags;
    const char *keywords; /* separated by spaces */
    uint64_t unchanged_since;
} FlagChange;

static SeloStoreAnswer *
change_flags(SeloStoreFixture *fixture, void *box, const FlagChange *change)
{
    g_auto(GStrv) words = g_strsplit(change->keywords != NULL ? change->keywords : "", " ", -1);
    SeloStr names[64];
    SeloRange range = { change->first, change->last };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box,
                               .uids = { &range, 1 },
                               .flags = change->flags,
                               .flags_mode = change->mode,
                               .unchanged_since = change->unchanged_since,
                               .keywords = { names, 0 } };

    for (; change->keywords != NULL && words[request.keywords.n] != NULL; request.keywords.n++)
        names[request.keywords.n] = SELO_STR(words[request.keywords.n]);
    return selo_store_ask(fixture, "msg_flags", &request);
}

#define set_flags(fixture, box, ...)                                                          \
    selo_store_answer_free(change_flags(fixture, box, &(FlagChange){ __VA_ARGS__ }))

static void
assert_changes(SeloStoreFixture *fixture, void *box, uint64_t since, const char *want)
{
    g_autoptr(SeloStoreState) state = selo_store_changes(fixture, box, since);
    g_autofree char *got = selo_store_state_print(state);

    g_assert_cmpstr(got, ==, want);
}

static uint64_t
modseq_of(SeloStoreFixture *fixture, void *box)
{
    g_autoptr(SeloStoreState) state = selo_store_changes(fixture, box, 0);

    return state->modseq;
}

static SeloStoreAnswer *
expunge(SeloStoreFixture *fixture, void *box, uint32_t first, uint32_t last)
{
    SeloRange range = { first, last };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box,
                               .uids = { &range, 1 } };
    SeloStoreAnswer *answer = selo_store_ask(fixture, "msg_expunge", &request);

    g_assert_cmpint(answer->status, ==, SELO_OK);
    return answer;
}

/* INBOX with @n messages that are seen, opened without taking \Recent. */
static void *
open_filled(SeloStoreFixture *fixture, unsigned n)
{
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);

    while (n-- > 0)
        selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    return box;
}

/* ---- flags ---- */

static void
flags_modes(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 3);

    set_flags(fixture, box, 1, 2, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED);
    assert_changes(fixture, box, 0, "1:FS 2:FS 3:S");
    set_flags(fixture, box, 2, 3, SELO_FLAGS_REMOVE, SELO_FLAG_SEEN | SELO_FLAG_DRAFT);
    assert_changes(fixture, box, 0, "1:FS 2:F 3:");
    set_flags(fixture, box, 1, 3, SELO_FLAGS_REPLACE, SELO_FLAG_ANSWERED);
    assert_changes(fixture, box, 0, "1:R 2:R 3:R");
    selo_store_close(fixture, box);
}

static void
flags_keywords(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 2);

    set_flags(fixture, box, 1, 1, SELO_FLAGS_ADD, 0, "$Junk Later");
    set_flags(fixture, box, 2, 2, SELO_FLAGS_ADD, 0, "later");
    assert_changes(fixture, box, 0, "1:S $Junk Later 2:S Later");
    set_flags(fixture, box, 1, 2, SELO_FLAGS_REMOVE, 0, "LATER unheard");
    assert_changes(fixture, box, 0, "1:S $Junk 2:S");
    set_flags(fixture, box, 1, 1, SELO_FLAGS_REPLACE, SELO_FLAG_SEEN, "New");
    assert_changes(fixture, box, 0, "1:S New 2:S");
    selo_store_close(fixture, box);
}

static void
flags_answer(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 3);
    uint64_t before = modseq_of(fixture, box);
    g_autoptr(SeloStoreAnswer) answer = NULL;
    const SeloMsgBatch *batch;

    set_flags(fixture, box, 2, 2, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED);
    answer = change_flags(fixture, box,
                          &(FlagChange){ 1, 3, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED, NULL, 0 });
    g_assert_cmpuint(answer->rows->len, ==, 1);
    batch = g_ptr_array_index(answer->rows, 0);
    g_assert_cmpuint(batch->n, ==, 2); /* uid 2 had it */
    g_assert_cmpuint(batch->uids[0], ==, 1);
    g_assert_cmpuint(batch->uids[1], ==, 3);
    g_assert_cmpuint(batch->flags[1], ==, SELO_FLAG_SEEN | SELO_FLAG_FLAGGED);
    g_assert_cmpuint(batch->modseqs[0], >, before);
    g_assert_cmpuint(batch->modseq, >=, batch->modseqs[1]);
    selo_store_close(fixture, box);
}

static void
flags_unchanged_since(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 3);
    uint64_t before = modseq_of(fixture, box);
    g_autoptr(SeloStoreAnswer) answer = NULL;
    const SeloMsgBatch *batch;

    set_flags(fixture, box, 2, 2, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED);
    answer = change_flags(fixture, box,
                          &(FlagChange){ 1, 3, SELO_FLAGS_ADD, SELO_FLAG_DELETED, NULL, before });
    batch = g_ptr_array_index(answer->rows, 0);
    g_assert_cmpuint(batch->n, ==, 2);
    g_assert_cmpuint(batch->modified.n, ==, 1);
    g_assert_cmpuint(batch->modified.v[0].first, ==, 2);
    g_assert_cmpuint(batch->modified.v[0].last, ==, 2);
    assert_changes(fixture, box, 0, "1:ST 2:FS 3:ST");
    selo_store_close(fixture, box);
}

static void
flags_missing(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 1);
    g_autoptr(SeloStoreAnswer) answer = change_flags(
        fixture, box, &(FlagChange){ 5, 9, SELO_FLAGS_ADD, SELO_FLAG_DELETED, NULL, 0 });

    g_assert_cmpint(answer->status, ==, SELO_OK);
    assert_changes(fixture, box, 0, "1:S");
    selo_store_close(fixture, box);
}

static void
flags_bad_keyword(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 1);
    SeloStr bad = SELO_STR("two words");
    SeloRange range = { 1, 1 };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box,
                               .uids = { &range, 1 },
                               .keywords = { &bad, 1 } };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "msg_flags", &request);

    g_assert_cmpint(answer->status, ==, SELO_INVALID);
    assert_changes(fixture, box, 0, "1:S");
    selo_store_close(fixture, box);
}

static void
flags_survive_reopen(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 2);

    set_flags(fixture, box, 1, 1, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED, "one");
    set_flags(fixture, box, 2, 2, SELO_FLAGS_ADD, 0, "two");
    selo_store_close(fixture, box);
    box = selo_store_open(fixture, "INBOX", 0);
    assert_changes(fixture, box, 0, "1:FS one 2:S two");
    selo_store_close(fixture, box);
}

/* ---- expunge ---- */

static void
expunge_deleted(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 5);
    g_autoptr(SeloStoreAnswer) answer = NULL;
    const SeloMsgBatch *batch;

    set_flags(fixture, box, 2, 3, SELO_FLAGS_ADD, SELO_FLAG_DELETED);
    set_flags(fixture, box, 5, 5, SELO_FLAGS_ADD, SELO_FLAG_DELETED);
    answer = expunge(fixture, box, 1, 4);
    batch = g_ptr_array_index(answer->rows, 0);
    g_assert_cmpuint(batch->gone.n, ==, 1);
    g_assert_cmpuint(batch->gone.v[0].first, ==, 2);
    g_assert_cmpuint(batch->gone.v[0].last, ==, 3);
    assert_changes(fixture, box, 0, "1:S 4:S 5:ST");
    selo_store_close(fixture, box);
}

static void
expunge_nothing(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 2);
    uint64_t before = modseq_of(fixture, box);

    selo_store_answer_free(expunge(fixture, box, 1, 9));
    g_assert_cmpuint(modseq_of(fixture, box), ==, before);
    assert_changes(fixture, box, 0, "1:S 2:S");
    selo_store_close(fixture, box);
}

static void
uids_not_reused(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 3);

    set_flags(fixture, box, 2, 3, SELO_FLAGS_ADD, SELO_FLAG_DELETED);
    selo_store_answer_free(expunge(fixture, box, 1, 3));
    g_assert_cmpuint(selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL), ==, 4);
    selo_store_close(fixture, box);
    box = selo_store_open(fixture, "INBOX", 0);
    assert_changes(fixture, box, 0, "1:S 4:S");
    selo_store_close(fixture, box);
}

static void
uids_not_reused_when_empty(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 40);

    set_flags(fixture, box, 1, 40, SELO_FLAGS_ADD, SELO_FLAG_DELETED);
    selo_store_answer_free(expunge(fixture, box, 1, 40));
    selo_store_close(fixture, box);
    box = selo_store_open(fixture, "INBOX", 0);
    assert_changes(fixture, box, 0, "");
    g_assert_cmpuint(selo_store_append(fixture, box, MESSAGE, 0, NULL), ==, 41);
    selo_store_close(fixture, box);
}

/* ---- changes ---- */

static void
changes_nothing(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 2);
    uint64_t modseq = modseq_of(fixture, box);

    assert_changes(fixture, box, modseq, "");
    g_assert_cmpuint(modseq_of(fixture, box), ==, modseq);
    selo_store_close(fixture, box);
}

static void
changes_each(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 4);
    uint64_t first = modseq_of(fixture, box), second;

    set_flags(fixture, box, 2, 2, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED, "word");
    assert_changes(fixture, box, first, "2:FS word");
    second = modseq_of(fixture, box);
    g_assert_cmpuint(second, >, first);
    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    set_flags(fixture, box, 1, 1, SELO_FLAGS_ADD, SELO_FLAG_DELETED);
    selo_store_answer_free(expunge(fixture, box, 1, 9));
    assert_changes(fixture, box, second, "5:S -1");
    assert_changes(fixture, box, first, "2:FS word 5:S -1");
    selo_store_close(fixture, box);
}

static void
changes_too_old(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 3);

    set_flags(fixture, box, 2, 2, SELO_FLAGS_ADD, SELO_FLAG_DELETED);
    selo_store_answer_free(expunge(fixture, box, 1, 9));
    assert_changes(fixture, box, 1, "1:S 3:S -2");
    selo_store_close(fixture, box);
}

static void
changes_gone_joined(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 9);
    uint64_t before = modseq_of(fixture, box);

    set_flags(fixture, box, 4, 4, SELO_FLAGS_ADD, SELO_FLAG_DELETED);
    selo_store_answer_free(expunge(fixture, box, 1, 9));
    set_flags(fixture, box, 1, 2, SELO_FLAGS_ADD, SELO_FLAG_DELETED);
    selo_store_answer_free(expunge(fixture, box, 1, 9));
    assert_changes(fixture, box, before, "-1:2,4");
    selo_store_close(fixture, box);
}

static void
changes_between_sessions(SeloStoreFixture *fixture)
{
    void *one = open_filled(fixture, 2), *other = selo_store_open(fixture, "INBOX", 0);
    uint64_t modseq = modseq_of(fixture, one);

    set_flags(fixture, other, 1, 1, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED, "theirs");
    assert_changes(fixture, one, modseq, "1:FS theirs");
    selo_store_close(fixture, one);
    selo_store_close(fixture, other);
}

static void
modseqs_grow_over_reopen(SeloStoreFixture *fixture)
{
    void *box = open_filled(fixture, 2);
    uint64_t modseq, again;

    set_flags(fixture, box, 1, 1, SELO_FLAGS_ADD, SELO_FLAG_FLAGGED);
    modseq = modseq_of(fixture, box);
    selo_store_close(fixture, box);
    box = selo_store_open(fixture, "INBOX", 0);
    again = modseq_of(fixture, box);
    g_assert_cmpuint(again, >=, modseq);
    set_flags(fixture, box, 1, 1, SELO_FLAGS_REMOVE, SELO_FLAG_FLAGGED);
    g_assert_cmpuint(modseq_of(fixture, box), >, again);
    selo_store_close(fixture, box);
}

/* ---- \Recent ---- */

static void
recent_goes_to_first(SeloStoreFixture *fixture)
{
    void *looking = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT), *first, *second;

    selo_store_append(fixture, looking, MESSAGE, 0, NULL);
    assert_changes(fixture, looking, 0, "1:*");
    first = selo_store_open(fixture, "INBOX", 0);
    second = selo_store_open(fixture, "INBOX", 0);
    assert_changes(fixture, first, 0, "1:*");
    assert_changes(fixture, second, 0, "1:");
    selo_store_append(fixture, looking, MESSAGE, 0, NULL);
    assert_changes(fixture, second, 0, "1: 2:*");
    assert_changes(fixture, first, 0, "1:* 2:");
    selo_store_close(fixture, first);
    selo_store_close(fixture, second);
    selo_store_close(fixture, looking);
}

static void
recent_stays_with_flags(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);

    selo_store_append(fixture, box, MESSAGE, 0, NULL);
    assert_changes(fixture, box, 0, "1:*");
    set_flags(fixture, box, 1, 1, SELO_FLAGS_REPLACE, SELO_FLAG_SEEN);
    assert_changes(fixture, box, 0, "1:S*");
    selo_store_close(fixture, box);
}

/* ---- watch ---- */

static void
watch_append(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box };
    SeloCall *child = selo_call_new_child(fixture->root, "watch"), *root = fixture->root;
    g_autoptr(SeloStoreAnswer) answer = NULL;

    fixture->root = child;
    answer = selo_store_begin(fixture, "box_watch", &request);
    fixture->root = root;
    selo_test_run_for(50000);
    g_assert_false(answer->is_done);
    g_assert_cmpuint(answer->rows->len, ==, 0);
    selo_store_append(fixture, box, MESSAGE, 0, NULL);
    selo_test_run_for(100000);
    g_assert_cmpuint(answer->rows->len, >=, 1);
    g_assert_false(answer->is_done);
    selo_call_stop(child);
    selo_test_wait(&answer->is_done);
    g_assert_cmpint(answer->status, ==, SELO_CANCELLED);
    selo_call_return(child, SELO_OK, NULL, NULL);
    selo_call_unref(child);
    selo_store_close(fixture, box);
}

const SeloStoreCase selo_store_change_cases[] = {
    { "flags/modes", flags_modes },
    { "flags/keywords", flags_keywords },
    { "flags/answer", flags_answer },
    { "flags/unchanged-since", flags_unchanged_since },
    { "flags/missing", flags_missing },
    { "flags/bad-keyword", flags_bad_keyword },
    { "flags/survive-reopen", flags_survive_reopen },
    { "expunge/deleted", expunge_deleted },
    { "expunge/nothing", expunge_nothing },
    { "expunge/uids-not-reused", uids_not_reused },
    { "expunge/uids-not-reused-when-empty", uids_not_reused_when_empty },
    { "changes/nothing", changes_nothing },
    { "changes/each", changes_each },
    { "changes/too-old", changes_too_old },
    { "changes/gone-joined", changes_gone_joined },
    { "changes/between-sessions", changes_between_sessions },
    { "changes/modseqs-grow", modseqs_grow_over_reopen },
    { "recent/goes-to-first", recent_goes_to_first },
    { "recent/stays-with-flags", recent_stays_with_flags },
    { "watch/append", watch_append },
    { NULL, NULL },
};
