/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-arguments.h: the arguments of one command, already split into words, strings and lists, and a
 * cursor that takes them one by one. Parsers of commands see nothing else: no stream, no session.
 */
#pragma once

#include <selo/plugin.h>

/* Memory of one command: given back all at once. */
typedef struct ImapArena {
    struct ImapArenaBlock *blocks;
    size_t used; /* of the first block */
} ImapArena;
/* Zeroed, aligned for anything. */
void *imap_arena_alloc(ImapArena *arena, size_t size);
/* With a NUL after its end. */
SeloStr imap_arena_str(ImapArena *arena, const void *octets, size_t size);
void imap_arena_clear(ImapArena *arena);

typedef enum { IMAP_ARG_ATOM, IMAP_ARG_QUOTED, IMAP_ARG_LITERAL, IMAP_ARG_LIST } ImapArgKind;
/* Lists come before what they hold, so that one array is the whole tree. */
typedef struct {
    uint32_t kind;
    uint32_t n_inside; /* LIST: arguments that follow and are in it, nested ones included */
    SeloStr text;      /* unquoted; of a LITERAL its octets */
} ImapArg;

/* Reads forward over a run of arguments. */
typedef struct {
    const ImapArg *at, *end;
    ImapArena *arena;
    gboolean is_utf8; /* names on the wire are UTF-8 (RFC 9051 section 5.1), else mUTF-7 */
    gboolean is_uid;  /* UID FETCH and its kin */
} ImapArgs;

/* A parser's verdict: NULL = good, else a constant text that says what is wrong. */
typedef const char *ImapFault;

gboolean imap_args_at_end(const ImapArgs *args);
gboolean imap_args_at_list(const ImapArgs *args);
/* Each takes the next argument or leaves the cursor where it is. */
gboolean imap_args_take_atom(ImapArgs *args, SeloStr *out_atom);
gboolean imap_args_take_keyword(ImapArgs *args, const char *word); /* an atom, any case */
gboolean imap_args_take_astring(ImapArgs *args, SeloStr *out_text);
gboolean imap_args_take_nstring(ImapArgs *args, SeloStr *out_text); /* NIL: unset */
gboolean imap_args_take_list(ImapArgs *args, ImapArgs *out_inside);
gboolean imap_args_take_u32(ImapArgs *args, uint32_t *out_number);
/* An astring as a mailbox name in the inner form: UTF-8, "/", INBOX in capitals. */
gboolean imap_args_take_mailbox(ImapArgs *args, SeloStr *out_name);
/* The fault of a cursor that should be at its end. */
ImapFault imap_args_end(const ImapArgs *args);

gboolean imap_str_is(SeloStr text, const char *word); /* any case */
gboolean imap_str_has_prefix(SeloStr text, const char *prefix);
/* Digits only, 0 to 2^32-1 (2^63-1). */
gboolean imap_str_to_u32(SeloStr text, uint32_t *out_number);
gboolean imap_str_to_u64(SeloStr text, uint64_t *out_number);
