/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-fetch-attributes.c: one message's FETCH response, item by item in the order asked for.
 */
#include "config.h"

#include "plugins/imap/imap-fetch.h"

void
imap_fetch_put_label(ImapOut *out, const ImapFetchItem *item)
{
    imap_out_octets(out, item->label.s, item->label.len);
    if (item->has_partial) {
        imap_out_lit(out, "<");
        imap_out_u64(out, item->offset);
        imap_out_lit(out, ">");
    }
    imap_out_lit(out, " ");
}

/* Facts that a store has lost: what a client can live with. */
static void
put_no_facts(ImapOut *out, const ImapFetchItem *item)
{
    if (item->kind == IMAP_FETCH_ENVELOPE)
        imap_out_lit(out, "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
    else
        imap_out_lit(out, "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)");
}

static void
put_item(ImapOut *out, ImapFetchMessage *message, const ImapFetchItem *item)
{
    switch ((ImapFetchKind) item->kind) {
    case IMAP_FETCH_UID:
        imap_out_lit(out, "UID ");
        imap_out_u64(out, message->uid);
        return;
    case IMAP_FETCH_FLAGS:
        imap_out_lit(out, "FLAGS ");
        imap_out_flags(out, message->flags, message->keywords, message->keyword_names);
        return;
    case IMAP_FETCH_INTERNALDATE:
        imap_out_lit(out, "INTERNALDATE ");
        imap_out_date_time(out, message->msg->internal_date);
        return;
    case IMAP_FETCH_SIZE:
        imap_out_lit(out, "RFC822.SIZE ");
        imap_out_u64(out, message->msg->size);
        return;
    case IMAP_FETCH_ENVELOPE:
    case IMAP_FETCH_STRUCTURE:
    case IMAP_FETCH_STRUCTURE_FULL:
        imap_out_octets(out, item->label.s, item->label.len);
        imap_out_lit(out, " ");
        if (message->facts == NULL)
            put_no_facts(out, item);
        else if (item->kind == IMAP_FETCH_ENVELOPE)
            imap_envelope_put(out, message->facts, 0, message->is_utf8);
        else
            imap_bodystructure_put(out, message->facts, item->kind == IMAP_FETCH_STRUCTURE_FULL,
                                   message->is_utf8);
        return;
    case IMAP_FETCH_SECTION:
        imap_fetch_put_section(out, message, item);
        return;
    case IMAP_FETCH_BINARY:
    case IMAP_FETCH_BINARY_SIZE:
        imap_fetch_put_binary(out, message, item);
        return;
    }
}

void
imap_fetch_put_message(ImapOut *out, ImapFetchMessage *message, const ImapFetchItem *items,
                       size_t n_items)
{
    imap_out_lit(out, "* ");
    imap_out_u64(out, message->seq);
    imap_out_lit(out, " FETCH (");
    for (size_t i = 0; i < n_items; i++) {
        if (i > 0)
            imap_out_lit(out, " ");
        put_item(out, message, &items[i]);
    }
    imap_out_lit(out, ")\r\n");
}
