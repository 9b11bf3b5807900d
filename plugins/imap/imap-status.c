/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-status.c: the table of status items.
 */
#include "config.h"

#include "plugins/imap/imap-status.h"

static const struct {
    const char *name;
    uint32_t offset;
    gboolean is_wide; /* uint64_t, else uint32_t */
} items[] = {
    { "MESSAGES", offsetof(SeloBoxInfo, messages), FALSE },
    { "RECENT", offsetof(SeloBoxInfo, recent), FALSE }, /* RFC 3501 */
    { "UIDNEXT", offsetof(SeloBoxInfo, uidnext), FALSE },
    { "UIDVALIDITY", offsetof(SeloBoxInfo, uidvalidity), FALSE },
    { "UNSEEN", offsetof(SeloBoxInfo, unseen), FALSE },
    { "DELETED", offsetof(SeloBoxInfo, deleted), FALSE },
    { "SIZE", offsetof(SeloBoxInfo, octets), TRUE }, /* RFC 8438 */
};

ImapFault
imap_status_parse_items(ImapArgs *args, uint32_t *out_items)
{
    ImapArgs list;
    SeloStr name;
    uint32_t mask = 0;

    if (!imap_args_take_list(args, &list) || imap_args_at_end(&list))
        return "Expected a list of status items";
    while (!imap_args_at_end(&list)) {
        size_t i = 0;

        if (!imap_args_take_atom(&list, &name))
            return "Expected a status item";
        while (i < G_N_ELEMENTS(items) && !imap_str_is(name, items[i].name))
            i++;
        if (i == G_N_ELEMENTS(items))
            return "Unknown status item";
        mask |= 1u << i;
    }
    *out_items = mask;
    return NULL;
}

void
imap_status_print(ImapOut *out, const SeloBoxInfo *info, SeloStr name, uint32_t mask,
                  gboolean is_utf8)
{
    gboolean is_first = TRUE;

    imap_out_lit(out, "* STATUS ");
    imap_out_mailbox(out, name, is_utf8);
    imap_out_lit(out, " (");
    for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
        const void *field = (const char *) info + items[i].offset;

        if ((mask & 1u << i) == 0)
            continue;
        if (!is_first)
            imap_out_lit(out, " ");
        is_first = FALSE;
        imap_out_text(out, items[i].name);
        imap_out_lit(out, " ");
        imap_out_u64(out, items[i].is_wide ? *(const uint64_t *) field : *(const uint32_t *) field);
    }
    imap_out_lit(out, ")\r\n");
}
