/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-maildir-uidlist.c: the file dovecot-uidlist: parsed, followed as it grows, written anew.
 */
#include "config.h"

#include "plugins/maildir/maildir-uidlist.h"

#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>

#include "tests/lib/selo-test.h"

#define GUID   "89037e20e5ee036b9e11000083ecc375"
#define HEADER "3 V1795419877 N4 G" GUID
#define FIRST  "2 :1795419880.M603244P4315.vm,S=217,W=227\n"
#define SECOND "3 S1500 W1530 G5f2c :old name\n"

static const struct {
    const char *line, *printed; /* printed NULL: refused */
    uint32_t version;
} headers[] = {
    { HEADER, HEADER, 3 },
    { "3 V1 N1", "3 V1 N1", 3 },
    { "3 V1 N1 Pfoo Xy Z", "3 V1 N1 Pfoo Xy Z", 3 },
    { "3 N1 V7", "3 V7 N1", 3 },
    { "3 V7", "3 V7 N0", 3 },
    { "3 V7 N1 Gshort", "3 V7 N1", 3 },
    { "1 5 9", "3 V5 N9", 1 },
    { "1 5", NULL, 0 },
    { "2 V5 N9", NULL, 0 },
    { "4 V5 N9", NULL, 0 },
    { "3", NULL, 0 },
    { "3 V0 N1", NULL, 0 },
    { "3 N1", NULL, 0 },
    { "3 Vx N1", NULL, 0 },
    { "3 V1 N1x", NULL, 0 },
    { "3 V99999999999 N1", NULL, 0 },
    { "3V1", NULL, 0 },
    { "", NULL, 0 },
};

static const struct {
    const char *line, *name, *fields; /* name NULL: refused */
} records[] = {
    { "2 :base", "base", "" },
    { "3 S1500 W1530 :base", "base", " S1500 W1530" },
    { "3 P :base with space", "base with space", " P" },
    { "4294967294 :b", "b", "" },
    { "4294967295 :b", NULL, NULL },
    { "0 :b", NULL, NULL },
    { "x :b", NULL, NULL },
    { "2", NULL, NULL },
    { "2 ", NULL, NULL },
    { "2 :", NULL, NULL },
    { "2 :a/b", NULL, NULL },
    { "2 :a:2,S", NULL, NULL },
    { "2 base", NULL, NULL },
    { "2:base", NULL, NULL },
};

static void
test_headers(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autoptr(GString) printed = g_string_new(NULL);
        MaildirUidlistHeader header = { 0 };

        if (headers[i].printed == NULL) {
            g_assert_false(maildir_uidlist_parse_header(SELO_STR(headers[i].line), &header));
            continue;
        }
        g_assert_true(maildir_uidlist_parse_header(SELO_STR(headers[i].line), &header));
        g_assert_cmpuint(header.version, ==, headers[i].version);
        maildir_uidlist_print_header(printed, &header);
        g_string_truncate(printed, printed->len - 1);
        g_assert_cmpstr(printed->str, ==, headers[i].printed);
        maildir_uidlist_header_clear(&header);
    }
}

static void
test_records(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(records); i++) {
        g_autoptr(GString) printed = g_string_new(NULL);
        MaildirUidRecord record;

        if (records[i].name == NULL) {
            g_assert_false(maildir_uidlist_parse_record(3, SELO_STR(records[i].line), &record));
            continue;
        }
        g_assert_true(maildir_uidlist_parse_record(3, SELO_STR(records[i].line), &record));
        g_assert_cmpmem(record.name.s, record.name.len, records[i].name, strlen(records[i].name));
        g_assert_cmpmem(record.fields.s, record.fields.len, records[i].fields,
                        strlen(records[i].fields));
        maildir_uidlist_print_record(printed, &record);
        g_string_truncate(printed, printed->len - 1);
        g_assert_cmpstr(printed->str, ==, records[i].line);
    }
}

static void
test_old_record(void)
{
    MaildirUidRecord record;

    g_assert_true(maildir_uidlist_parse_record(1, SELO_STR("7 base:2,S"), &record));
    g_assert_cmpmem(record.name.s, record.name.len, "base", 4);
}

static void
test_fields(void)
{
    SeloStr value;

    g_assert_true(maildir_uidlist_find_field(SELO_STR(" S12 Gabc"), 'G', &value));
    g_assert_cmpmem(value.s, value.len, "abc", 3);
    g_assert_false(maildir_uidlist_find_field(SELO_STR(" S12 Gabc"), 'P', &value));
    g_assert_false(maildir_uidlist_find_field((SeloStr){ 0 }, 'G', &value));
}

/* ---- the file ---- */

typedef struct {
    char *directory, *path;
    GString *seen; /* "uid " a record, "/" a restart */
    MaildirUidlist list;
} File;

static void
restarted(void *data)
{
    g_string_append_c(((File *) data)->seen, '/');
}

static gboolean
found(void *data, const MaildirUidRecord *record)
{
    g_string_append_printf(((File *) data)->seen, "%u ", record->uid);
    return TRUE;
}

static void
file_init(File *file)
{
    *file = (File){ .directory = selo_test_dir_new(), .seen = g_string_new(NULL) };
    file->path = g_build_filename(file->directory, MAILDIR_UIDLIST_NAME, NULL);
}

static void
file_clear(File *file)
{
    maildir_uidlist_clear(&file->list);
    g_string_free(file->seen, TRUE);
    g_free(file->path);
    selo_test_dir_free(file->directory);
}

static void
refresh(File *file, const char *want)
{
    MaildirUidlistEvents events = { restarted, found, file };

    g_string_truncate(file->seen, 0);
    g_assert_true(maildir_uidlist_refresh(&file->list, file->path, &events, NULL));
    g_assert_cmpstr(file->seen->str, ==, want);
}

static void
write_text(const File *file, const char *text, size_t size)
{
    FILE *stream = g_fopen(file->path, "r+");

    if (stream == NULL)
        stream = g_fopen(file->path, "w");
    g_assert_nonnull(stream);
    g_assert_cmpuint(fwrite(text, 1, size, stream), ==, size);
    fclose(stream);
}

/* As it is written octet by octet, a record appears with its LF and not before. */
static void
test_grows(void)
{
    static const char text[] = HEADER "\n" FIRST SECOND "9 :last\n";
    size_t header = strlen(HEADER "\n"), first = header + strlen(FIRST);
    size_t second = first + strlen(SECOND);
    File file;

    file_init(&file);
    write_text(&file, text, header);
    refresh(&file, "/");
    for (size_t size = header + 1; size < sizeof text; size++) {
        gboolean is_last = size == sizeof text - 1;

        write_text(&file, text, size);
        refresh(&file, size == first ? "2 " : size == second ? "3 " : is_last ? "9 " : "");
    }
    g_assert_cmpuint(maildir_uidlist_next(&file.list), ==, 10);
    g_assert_cmpuint(file.list.n_lines, ==, 3);
    file_clear(&file);
}

static void
test_replaced(void)
{
    File file;

    file_init(&file);
    refresh(&file, "");
    g_assert_true(g_file_set_contents(file.path, HEADER "\n" FIRST, -1, NULL));
    refresh(&file, "/2 ");
    refresh(&file, "");
    g_assert_true(g_file_set_contents(file.path, HEADER "\n" FIRST SECOND, -1, NULL));
    refresh(&file, "/2 3 ");
    g_assert_cmpint(g_unlink(file.path), ==, 0);
    refresh(&file, "/");
    g_assert_cmpuint(file.list.header.uidvalidity, ==, 0);
    file_clear(&file);
}

static void
test_corrupt(void)
{
    static const char *const texts[] = { HEADER "\n5 :a\n5 :b\n", HEADER "\n5 :a\n4 :b\n",
                                         "garbage\n", HEADER "\n5 :a/b\n" };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        MaildirUidlistEvents events = { restarted, found, NULL };
        File file;

        file_init(&file);
        events.data = &file;
        g_assert_true(g_file_set_contents(file.path, texts[i], -1, NULL));
        g_assert_true(maildir_uidlist_refresh(&file.list, file.path, &events, NULL));
        g_assert_false(g_file_test(file.path, G_FILE_TEST_EXISTS));
        g_assert_true(g_str_has_suffix(file.seen->str, "/"));
        file_clear(&file);
    }
}

static void
test_append(void)
{
    g_autoptr(GString) lines = g_string_new("7 :seven\n8 :eight\n");
    g_autofree char *text = NULL;
    File file;

    file_init(&file);
    g_assert_true(g_file_set_contents(file.path, HEADER "\n" FIRST "3 :half", -1, NULL));
    refresh(&file, "/2 ");
    g_assert_true(maildir_uidlist_append(&file.list, file.path, lines, 2, 8, NULL));
    g_assert_cmpuint(maildir_uidlist_next(&file.list), ==, 9);
    refresh(&file, "");
    g_assert_true(g_file_get_contents(file.path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, HEADER "\n" FIRST "7 :seven\n8 :eight\n");
    file_clear(&file);
}

static void
test_rewrite(void)
{
    g_autoptr(GString) lines = g_string_new(FIRST);
    g_autofree char *text = NULL;
    File file;

    file_init(&file);
    g_assert_true(g_file_set_contents(file.path, "1 77 4\n2 a:2,S\n9 b\n", -1, NULL));
    refresh(&file, "/2 9 ");
    g_assert_true(maildir_uidlist_rewrite(&file.list, file.path, lines, 1, NULL));
    refresh(&file, "");
    g_assert_true(g_file_get_contents(file.path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "3 V77 N10\n" FIRST);
    file_clear(&file);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/maildir/uidlist/headers", test_headers);
    g_test_add_func("/maildir/uidlist/records", test_records);
    g_test_add_func("/maildir/uidlist/old-record", test_old_record);
    g_test_add_func("/maildir/uidlist/fields", test_fields);
    g_test_add_func("/maildir/uidlist/grows", test_grows);
    g_test_add_func("/maildir/uidlist/replaced", test_replaced);
    g_test_add_func("/maildir/uidlist/corrupt", test_corrupt);
    g_test_add_func("/maildir/uidlist/append", test_append);
    g_test_add_func("/maildir/uidlist/rewrite", test_rewrite);
    return g_test_run();
}
