/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-elf.c: a small reader of shared objects, every access checked against the file's end. libelf
 * lost: it is a library more in every role for a hundred lines, and not made for hostile files. /
 */
#include "config.h"

#include "server/plugin/selo-elf.h"

#include <elf.h>
#include <link.h>
#include <selo/plugin.h>
#include <string.h>

#define MAX_HEADERS 512
#define MAX_ENTRIES 4096
#define MAX_SYMBOLS 65536

typedef ElfW(Ehdr) Header;
typedef ElfW(Phdr) Segment;
typedef ElfW(Dyn) Dynamic;
typedef ElfW(Verneed) Need;
typedef ElfW(Vernaux) NeedVersion;
typedef ElfW(Nhdr) Note;
typedef ElfW(Shdr) Section;
typedef ElfW(Sym) Symbol;

/* Our own header: the class, order and machine a module has to have. */
extern const Header __ehdr_start __attribute__((visibility("hidden")));

typedef struct {
    const guint8 *octets;
    size_t size;
    const Segment *segments; /* a copy: the file's may be misaligned */
    size_t n_segments;
    size_t strings, strings_size; /* of the dynamic section */
} Reader;

static gboolean
take(const Reader *reader, guint64 offset, void *out_record, size_t size)
{
    if (offset > reader->size || reader->size - offset < size)
        return FALSE;
    memcpy(out_record, reader->octets + offset, size);
    return TRUE;
}

static const char *
get_string(const Reader *reader, guint64 index)
{
    const char *text;

    if (index >= reader->strings_size)
        return NULL;
    text = (const char *) reader->octets + reader->strings + index;
    return memchr(text, '\0', reader->strings_size - index) != NULL ? text : NULL;
}

/* Addresses in the dynamic section are of the mapped module. */
static gboolean
find_offset(const Reader *reader, guint64 address, guint64 *out_offset)
{
    for (size_t i = 0; i < reader->n_segments; i++) {
        const Segment *segment = &reader->segments[i];

        if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
            address - segment->p_vaddr < segment->p_filesz) {
            *out_offset = segment->p_offset + (address - segment->p_vaddr);
            return *out_offset < reader->size;
        }
    }
    return FALSE;
}

static void
take_selo_note(const Reader *reader, guint64 at, size_t size, SeloElf *elf)
{
    SeloNote note = { 0 };
    size_t desc_size = sizeof note - offsetof(SeloNote, format);

    if (elf->has_note || size != desc_size || !take(reader, at, &note.format, desc_size))
        return;
    elf->has_note = TRUE;
    elf->format = note.format;
    elf->pointer_size = note.pointer_size;
    elf->abi_major = note.abi_major;
    elf->abi_minor = note.abi_minor;
    memcpy(elf->plugin, note.plugin, sizeof elf->plugin);
    elf->plugin[sizeof elf->plugin - 1] = '\0';
}

static guint64
align_up(guint64 value, guint64 alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static void
read_notes(const Reader *reader, const Segment *segment, SeloElf *elf)
{
    guint64 at = segment->p_offset, end = at + MIN(segment->p_filesz, reader->size);
    guint64 alignment = segment->p_align == 8 ? 8 : 4;
    Note note;

    for (guint i = 0; i < MAX_ENTRIES && at < end && take(reader, at, &note, sizeof note); i++) {
        guint64 name = at + sizeof note, description = align_up(name + note.n_namesz, alignment);

        if (note.n_type == 1 && note.n_namesz == sizeof "SELO" &&
            name + sizeof "SELO" <= reader->size &&
            memcmp(reader->octets + name, "SELO", sizeof "SELO") == 0)
            take_selo_note(reader, description, note.n_descsz, elf);
        at = align_up(description + note.n_descsz, alignment);
    }
}

static void
read_versions(const Reader *reader, guint64 address, SeloElf *elf)
{
    guint64 at = 0;
    guint n = 0;
    Need need;

    if (!find_offset(reader, address, &at))
        return;
    while (n < MAX_ENTRIES && take(reader, at, &need, sizeof need)) {
        guint64 version_at = at + need.vn_aux;
        NeedVersion version;

        for (guint i = 0; i < need.vn_cnt && n < MAX_ENTRIES &&
                          take(reader, version_at, &version, sizeof version);
             i++) {
            const char *name = get_string(reader, version.vna_name);

            n++;
            if (name != NULL)
                g_ptr_array_add(elf->versions, g_strdup(name));
            if (version.vna_next == 0)
                break;
            version_at += version.vna_next;
        }
        n++;
        if (need.vn_next == 0)
            return;
        at += need.vn_next;
    }
}

typedef struct {
    guint64 strings, strings_size, versions;
    guint64 needed[MAX_HEADERS];
    size_t n_needed;
} DynamicFacts;

static void
take_dynamic(const Dynamic *entry, DynamicFacts *facts, SeloElf *elf)
{
    if (entry->d_tag == DT_STRTAB)
        facts->strings = entry->d_un.d_ptr;
    else if (entry->d_tag == DT_STRSZ)
        facts->strings_size = entry->d_un.d_val;
    else if (entry->d_tag == DT_VERNEED)
        facts->versions = entry->d_un.d_ptr;
    else if (entry->d_tag == DT_NEEDED && facts->n_needed < G_N_ELEMENTS(facts->needed))
        facts->needed[facts->n_needed++] = entry->d_un.d_val;
    else if (entry->d_tag == DT_TEXTREL ||
             (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
        elf->has_text_relocations = TRUE;
}

static gboolean
read_dynamic(Reader *reader, const Segment *segment, SeloElf *elf)
{
    DynamicFacts facts = { 0 };
    guint64 offset = 0;
    Dynamic entry;

    for (size_t i = 0; i < MAX_ENTRIES && (i + 1) * sizeof entry <= segment->p_filesz; i++) {
        if (!take(reader, segment->p_offset + i * sizeof entry, &entry, sizeof entry))
            return FALSE;
        if (entry.d_tag == DT_NULL)
            break;
        take_dynamic(&entry, &facts, elf);
    }
    if (!find_offset(reader, facts.strings, &offset) || facts.strings_size > reader->size - offset)
        return FALSE;
    reader->strings = offset;
    reader->strings_size = facts.strings_size;
    for (size_t i = 0; i < facts.n_needed; i++) {
        const char *name = get_string(reader, facts.needed[i]);

        if (name == NULL)
            return FALSE;
        g_ptr_array_add(elf->needed, g_strdup(name));
    }
    if (facts.versions != 0)
        read_versions(reader, facts.versions, elf);
    return TRUE;
}

static void
read_symbols(const Reader *reader, const Section *section, SeloElf *elf)
{
    Symbol symbol;

    for (size_t i = 0; i < MAX_SYMBOLS && (i + 1) * sizeof symbol <= section->sh_size; i++) {
        const char *name;

        if (!take(reader, section->sh_offset + i * sizeof symbol, &symbol, sizeof symbol))
            return;
        if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS ||
            ELF64_ST_BIND(symbol.st_info) == STB_LOCAL)
            continue;
        if ((name = get_string(reader, symbol.st_name)) != NULL)
            g_ptr_array_add(elf->exports, g_strdup(name));
    }
}

/* Only for selo plugin check: what runs needs no section headers, and a stripped module may have
 * none. */
static void
read_exports(const Reader *reader, const Header *header, SeloElf *elf)
{
    Section section;

    for (guint i = 0;
         header->e_shentsize == sizeof section && i < MIN(header->e_shnum, MAX_ENTRIES); i++) {
        if (!take(reader, header->e_shoff + i * sizeof section, &section, sizeof section))
            return;
        if (section.sh_type == SHT_DYNSYM)
            read_symbols(reader, &section, elf);
    }
}

static gboolean
check_header(const Header *header, GError **error)
{
    const Header *own = &__ehdr_start;

    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "not an ELF file");
        return FALSE;
    }
    if (header->e_ident[EI_CLASS] != own->e_ident[EI_CLASS] ||
        header->e_ident[EI_DATA] != own->e_ident[EI_DATA] || header->e_machine != own->e_machine ||
        header->e_type != ET_DYN) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                            "not a shared object of this machine");
        return FALSE;
    }
    return TRUE;
}

static gboolean
read_segments(Reader *reader, SeloElf *elf)
{
    gboolean has_stack = FALSE, is_whole = TRUE;

    for (size_t i = 0; i < reader->n_segments; i++) {
        const Segment *segment = &reader->segments[i];

        if (segment->p_filesz > 0 && (segment->p_offset > reader->size ||
                                      reader->size - segment->p_offset < segment->p_filesz))
            return FALSE;
        if (segment->p_type == PT_NOTE)
            read_notes(reader, segment, elf);
        if (segment->p_type == PT_DYNAMIC)
            is_whole = read_dynamic(reader, segment, elf);
        if (segment->p_type == PT_GNU_STACK) {
            has_stack = TRUE;
            elf->has_executable_stack = (segment->p_flags & PF_X) != 0;
        }
    }
    elf->has_executable_stack |= !has_stack; /* absent means executable */
    return is_whole;
}

SeloElf *
selo_elf_read(const void *octets, size_t size, GError **error)
{
    Reader reader = { .octets = octets, .size = size };
    g_autoptr(SeloElf) elf = NULL;
    g_autofree Segment *segments = NULL;
    Header header;

    if (!take(&reader, 0, &header, sizeof header)) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "not an ELF file");
        return NULL;
    }
    if (!check_header(&header, error))
        return NULL;
    elf = g_new0(SeloElf, 1);
    elf->needed = g_ptr_array_new_with_free_func(g_free);
    elf->versions = g_ptr_array_new_with_free_func(g_free);
    elf->exports = g_ptr_array_new_with_free_func(g_free);
    reader.n_segments = header.e_phnum;
    if (header.e_phentsize == sizeof(Segment) && header.e_phnum <= MAX_HEADERS) {
        segments = g_new0(Segment, reader.n_segments + 1);
        reader.segments = segments;
    }
    if (segments == NULL ||
        !take(&reader, header.e_phoff, segments, reader.n_segments * sizeof(Segment)) ||
        !read_segments(&reader, elf)) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "damaged or cut off ELF file");
        return NULL;
    }
    read_exports(&reader, &header, elf);
    return g_steal_pointer(&elf);
}

void
selo_elf_free(SeloElf *elf)
{
    if (elf == NULL)
        return;
    g_ptr_array_unref(elf->needed);
    g_ptr_array_unref(elf->versions);
    g_ptr_array_unref(elf->exports);
    g_free(elf);
}
