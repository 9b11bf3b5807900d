/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-maildir-name.c: any octets as a file name. Printed and parsed again it says the same, and a
 * name that counts as plain prints as itself.
 */
#include "config.h"

#include <string.h>

#include "plugins/maildir/maildir-name.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    g_autofree char *file = g_strndup((const char *) octets, size);
    size_t len = strlen(file);
    g_autoptr(GString) printed = g_string_new(NULL);
    MaildirName name, again;
    uint64_t value;

    maildir_name_parse(file, len, &name);
    g_assert_cmpuint(name.base_len, <=, len);
    maildir_name_print(printed, (SeloStr){ file, name.base_len }, name.capitals, name.letters,
                       name.tail);
    if (name.is_plain)
        g_assert_cmpstr(printed->str, ==, file);
    if (memmem(name.tail.s, name.tail.len, ":2,", 3) == NULL) {
        maildir_name_parse(printed->str, printed->len, &again);
        g_assert_cmpuint(again.base_len, ==, name.base_len);
        g_assert_cmphex(again.capitals, ==, name.capitals);
        g_assert_cmphex(again.letters, ==, name.letters);
    }
    maildir_name_size((SeloStr){ file, name.base_len }, 'S', &value);
    maildir_name_compare(file, printed->str);
    return 0;
}
