/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-elf.c: reading a module before it is mapped, also if it is cut off or damaged.
 */
#include "config.h"

#include <elf.h>
#include <selo/plugin.h>
#include <string.h>

#include "server/plugin/selo-elf.h"
#include "tests/lib/selo-test.h"

static char *library;
static gsize library_size;

/* The private XML module is a shared object that is always built; it is no plugin. */
static void
read_library(void)
{
    g_autofree char *file =
        g_build_filename(g_getenv("SELO_BUILD_ROOT"), "server/plugin/.libs/selo-xml.so", NULL);
    g_autoptr(GError) error = NULL;

    g_file_get_contents(file, &library, &library_size, &error);
    g_assert_no_error(error);
}

static void
test_library(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SeloElf) elf = selo_elf_read(library, library_size, &error);

    g_assert_no_error(error);
    g_assert_false(elf->has_note);
    g_assert_false(elf->has_text_relocations);
    g_assert_false(elf->has_executable_stack);
    g_assert_true(
        g_ptr_array_find_with_equal_func(elf->needed, "libxml2.so.2", g_str_equal, NULL) ||
        g_ptr_array_find_with_equal_func(elf->needed, "libxml2.so.16", g_str_equal, NULL));
    g_assert_cmpuint(elf->versions->len, >, 0);
}

static void
test_truncated(void)
{
    gsize step = MAX(library_size / 5000, 1);

    for (gsize cut = 0; cut < library_size; cut += cut < 4096 ? 1 : step) {
        g_autofree char *copy = g_memdup2(library, cut);
        g_autoptr(GError) error = NULL;
        g_autoptr(SeloElf) elf = selo_elf_read(copy, cut, &error);

        g_assert_true((elf == NULL) == (error != NULL));
    }
}

/* Every octet of header and program headers turned over: no read outside, whatever it says then. */
static void
test_damaged(void)
{
    gsize size = MIN(library_size, 1024);

    for (gsize at = 0; at < size; at++) {
        g_autofree char *copy = g_memdup2(library, library_size);
        g_autoptr(SeloElf) elf = NULL;

        copy[at] = (char) ~copy[at];
        elf = selo_elf_read(copy, library_size, NULL);
        g_assert_true(at >= SELFMAG || elf == NULL);
    }
}

/* The smallest file with a note: header, one program header, note. */
static GByteArray *
make_module(const char *name)
{
    static const char owner[8] = "SELO";
    SeloNote note = {
        5, sizeof(SeloNote) - offsetof(SeloNote, format), 1, "", 1, sizeof(void *), 1, 0, 0, ""
    };
    GByteArray *module = g_byte_array_new();
    Elf64_Ehdr header;
    Elf64_Phdr segment = { .p_type = PT_NOTE,
                           .p_offset = sizeof header + sizeof segment,
                           .p_filesz = sizeof note,
                           .p_align = 4 };

    memcpy(&header, library, sizeof header);
    header.e_phoff = sizeof header;
    header.e_phnum = 1;
    memcpy(note.owner, owner, sizeof owner);
    g_strlcpy(note.plugin, name, sizeof note.plugin);
    g_byte_array_append(module, (const guint8 *) &header, sizeof header);
    g_byte_array_append(module, (const guint8 *) &segment, sizeof segment);
    g_byte_array_append(module, (const guint8 *) &note, sizeof note);
    return module;
}

static void
test_note(void)
{
    g_autoptr(GByteArray) module = make_module("clamav");
    g_autoptr(SeloElf) elf = selo_elf_read(module->data, module->len, NULL);

    g_assert_true(elf->has_note);
    g_assert_cmpstr(elf->plugin, ==, "clamav");
    g_assert_cmpuint(elf->abi_major, ==, 1);
    g_assert_cmpuint(elf->pointer_size, ==, sizeof(void *));
    g_assert_true(elf->has_executable_stack); /* no PT_GNU_STACK */
    for (guint cut = 0; cut < module->len; cut++) {
        g_autofree guint8 *copy = g_memdup2(module->data, cut);
        g_autoptr(SeloElf) less = selo_elf_read(copy, cut, NULL);

        g_assert_null(less);
    }
}

int
main(int argc, char **argv)
{
    int status;

    selo_test_init(&argc, &argv);
    read_library();
    g_test_add_func("/plugin/elf/library", test_library);
    g_test_add_func("/plugin/elf/truncated", test_truncated);
    g_test_add_func("/plugin/elf/damaged", test_damaged);
    g_test_add_func("/plugin/elf/note", test_note);
    status = g_test_run();
    g_free(library);
    return status;
}
