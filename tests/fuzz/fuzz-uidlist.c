/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-uidlist.c: any octets as a uidlist. What is read, printed and read again is the same; uids
 * only grow.
 */
#include "config.h"

#include <string.h>

#include "plugins/maildir/maildir-uidlist.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

typedef struct {
    GString *text;
    uint32_t last_uid;
} Printed;

static gboolean
print_record(void *data, const MaildirUidRecord *record)
{
    Printed *printed = data;

    g_assert_cmpuint(record->uid, >, printed->last_uid);
    printed->last_uid = record->uid;
    maildir_uidlist_print_record(printed->text, record);
    return TRUE;
}

static void
parse_again(uint32_t version, const Printed *printed)
{
    Printed again = { g_string_new(NULL), 0 };
    uint32_t last_uid = 0;
    size_t used = maildir_uidlist_parse_records(
        version, (SeloStr){ printed->text->str, printed->text->len }, &last_uid, print_record,
        &again);

    g_assert_cmpuint(used, ==, printed->text->len);
    g_assert_cmpstr(again.text->str, ==, printed->text->str);
    g_string_free(again.text, TRUE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    const char *text = (const char *) octets, *feed = memchr(text, '\n', size);
    MaildirUidlistHeader header = { 0 };
    Printed printed = { NULL, 0 };
    uint32_t last_uid = 0;

    if (feed == NULL
        || !maildir_uidlist_parse_header((SeloStr){ text, (size_t) (feed - text) }, &header))
        return 0;
    printed.text = g_string_new(NULL);
    maildir_uidlist_parse_records(header.version,
                                  (SeloStr){ feed + 1, size - (size_t) (feed + 1 - text) },
                                  &last_uid, print_record, &printed);
    if (memchr(printed.text->str, '\0', printed.text->len) == NULL)
        parse_again(3, &printed);
    g_string_free(printed.text, TRUE);
    maildir_uidlist_header_clear(&header);
    return 0;
}
