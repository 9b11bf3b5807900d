/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-envelope.c: ENVELOPE (RFC 9051 section 7.5.2) from stored facts; header texts go out as they
 * stand, encoded words included.
 */
#include "config.h"

#include "plugins/imap/imap-fetch.h"

#define MAX_ADDRESSES 10000

typedef struct {
    ImapOut *out;
    gboolean is_utf8;
    uint32_t n;
} AddressList;

static void
put_address(void *data, const SeloAddress *address)
{
    AddressList *list = data;
    SeloStr name = address->name, mailbox = address->mailbox, host = address->host;

    if (mailbox.s == NULL && host.s == NULL && name.s != NULL) { /* a group opens */
        mailbox = name;
        name = (SeloStr){ NULL, 0 };
    } else if (mailbox.s != NULL && host.s == NULL) {
        host = SELO_STR("MISSING_DOMAIN"); /* NIL would mean a group */
    }
    imap_out_text(list->out, list->n++ == 0 ? "((" : "(");
    imap_out_nstring(list->out, name, list->is_utf8);
    imap_out_lit(list->out, " ");
    imap_out_nstring(list->out, address->route, list->is_utf8);
    imap_out_lit(list->out, " ");
    imap_out_nstring(list->out, mailbox, list->is_utf8);
    imap_out_lit(list->out, " ");
    imap_out_nstring(list->out, host, list->is_utf8);
    imap_out_lit(list->out, ")");
}

/* FALSE: no address in it; nothing was put. */
static gboolean
put_addresses(ImapOut *out, SeloStr value, gboolean is_utf8)
{
    AddressList list = { out, is_utf8, 0 };

    if (value.s != NULL)
        selo_address_parse(value, MAX_ADDRESSES, put_address, &list);
    if (list.n > 0)
        imap_out_lit(out, ")");
    return list.n > 0;
}

void
imap_envelope_put(ImapOut *out, const SeloFacts *facts, uint32_t part, gboolean is_utf8)
{
    static const struct {
        SeloFactField field, instead; /* Sender and Reply-To default to From */
    } addresses[] = {
        { SELO_FACT_FROM, SELO_FACT_FROM },     { SELO_FACT_SENDER, SELO_FACT_FROM },
        { SELO_FACT_REPLY_TO, SELO_FACT_FROM }, { SELO_FACT_TO, SELO_FACT_TO },
        { SELO_FACT_CC, SELO_FACT_CC },         { SELO_FACT_BCC, SELO_FACT_BCC },
    };

    imap_out_lit(out, "(");
    imap_out_nstring(out, selo_facts_part_field(facts, part, SELO_FACT_DATE), is_utf8);
    imap_out_lit(out, " ");
    imap_out_nstring(out, selo_facts_part_field(facts, part, SELO_FACT_SUBJECT), is_utf8);
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        imap_out_lit(out, " ");
        if (put_addresses(out, selo_facts_part_field(facts, part, addresses[i].field), is_utf8))
            continue;
        if (addresses[i].instead == addresses[i].field ||
            !put_addresses(out, selo_facts_part_field(facts, part, addresses[i].instead), is_utf8))
            imap_out_lit(out, "NIL");
    }
    imap_out_lit(out, " ");
    imap_out_nstring(out, selo_facts_part_field(facts, part, SELO_FACT_IN_REPLY_TO), is_utf8);
    imap_out_lit(out, " ");
    imap_out_nstring(out, selo_facts_part_field(facts, part, SELO_FACT_MESSAGE_ID), is_utf8);
    imap_out_lit(out, ")");
}
