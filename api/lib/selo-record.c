/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-record.c: copies records: requests to threads, rows and replies back. One walk over the
 * fields serves twice, first to measure, then to place everything in a single block of memory.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "api/lib/selo-interface.h"

#define ALIGNMENT 16
#define WIPED_MAX ((size_t) 64 << 10) /* no secret is longer: their fields have limits */

/* In front of each copy. */
typedef struct {
    _Alignas(ALIGNMENT) size_t size;
    gboolean borrows_blobs;
} Head;

/* @next NULL: only measure. */
typedef struct {
    char *next;
    size_t size;
    gboolean borrows_blobs;
} Place;

typedef struct {
    const void *const *v;
    size_t n;
} Records;

static void *
reserve(Place *place, size_t size)
{
    char *at = place->next;

    size = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
    place->size += size;
    if (at != NULL)
        place->next += size;
    return at;
}

/* @to may be NULL while measuring; then so is what this gives. */
static const void *
copy_array(Place *place, const void *from, size_t size)
{
    void *to = from != NULL ? reserve(place, size) : NULL;

    if (to != NULL && size > 0)
        memcpy(to, from, size);
    return to;
}

static void
copy_str(Place *place, const SeloStr *from, SeloStr *to)
{
    char *s;

    if (from->s == NULL)
        return;
    s = reserve(place, from->len + 1);
    if (s == NULL)
        return;
    if (from->len > 0)
        memcpy(s, from->s, from->len);
    s[from->len] = 0;
    to->s = s;
}

static void
copy_strs(Place *place, const SeloStrs *from, SeloStrs *to)
{
    SeloStr *v = (SeloStr *) copy_array(place, from->v, from->n * sizeof *from->v);

    for (size_t i = 0; from->v != NULL && i < from->n; i++)
        copy_str(place, &from->v[i], v != NULL ? &v[i] : NULL);
    if (to != NULL)
        to->v = v;
}

static void
copy_blob(Place *place, const SeloBlob *from, SeloBlob *to)
{
    if (place->borrows_blobs)
        return;
    if (from->octets != NULL) {
        SeloStr octets = { from->octets, (size_t) from->size }, copied = { NULL, 0 };

        copy_str(place, &octets, &copied);
        if (to != NULL)
            to->octets = copied.s;
    } else if (to != NULL) {
        /* Without a descriptor left (EMFILE) it is -1, and reading the blob says so. */
        to->fd.fd = from->size > 0 ? fcntl(from->fd.fd, F_DUPFD_CLOEXEC, 3) : -1;
    }
}

static void *copy_record(Place *place, const SeloRecordType *type, const void *record);

static void
copy_records(Place *place, const SeloRecordType *of, const Records *from, Records *to)
{
    const void **v = (const void **) copy_array(place, from->v, from->n * sizeof *from->v);

    for (size_t i = 0; from->v != NULL && i < from->n; i++) {
        const void *copied = copy_record(place, of, from->v[i]);

        if (v != NULL)
            v[i] = copied;
    }
    if (to != NULL)
        to->v = v;
}

static size_t
column_size(const void *record, size_t width)
{
    uint32_t n;

    memcpy(&n, (const char *) record + sizeof(uint32_t), sizeof n);
    return n * width;
}

/* @to: the field in the copy, already the same octets as @from; NULL while measuring. */
static void
copy_field(Place *place, const SeloField *field, const void *record, const void *from, void *to)
{
    const void *column;

    switch ((SeloFieldType) field->type) {
    case SELO_FIELD_STR:
        copy_str(place, from, to);
        break;
    case SELO_FIELD_STRS:
        copy_strs(place, from, to);
        break;
    case SELO_FIELD_BLOB:
        copy_blob(place, from, to);
        break;
    case SELO_FIELD_RECORDS:
        copy_records(place, field->of, from, to);
        break;
    case SELO_FIELD_RANGES: {
        const SeloRecordRanges *ranges = from;
        const void *v = copy_array(place, ranges->v, ranges->n * sizeof(uint32_t[2]));

        if (to != NULL)
            ((SeloRecordRanges *) to)->v = v;
        break;
    }
    case SELO_FIELD_COLUMN32:
    case SELO_FIELD_COLUMN64:
        memcpy(&column, from, sizeof column);
        column = copy_array(place, column,
                            column_size(record, field->type == SELO_FIELD_COLUMN32 ? 4 : 8));
        if (to != NULL)
            memcpy(to, &column, sizeof column);
        break;
    case SELO_FIELD_U32:
    case SELO_FIELD_I32:
    case SELO_FIELD_U64:
    case SELO_FIELD_I64:
    case SELO_FIELD_TIME:
    case SELO_FIELD_POINTER:
        break;
    }
}

/* How much of @record its maker knew: what begins with a field has no struct_size. */
static size_t
known_size(const SeloRecordType *type, const void *record)
{
    uint32_t size = type->size;

    if (type->n_fields == 0 || type->fields[0].offset != 0)
        memcpy(&size, record, sizeof size);
    return MIN(size, type->size);
}

static gboolean
is_known(const SeloRecordType *type, const SeloField *field, size_t known)
{
    const SeloField *end = type->fields + type->n_fields;
    size_t field_end = field + 1 < end ? field[1].offset : type->size;

    return field->offset < known && field_end <= known;
}

static void *
copy_record(Place *place, const SeloRecordType *type, const void *record)
{
    size_t known = known_size(type, record);
    char *to = reserve(place, type->size);

    if (to != NULL) {
        memcpy(to, record, known);
        memset(to + known, 0, type->size - known);
    }
    for (uint32_t i = 0; i < type->n_fields; i++) {
        const SeloField *field = &type->fields[i];

        if (is_known(type, field, known))
            copy_field(place, field, record, (const char *) record + field->offset,
                       to != NULL ? to + field->offset : NULL);
    }
    return to;
}

static void *
copy(const SeloRecordType *type, const void *record, gboolean borrows_blobs)
{
    Place measured = { .borrows_blobs = borrows_blobs },
          placed = { .borrows_blobs = borrows_blobs };
    Head *head;

    if (record == NULL)
        return NULL;
    copy_record(&measured, type, record);
    head = g_malloc(sizeof *head + measured.size);
    head->size = measured.size;
    head->borrows_blobs = borrows_blobs;
    placed.next = (char *) (head + 1);
    return copy_record(&placed, type, record);
}

void *
selo_record_copy(const SeloRecordType *type, const void *record)
{
    return copy(type, record, FALSE);
}

void *
selo_record_copy_but_blobs(const SeloRecordType *type, const void *record)
{
    return copy(type, record, TRUE);
}

size_t
selo_record_copied_size(const void *copied)
{
    return ((const Head *) copied - 1)->size;
}

static void
close_blobs(const SeloRecordType *type, const void *record)
{
    for (uint32_t i = 0; i < type->n_fields; i++) {
        const SeloField *field = &type->fields[i];
        const char *at = (const char *) record + field->offset;

        if (field->type == SELO_FIELD_BLOB) {
            const SeloBlob *blob = (const void *) at;

            if (blob->octets == NULL && blob->size > 0 && blob->fd.fd >= 0)
                close(blob->fd.fd);
        } else if (field->type == SELO_FIELD_RECORDS) {
            const Records *records = (const void *) at;

            for (size_t j = 0; j < records->n; j++)
                close_blobs(field->of, records->v[j]);
        }
    }
}

void
selo_record_free(const SeloRecordType *type, void *copied)
{
    Head *head;

    if (copied == NULL)
        return;
    head = (Head *) copied - 1;
    if (!head->borrows_blobs)
        close_blobs(type, copied);
    explicit_bzero(copied, MIN(head->size, WIPED_MAX));
    g_free(head);
}
