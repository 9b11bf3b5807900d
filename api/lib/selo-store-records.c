/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-store-records.c: the descriptor of store/1, by hand: its columns and pointers are more than
 * the interface files can say, because a store never runs in another process.
 */
#include "config.h"

#include <selo/store.h>

#include "api/lib/selo-interface.h"

extern const SeloInterfaceType selo_store_interface;

static const SeloField str_fields[] = { { "text", 0, SELO_FIELD_STR, NULL } };
const SeloRecordType selo_str_record = { "str", sizeof(SeloStr), 1, str_fields };

/* clang-format off */
#define FIELD(record, member, kind) \
    { #member, offsetof(record, member), SELO_FIELD_##kind, NULL }
#define RECORD(name, c_name, fields) \
    static const SeloRecordType name##_record = { #name, sizeof(c_name), G_N_ELEMENTS(fields), \
                                                  fields }

static const SeloField account_request_fields[] = {
    FIELD(SeloAccountRequest, user, STR),
    FIELD(SeloAccountRequest, home, STR),
    FIELD(SeloAccountRequest, account, POINTER),
    FIELD(SeloAccountRequest, quota_octets, U64),
    FIELD(SeloAccountRequest, quota_messages, U64),
};
RECORD(account_request, SeloAccountRequest, account_request_fields);

static const SeloField account_reply_fields[] = {
    FIELD(SeloAccountReply, account, POINTER),
    FIELD(SeloAccountReply, octets, U64),
    FIELD(SeloAccountReply, messages, U64),
    FIELD(SeloAccountReply, octets_limit, U64),
    FIELD(SeloAccountReply, messages_limit, U64),
    FIELD(SeloAccountReply, modseq, U64),
};
RECORD(account_reply, SeloAccountReply, account_reply_fields);

static const SeloField box_request_fields[] = {
    FIELD(SeloBoxRequest, flags, U32),
    FIELD(SeloBoxRequest, account, POINTER),
    FIELD(SeloBoxRequest, box, POINTER),
    FIELD(SeloBoxRequest, name, STR),
    FIELD(SeloBoxRequest, new_name, STR),
    FIELD(SeloBoxRequest, pattern, STR),
};
RECORD(box_request, SeloBoxRequest, box_request_fields);

static const SeloField box_info_fields[] = {
    FIELD(SeloBoxInfo, flags, U32),
    FIELD(SeloBoxInfo, box, POINTER),
    FIELD(SeloBoxInfo, name, STR),
    FIELD(SeloBoxInfo, id, STR),
    FIELD(SeloBoxInfo, special_use, STR),
    FIELD(SeloBoxInfo, uidvalidity, U32),
    FIELD(SeloBoxInfo, uidnext, U32),
    FIELD(SeloBoxInfo, messages, U32),
    FIELD(SeloBoxInfo, unseen, U32),
    FIELD(SeloBoxInfo, deleted, U32),
    FIELD(SeloBoxInfo, recent, U32),
    FIELD(SeloBoxInfo, octets, U64),
    FIELD(SeloBoxInfo, modseq, U64),
};
RECORD(box_info, SeloBoxInfo, box_info_fields);

static const SeloField attr_request_fields[] = {
    FIELD(SeloAttrRequest, account, POINTER),
    FIELD(SeloAttrRequest, box, POINTER),
    FIELD(SeloAttrRequest, name, STR),
    FIELD(SeloAttrRequest, prefix, STR),
    FIELD(SeloAttrRequest, value, STR),
};
RECORD(attr_request, SeloAttrRequest, attr_request_fields);

static const SeloField attr_fields[] = {
    FIELD(SeloAttr, name, STR),
    FIELD(SeloAttr, value, STR),
};
RECORD(attr, SeloAttr, attr_fields);

static const SeloField msg_request_fields[] = {
    FIELD(SeloMsgRequest, fields, U32),
    FIELD(SeloMsgRequest, account, POINTER),
    FIELD(SeloMsgRequest, box, POINTER),
    FIELD(SeloMsgRequest, target, POINTER),
    FIELD(SeloMsgRequest, uids, RANGES),
    FIELD(SeloMsgRequest, since_modseq, U64),
    FIELD(SeloMsgRequest, unchanged_since, U64),
    FIELD(SeloMsgRequest, body_offset, U64),
    FIELD(SeloMsgRequest, body_size, U64),
    FIELD(SeloMsgRequest, flags, U32),
    FIELD(SeloMsgRequest, flags_mode, U32),
    FIELD(SeloMsgRequest, keywords, STRS),
    FIELD(SeloMsgRequest, query, POINTER),
};
RECORD(msg_request, SeloMsgRequest, msg_request_fields);

static const SeloField msg_batch_fields[] = {
    FIELD(SeloMsgBatch, n, U32),
    FIELD(SeloMsgBatch, uids, COLUMN32),
    FIELD(SeloMsgBatch, new_uids, COLUMN32),
    FIELD(SeloMsgBatch, flags, COLUMN32),
    FIELD(SeloMsgBatch, keywords, COLUMN64),
    FIELD(SeloMsgBatch, modseqs, COLUMN64),
    FIELD(SeloMsgBatch, keyword_names, STRS),
    FIELD(SeloMsgBatch, gone, RANGES),
    FIELD(SeloMsgBatch, modified, RANGES),
    FIELD(SeloMsgBatch, modseq, U64),
    FIELD(SeloMsgBatch, uidvalidity, U32),
    FIELD(SeloMsgBatch, uidnext, U32),
};
RECORD(msg_batch, SeloMsgBatch, msg_batch_fields);

static const SeloField msg_fields[] = {
    FIELD(SeloMsg, uid, U32),
    FIELD(SeloMsg, modseq, U64),
    FIELD(SeloMsg, size, U64),
    FIELD(SeloMsg, keywords, U64),
    FIELD(SeloMsg, internal_date, TIME),
    FIELD(SeloMsg, save_date, TIME),
    FIELD(SeloMsg, flags, U32),
    FIELD(SeloMsg, email_id, STR),
    FIELD(SeloMsg, thread_id, STR),
    FIELD(SeloMsg, facts, STR),
    FIELD(SeloMsg, header, BLOB),
    FIELD(SeloMsg, body, BLOB),
};
RECORD(msg, SeloMsg, msg_fields);

static const SeloField append_item_fields[] = {
    FIELD(SeloAppendItem, flags, U32),
    FIELD(SeloAppendItem, message, BLOB),
    FIELD(SeloAppendItem, internal_date, TIME),
    FIELD(SeloAppendItem, save_date, TIME),
    FIELD(SeloAppendItem, keywords, STRS),
    FIELD(SeloAppendItem, facts, STR),
    FIELD(SeloAppendItem, delivery_id, STR),
    FIELD(SeloAppendItem, first_try, U32),
};
RECORD(append_item, SeloAppendItem, append_item_fields);

static const SeloField append_request_fields[] = {
    FIELD(SeloAppendRequest, later, U32),
    FIELD(SeloAppendRequest, account, POINTER),
    FIELD(SeloAppendRequest, box, POINTER),
    { "items", offsetof(SeloAppendRequest, items), SELO_FIELD_RECORDS, &append_item_record },
};
RECORD(append_request, SeloAppendRequest, append_request_fields);

/* No timeouts here: how long a store may take is its manifest's call-timeout; a watch lasts
 * until stopped. */
#define TIMED(op, flags, request, row, reply, timeout, feature) \
    { #op, offsetof(SeloStoreV1, op), flags, &request##_record, row, reply, timeout, feature }
#define OP(op, flags, request, row, reply, feature) TIMED(op, flags, request, row, reply, 0, feature)
#define IDEM SELO_OP_IDEMPOTENT
static const SeloOpType ops[] = {
    OP(account_open,  0,    account_request, NULL,              &account_reply_record, NULL),
    OP(account_close, 0,    account_request, NULL,              NULL,                  NULL),
    OP(account_usage, IDEM, account_request, NULL,              &account_reply_record, NULL),
    OP(account_list,  IDEM, account_request, &selo_str_record,  NULL,                  "accounts"),
    OP(sync,          IDEM, account_request, NULL,              NULL,                  NULL),
    OP(box_list,      IDEM, box_request,    &box_info_record,  NULL,                  NULL),
    OP(box_create,    0,    box_request,    NULL,              NULL,                  NULL),
    OP(box_rename,    0,    box_request,    NULL,              NULL,                  NULL),
    OP(box_delete,    0,    box_request,    NULL,              NULL,                  NULL),
    OP(box_subscribe, IDEM, box_request,    NULL,              NULL,                  NULL),
    OP(box_open,      0,    box_request,    NULL,              &box_info_record,      NULL),
    OP(box_close,     0,    box_request,    NULL,              NULL,                  NULL),
    OP(box_status,    IDEM, box_request,    NULL,              &box_info_record,      NULL),
    TIMED(box_watch,  IDEM, box_request,    &box_info_record,  NULL, -1,              NULL),
    OP(attr_get,      IDEM, attr_request,   &attr_record,      &attr_record,          NULL),
    OP(attr_set,      IDEM, attr_request,   NULL,              NULL,                  NULL),
    OP(attr_list,     IDEM, attr_request,   &attr_record,      NULL,                  NULL),
    OP(msg_changes,   IDEM, msg_request,    &msg_batch_record, NULL,                  NULL),
    OP(msg_fetch,     IDEM, msg_request,    &msg_record,       NULL,                  NULL),
    OP(msg_append,    0,    append_request, &msg_batch_record, NULL,                  NULL),
    OP(msg_copy,      0,    msg_request,    &msg_batch_record, NULL,                  NULL),
    OP(msg_move,      0,    msg_request,    &msg_batch_record, NULL,                  NULL),
    OP(msg_flags,     0,    msg_request,    &msg_batch_record, NULL,                  NULL),
    OP(msg_expunge,   0,    msg_request,    &msg_batch_record, NULL,                  NULL),
    OP(msg_search,    IDEM, msg_request,    &msg_batch_record, NULL,                  "search"),
};
/* clang-format on */

const SeloInterfaceType selo_store_interface = { "store", 1, 0, G_N_ELEMENTS(ops), ops };
