/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-flags.c: see its header.
 */
#include "config.h"

#include "plugins/imap/imap-flags.h"

#include <string.h>

static const struct {
    const char *name;
    uint32_t flag;
} system_flags[] = {
    { "\\Seen", SELO_FLAG_SEEN },       { "\\Answered", SELO_FLAG_ANSWERED },
    { "\\Flagged", SELO_FLAG_FLAGGED }, { "\\Deleted", SELO_FLAG_DELETED },
    { "\\Draft", SELO_FLAG_DRAFT },     { "\\Recent", 0 }, /* no client can set it; not an error */
};

static gboolean
is_keyword(SeloStr text)
{
    if (text.len == 0 || text.len > IMAP_KEYWORD_MAX)
        return FALSE;
    for (size_t i = 0; i < text.len; i++)
        if (text.s[i] <= 0x20 || text.s[i] >= 0x7f || strchr("(){%*\"\\]", text.s[i]) != NULL)
            return FALSE;
    return TRUE;
}

static gboolean
take_system_flag(SeloStr text, ImapFlags *flags)
{
    for (size_t i = 0; i < G_N_ELEMENTS(system_flags); i++) {
        if (imap_str_is(text, system_flags[i].name)) {
            flags->flags |= system_flags[i].flag;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
has_keyword(const SeloStr *keywords, size_t n, SeloStr text)
{
    for (size_t i = 0; i < n; i++)
        if (keywords[i].len == text.len &&
            g_ascii_strncasecmp(keywords[i].s, text.s, text.len) == 0)
            return TRUE;
    return FALSE;
}

ImapFault
imap_flags_parse(ImapArgs *args, ImapFlags *out_flags)
{
    ImapFlags flags = { 0 };
    SeloStr *keywords = imap_arena_alloc(args->arena, SELO_KEYWORDS_MAX * sizeof *keywords);
    size_t n = 0;
    SeloStr text;

    while (!imap_args_at_end(args)) {
        if (!imap_args_take_atom(args, &text))
            return "Flags list contains non-atoms";
        if (take_system_flag(text, &flags))
            continue;
        if (!is_keyword(text))
            return text.s[0] == '\\' ? "Invalid system flag" : "Invalid keyword name";
        if (has_keyword(keywords, n, text))
            continue;
        if (n == SELO_KEYWORDS_MAX)
            return "Too many keywords";
        keywords[n++] = text;
    }
    flags.keywords = (SeloStrs){ keywords, n };
    *out_flags = flags;
    return NULL;
}
