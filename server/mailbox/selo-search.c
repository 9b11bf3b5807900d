/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-search.c: search by looking (RFC 9051 section 6.4.4). Each message is judged with three
 * values, yes, no and not known yet; only the last are read, first for dates and sizes, then the
 * header, then the body. A limited number of messages is read in one call, so that others get at
 * the box in between.
 */
#include "config.h"

#include <string.h>

#include "api/lib/selo-message-private.h"

#include "server/mailbox/selo-fetch-private.h"
#include "server/mailbox/selo-query.h"

#define MESSAGES_PER_CALL 256

typedef enum { NO, YES, UNKNOWN } Verdict;

/* What is known of a message; what is not read yet is unset. */
typedef struct {
    SeloView *view;
    uint32_t seq, uid, last_seq, last_uid;
    SeloQueryNeed has; /* what has been read */
    const SeloMsg *msg;
    SeloStr header;
    const SeloMessage *message;
} Subject;

typedef struct {
    SeloTask task;
    SeloQuery *query;
    SeloQueryNeed stage;
    GArray *unknown, *still_unknown; /* uint32_t uids; before and after this stage */
    guint n_asked;                   /* of unknown */
    GArray *found;                   /* uint32_t uids */
} SearchTask;

/* ---- text ---- */

static gboolean
contains(const char *text, gssize size, const char *wanted)
{
    g_autofree char *folded = selo_query_fold(text, size);

    return strstr(folded, wanted) != NULL;
}

static gboolean
value_contains(SeloStr value, const char *wanted)
{
    g_autofree char *text = selo_header_decode(value);

    return contains(text, -1, wanted);
}

/* @name NULL: any field. */
static gboolean
header_contains(SeloStr header, const char *name, const char *wanted)
{
    SeloHeaderIter iter = { header, 0 };
    SeloHeader field;

    while (selo_header_next(&iter, &field)) {
        SeloStr whole = { field.name.s, (size_t) (field.value.s + field.value.len - field.name.s) };

        if (name != NULL && !selo_str_is(field.name, name))
            continue;
        if (*wanted == '\0' || value_contains(name != NULL ? field.value : whole, wanted))
            return TRUE;
    }
    return FALSE;
}

static SeloStr
find_charset(SeloStr type_rest, GArray **out_params)
{
    GArray *params = *out_params = selo_mime_params(type_rest);

    for (guint i = 0; i < params->len; i++) {
        const SeloMimeParam *param = &g_array_index(params, SeloMimeParam, i);

        if (g_ascii_strcasecmp(param->name->str, "charset") == 0)
            return (SeloStr){ param->value->str, param->value->len };
    }
    return SELO_STR("UTF-8");
}

static GString *
decode_transfer(SeloStr encoding, SeloStr body)
{
    GString *octets = g_string_new(NULL);
    const char *at = encoding.s;
    SeloStr token = { NULL, 0 };

    if (encoding.s != NULL)
        token = selo_mime_token(&at, encoding.s + encoding.len);
    if (selo_str_is(token, "base64"))
        selo_base64_append(octets, body);
    else if (selo_str_is(token, "quoted-printable"))
        selo_quoted_printable_append(octets, body, FALSE);
    else
        g_string_append_len(octets, body.s, (gssize) body.len);
    return octets;
}

static gboolean
part_contains(const SeloMessage *message, const SeloPart *part, const char *wanted)
{
    SeloStr body = { message->octets.s + part->header_offset + part->header_size, part->body_size };
    SeloStr type = SELO_STR("text"), subtype, rest = SELO_STR(""), charset;
    g_autoptr(GString) octets = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GArray) params = NULL;

    if (part->is_multipart || part->is_message)
        return FALSE; /* their parts are looked at one by one */
    if (!part->is_text)
        selo_mime_type(part->content[SELO_CONTENT_TYPE], &type, &subtype, &rest);
    if (!selo_str_is(type, "text"))
        return FALSE;
    charset = find_charset(rest, &params);
    octets = decode_transfer(part->content[SELO_CONTENT_ENCODING], body);
    if (!selo_charset_append(text, charset, octets->str, octets->len))
        selo_charset_append(text, SELO_STR("UTF-8"), octets->str, octets->len);
    return contains(text->str, (gssize) text->len, wanted);
}

static gboolean
message_contains(const SeloMessage *message, const char *wanted, gboolean with_headers)
{
    for (guint i = 0; i < message->parts->len; i++) {
        const SeloPart *part = &g_array_index(message->parts, SeloPart, i);
        SeloStr header = { message->octets.s + part->header_offset, part->header_size };

        /* Headers of messages inside belong to the body of the message. */
        if ((with_headers || (i > 0 && part->envelope > 0)) &&
            header_contains(header, NULL, wanted))
            return TRUE;
        if (part_contains(message, part, wanted))
            return TRUE;
    }
    return FALSE;
}

/* ---- keys ---- */

static Verdict
verdict(gboolean is_match)
{
    return is_match ? YES : NO;
}

static uint32_t
resolve(uint32_t number, uint32_t last)
{
    return number == G_MAXUINT32 ? last : number;
}

/* "*" is the last one there is, and "5:*" has it even if it is less than 5 (RFC 9051,
 * seq-range). */
static gboolean
is_in_ranges(const GArray *ranges, uint32_t number, uint32_t last)
{
    for (guint i = 0; i < ranges->len; i++) {
        const SeloRange *range = &g_array_index(ranges, SeloRange, i);
        uint32_t a = resolve(range->first, last), b = resolve(range->last, last);

        if (number >= MIN(a, b) && number <= MAX(a, b))
            return TRUE;
    }
    return FALSE;
}

static gboolean
has_keyword(const Subject *subject, const char *name)
{
    SeloStrs names = selo_view_keyword_names(subject->view);
    uint64_t bits = selo_view_keywords(subject->view, subject->seq);

    for (size_t i = 0; i < names.n; i++) {
        if ((bits & UINT64_C(1) << i) != 0 && selo_str_is(names.v[i], name))
            return TRUE;
    }
    return FALSE;
}

/* @microseconds 0: the message has no such date. */
static gboolean
is_between(int64_t microseconds, const SeloQuery *query)
{
    return microseconds != 0 && (query->min == 0 || microseconds >= (int64_t) query->min) &&
           (query->max == 0 || microseconds < (int64_t) query->max);
}

static gboolean
match_date(const SeloQuery *query, const Subject *subject)
{
    SeloTime sent;
    int zone = 0;

    if (query->date == SELO_QUERY_INTERNAL_DATE)
        return is_between(subject->msg->internal_date.usec, query);
    if (query->date == SELO_QUERY_SAVE_DATE)
        return is_between(subject->msg->save_date.usec, query);
    sent = selo_date_parse(selo_header_find(subject->header, "Date"), &zone);
    return sent.usec != 0 && is_between(sent.usec + (int64_t) zone * 60 * G_USEC_PER_SEC, query);
}

static Verdict
judge_key(const SeloQuery *query, const Subject *subject)
{
    uint32_t flags;

    if (query->needs > subject->has)
        return UNKNOWN;
    switch (query->kind) {
    case SELO_QUERY_FLAGS:
        flags = selo_view_flags(subject->view, subject->seq);
        return verdict((flags & query->set) == query->set && (flags & query->clear) == 0);
    case SELO_QUERY_KEYWORD:
        return verdict(has_keyword(subject, query->name));
    case SELO_QUERY_UIDS:
        return verdict(is_in_ranges(query->ranges, subject->uid, subject->last_uid));
    case SELO_QUERY_SEQS:
        return verdict(is_in_ranges(query->ranges, subject->seq, subject->last_seq));
    case SELO_QUERY_MODSEQ:
        return verdict(selo_view_msg_modseq(subject->view, subject->seq) >= query->min);
    case SELO_QUERY_SIZE:
        return verdict(subject->msg->size >= query->min && subject->msg->size <= query->max);
    case SELO_QUERY_DATE:
        return verdict(match_date(query, subject));
    case SELO_QUERY_HEADER:
        return verdict(header_contains(subject->header, query->name, query->text));
    case SELO_QUERY_BODY:
        return verdict(message_contains(subject->message, query->text, FALSE));
    case SELO_QUERY_TEXT:
        return verdict(message_contains(subject->message, query->text, TRUE));
    case SELO_QUERY_ALL:
    case SELO_QUERY_AND:
    case SELO_QUERY_OR:
    case SELO_QUERY_NOT:
    default:
        return YES;
    }
}

static Verdict judge(const SeloQuery *query, const Subject *subject);

/* AND and OR: @decisive ends it. Chains run to the left; what is cheap to know is asked first. */
static Verdict
judge_chain(const SeloQuery *query, const Subject *subject, Verdict decisive)
{
    SeloQueryKind kind = query->kind;
    Verdict all = decisive == NO ? YES : NO;

    for (SeloQueryNeed needs = SELO_QUERY_NEEDS_MEMORY; needs <= SELO_QUERY_NEEDS_BODY; needs++) {
        const SeloQuery *link = query;

        for (gboolean is_last = FALSE; !is_last;) {
            const SeloQuery *operand = link->kind == kind ? link->right : link;
            Verdict one = operand->needs == needs ? judge(operand, subject) : all;

            if (one == decisive)
                return decisive;
            if (one == UNKNOWN)
                all = UNKNOWN;
            is_last = link->kind != kind;
            link = is_last ? link : link->left;
        }
    }
    return all;
}

static Verdict
judge(const SeloQuery *query, const Subject *subject)
{
    Verdict inner;

    if (query->kind == SELO_QUERY_AND)
        return judge_chain(query, subject, NO);
    if (query->kind == SELO_QUERY_OR)
        return judge_chain(query, subject, YES);
    if (query->kind == SELO_QUERY_NOT) {
        inner = judge(query->left, subject);
        return inner == UNKNOWN ? UNKNOWN : verdict(inner == NO);
    }
    return judge_key(query, subject);
}

/* ---- stages ---- */

static void run_stage(SearchTask *search);

static void
settle(SearchTask *search, const Subject *subject)
{
    Verdict result = judge(search->query, subject);

    if (result == YES)
        g_array_append_val(search->found, subject->uid);
    else if (result == UNKNOWN)
        g_array_append_val(search->still_unknown, subject->uid);
}

static Subject
make_subject(SeloView *view, uint32_t seq)
{
    return (Subject){ .view = view,
                      .seq = seq,
                      .uid = selo_view_uid(view, seq),
                      .last_seq = view->n,
                      .last_uid = view->uids->v[view->n - 1] };
}

static void
judge_message(SearchTask *search, Subject *subject, const SeloMsg *msg)
{
    const SeloBlob *blob = search->stage == SELO_QUERY_NEEDS_BODY ? &msg->body : &msg->header;
    g_autofree char *owned = NULL;
    g_autoptr(SeloMessage) message = NULL;
    char *octets;

    subject->msg = msg;
    subject->has = search->stage;
    if (search->stage >= SELO_QUERY_NEEDS_HEADER) {
        octets = blob->size > 0 ? selo_blob_octets(blob, &owned) : NULL;
        subject->header = (SeloStr){ octets, octets != NULL ? blob->size : 0 };
    }
    if (search->stage == SELO_QUERY_NEEDS_BODY) {
        subject->message = message = selo_message_parse(subject->header);
        subject->header.len = selo_header_size(subject->header);
    }
    settle(search, subject);
}

static void
message_came(void *data, const void *row)
{
    SearchTask *search = data;
    const SeloMsg *msg = row;
    uint32_t seq = search->task.view != NULL ? selo_view_seq(search->task.view, msg->uid) : 0;
    Subject subject;

    if (seq == 0)
        return;
    subject = make_subject(search->task.view, seq);
    judge_message(search, &subject, msg);
}

static int
compare_uids(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static void
finish_search(SearchTask *search)
{
    SeloView *view = search->task.view;
    g_autofree uint64_t *modseqs = g_new(uint64_t, search->found->len + 1);
    SeloMsgBatch batch = { .struct_size = sizeof batch, .n = search->found->len };

    if (view == NULL) {
        selo_task_finish(&search->task, SELO_CANCELLED, NULL, NULL);
        return;
    }
    g_array_sort(search->found, compare_uids); /* each stage found some */
    batch.uids = (const uint32_t *) (void *) search->found->data;
    batch.modseqs = modseqs;
    for (uint32_t i = 0; i < batch.n; i++) {
        modseqs[i] = selo_view_msg_modseq(view, selo_view_seq(view, batch.uids[i]));
        batch.modseq = MAX(batch.modseq, modseqs[i]);
    }
    if (batch.n > 0)
        selo_task_tell(&search->task, &batch);
    selo_task_finish(&search->task, SELO_OK, NULL, NULL);
}

static void
messages_read(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    SearchTask *search = data;

    if (status == SELO_OK)
        run_stage(search);
    else
        selo_task_finish(&search->task, status, operator_text, NULL);
}

/* What the unknown ones need next; messages that are gone are in none of these rows and so not
 * found. */
static void
begin_stage(SearchTask *search)
{
    GArray *asked = search->unknown;

    search->stage++;
    search->unknown = search->still_unknown;
    search->still_unknown = asked;
    g_array_set_size(asked, 0);
    search->n_asked = 0;
}

static void
read_messages(SearchTask *search)
{
    static const uint32_t fields[] = {
        [SELO_QUERY_NEEDS_DATES] = SELO_MSG_DATES | SELO_MSG_SIZE,
        [SELO_QUERY_NEEDS_HEADER] = SELO_MSG_DATES | SELO_MSG_SIZE | SELO_MSG_HEADER,
        [SELO_QUERY_NEEDS_BODY] = SELO_MSG_DATES | SELO_MSG_SIZE | SELO_MSG_BODY,
    };
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    SeloMsgRequest request = { .struct_size = sizeof request, .fields = fields[search->stage] };
    guint end = MIN(search->unknown->len, search->n_asked + MESSAGES_PER_CALL);

    for (; search->n_asked < end; search->n_asked++) {
        uint32_t uid = g_array_index(search->unknown, uint32_t, search->n_asked);
        SeloRange *last =
            ranges->len > 0 ? &g_array_index(ranges, SeloRange, ranges->len - 1) : NULL;

        if (last != NULL && last->last + 1 == uid)
            last->last = uid;
        else
            g_array_append_val(ranges, ((SeloRange){ uid, uid }));
    }
    request.uids = (SeloUids){ (const SeloRange *) (void *) ranges->data, ranges->len };
    selo_task_run(&search->task, 0, "msg_fetch", &request, message_came, messages_read);
}

static void
run_stage(SearchTask *search)
{
    if (search->task.view == NULL || search->task.box->box.is_gone) {
        selo_task_finish(&search->task, search->task.view == NULL ? SELO_CANCELLED : SELO_NOT_FOUND,
                         NULL, NULL);
        return;
    }
    if (search->n_asked == search->unknown->len && search->still_unknown->len > 0)
        begin_stage(search);
    if (search->n_asked < search->unknown->len)
        read_messages(search);
    else
        finish_search(search);
}

static void
judge_from_memory(SeloTask *task, SeloStatus status, const char *operator_text)
{
    SearchTask *search = (SearchTask *) task;

    for (uint32_t seq = 1; task->view != NULL && seq <= task->view->n; seq++) {
        Subject subject = make_subject(task->view, seq);

        settle(search, &subject);
    }
    run_stage(search);
}

static void
clear_search(SeloTask *task)
{
    SearchTask *search = (SearchTask *) task;

    selo_query_unref(search->query);
    g_array_unref(search->unknown);
    g_array_unref(search->still_unknown);
    g_array_unref(search->found);
}

void
selo_view_search(SeloView *view, SeloCall *call, SeloQuery *query, SeloRowFunc row,
                 SeloDoneFunc done, void *data)
{
    SearchTask *search =
        (SearchTask *) selo_task_new(sizeof *search, view->box->home, view, call, row, done, data);

    search->task.clear = clear_search;
    search->query = selo_query_ref(query);
    search->unknown = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    search->still_unknown = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    search->found = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    selo_task_later(&search->task, SELO_OK, judge_from_memory);
}
