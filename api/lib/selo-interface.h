/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-interface.h: interfaces as the core sees them: which records have which fields, which
 * operation stands where in its table. Descriptors of the five remotable interfaces are generated
 * from api/interfaces/NAME.xml; store/1 has its own by hand in selo-store-records.c. Copying a
 * request to a thread, copying rows back and the wire codec of isolated plugins all read them.
 */
#pragma once

#include <selo/plugin.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    SELO_FIELD_U32,
    SELO_FIELD_I32,
    SELO_FIELD_U64,
    SELO_FIELD_I64,
    SELO_FIELD_TIME,
    SELO_FIELD_STR,
    SELO_FIELD_STRS,
    SELO_FIELD_BLOB,
    SELO_FIELD_RECORDS,  /* { const T *const *v; size_t n; } */
    SELO_FIELD_RANGES,   /* SeloUids */
    SELO_FIELD_COLUMN32, /* pointer to n uint32_t; n is the record's second word */
    SELO_FIELD_COLUMN64,
    SELO_FIELD_POINTER /* in process only: handed on as it is */
} SeloFieldType;

typedef struct SeloRecordType SeloRecordType;
typedef struct {
    const char *name;
    uint32_t offset, type;
    const SeloRecordType *of; /* RECORDS */
} SeloField;
struct SeloRecordType {
    const char *name;
    uint32_t size, n_fields;
    const SeloField *fields;
};

enum { SELO_OP_IDEMPOTENT = 1, SELO_OP_ONE_WAY = 2 };
typedef struct {
    const char *name;
    uint32_t offset, flags;                      /* of the function in its table */
    const SeloRecordType *request, *row, *reply; /* row, reply may be NULL */
    int64_t timeout_usec; /* 0 = none; -1: none, whatever the manifest says */
    const char *feature;  /* NULL = mandatory */
} SeloOpType;
typedef struct {
    const char *name; /* "filter" */
    uint32_t major, minor;
    size_t n_ops;
    const SeloOpType *ops;
} SeloInterfaceType;

/* "filter" → its descriptor; NULL = no such interface. "protocol" has no operations. */
const SeloInterfaceType *selo_interface_find(const char *name);
const SeloOpType *selo_interface_op(const SeloInterfaceType *type, const char *op);

/* A field of the type RANGES, as <selo/store.h> has it (SeloUids). */
typedef struct {
    const void *v; /* pairs of uint32_t */
    size_t n;
} SeloRecordRanges;

/* One SeloStr: rows of operations that emit plain text (account_list, a plugin's command). */
extern const SeloRecordType selo_str_record;

/* One block of memory with everything in it; descriptors are duplicated and closed by _free. Its
 * first 64 KiB are wiped. */
void *selo_record_copy(const SeloRecordType *type, const void *record);
/* The same, but octets and descriptors of blobs stay the original's. */
void *selo_record_copy_but_blobs(const SeloRecordType *type, const void *record);
/* Octets of a copy. */
size_t selo_record_copied_size(const void *copied);
void selo_record_free(const SeloRecordType *type, void *copied);
