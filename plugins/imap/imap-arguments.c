/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-arguments.c: cursor and arena. A tree of allocated nodes lost: one array is one allocation, and
 * a list is skipped by adding a number.
 */
#include "config.h"

#include "plugins/imap/imap-arguments.h"

#include <string.h>

#include "plugins/imap/imap-names.h"

#define ARENA_BLOCK 1000

typedef struct ImapArenaBlock {
    struct ImapArenaBlock *next;
    size_t size;
    max_align_t memory[];
} ImapArenaBlock;

void *
imap_arena_alloc(ImapArena *arena, size_t size)
{
    const size_t align = sizeof(max_align_t);
    void *memory;

    size = (size + align - 1) / align * align;
    if (arena->blocks == NULL || arena->blocks->size - arena->used < size) {
        size_t room = MAX(size, (size_t) ARENA_BLOCK / align * align);
        ImapArenaBlock *block = g_malloc0(sizeof *block + room);

        block->size = room;
        block->next = arena->blocks;
        arena->blocks = block;
        arena->used = 0;
    }
    memory = (char *) arena->blocks->memory + arena->used;
    arena->used += size;
    return memory;
}

SeloStr
imap_arena_str(ImapArena *arena, const void *octets, size_t size)
{
    char *copy = imap_arena_alloc(arena, size + 1);

    if (size > 0)
        memcpy(copy, octets, size);
    return (SeloStr){ copy, size };
}

void
imap_arena_clear(ImapArena *arena)
{
    while (arena->blocks != NULL) {
        ImapArenaBlock *block = arena->blocks;

        arena->blocks = block->next;
        explicit_bzero(block->memory, block->size); /* there may be a password in it */
        g_free(block);
    }
    arena->used = 0;
}

gboolean
imap_args_at_end(const ImapArgs *args)
{
    return args->at == args->end;
}

gboolean
imap_args_at_list(const ImapArgs *args)
{
    return args->at != args->end && args->at->kind == IMAP_ARG_LIST;
}

gboolean
imap_args_take_atom(ImapArgs *args, SeloStr *out_atom)
{
    if (args->at == args->end || args->at->kind != IMAP_ARG_ATOM)
        return FALSE;
    *out_atom = args->at++->text;
    return TRUE;
}

gboolean
imap_args_take_keyword(ImapArgs *args, const char *word)
{
    if (args->at == args->end || args->at->kind != IMAP_ARG_ATOM ||
        !imap_str_is(args->at->text, word))
        return FALSE;
    args->at++;
    return TRUE;
}

gboolean
imap_args_take_astring(ImapArgs *args, SeloStr *out_text)
{
    if (args->at == args->end || args->at->kind == IMAP_ARG_LIST)
        return FALSE;
    *out_text = args->at++->text;
    return TRUE;
}

gboolean
imap_args_take_nstring(ImapArgs *args, SeloStr *out_text)
{
    if (imap_args_take_keyword(args, "NIL")) {
        *out_text = (SeloStr){ NULL, 0 };
        return TRUE;
    }
    if (args->at == args->end || args->at->kind == IMAP_ARG_ATOM)
        return FALSE;
    return imap_args_take_astring(args, out_text);
}

gboolean
imap_args_take_list(ImapArgs *args, ImapArgs *out_inside)
{
    const ImapArg *list = args->at;

    if (!imap_args_at_list(args))
        return FALSE;
    *out_inside = *args;
    out_inside->at = list + 1;
    out_inside->end = list + 1 + list->n_inside;
    args->at = out_inside->end;
    return TRUE;
}

gboolean
imap_args_take_u32(ImapArgs *args, uint32_t *out_number)
{
    if (args->at == args->end || args->at->kind != IMAP_ARG_ATOM ||
        !imap_str_to_u32(args->at->text, out_number))
        return FALSE;
    args->at++;
    return TRUE;
}

gboolean
imap_args_take_mailbox(ImapArgs *args, SeloStr *out_name)
{
    if (args->at == args->end || args->at->kind == IMAP_ARG_LIST ||
        !imap_mailbox_from_wire(args->arena, args->at->text, args->is_utf8, out_name))
        return FALSE;
    args->at++;
    return TRUE;
}

ImapFault
imap_args_end(const ImapArgs *args)
{
    return args->at == args->end ? NULL : "Too many arguments";
}

gboolean
imap_str_is(SeloStr text, const char *word)
{
    return text.s != NULL && strlen(word) == text.len &&
           g_ascii_strncasecmp(text.s, word, text.len) == 0;
}

gboolean
imap_str_has_prefix(SeloStr text, const char *prefix)
{
    size_t len = strlen(prefix);

    return text.len >= len && g_ascii_strncasecmp(text.s, prefix, len) == 0;
}

gboolean
imap_str_to_u64(SeloStr text, uint64_t *out_number)
{
    uint64_t number = 0;

    if (text.len == 0)
        return FALSE;
    for (size_t i = 0; i < text.len; i++) {
        if (!g_ascii_isdigit(text.s[i]) || number > (INT64_MAX - 9) / 10)
            return FALSE;
        number = number * 10 + (uint64_t) (text.s[i] - '0');
    }
    *out_number = number;
    return TRUE;
}

gboolean
imap_str_to_u32(SeloStr text, uint32_t *out_number)
{
    uint64_t number;

    if (!imap_str_to_u64(text, &number) || number > UINT32_MAX)
        return FALSE;
    *out_number = (uint32_t) number;
    return TRUE;
}
