/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-trace.c: writes Return-Path, Delivered-To and Received, and reads them back to find loops.
 */
#include "config.h"

#include "server/mail/selo-trace.h"

#include <string.h>

#include <selo/message.h>

#include "server/mail/selo-filter-chain.h"

#define FIELD_LINE_LENGTH 512 /* HELO and addresses are cut here; they are limited by the protocol too */

static void
add(SeloBlobWriter *writer, const char *text)
{
    selo_blob_writer_add(writer, text, strlen(text));
}

/* "from helo ([192.0.2.7])", RFC 5321 section 4.4.1; an IPv6 address takes its tag. */
static void
write_from(GString *field, SeloTransaction *tx)
{
    const SeloPeer *known = selo_stream_peer(tx->peer->stream);
    const char *helo = tx->peer->helo != NULL ? tx->peer->helo : "unknown";

    g_string_append_printf(field, "Received: from %.*s", FIELD_LINE_LENGTH, helo);
    if (known->remote_ip.len > 0)
        g_string_append_printf(field, " ([%s%s])", strchr(known->remote_ip.s, ':') ? "IPv6:" : "",
                               known->remote_ip.s);
    g_string_append(field, "\r\n");
    if (known->tls_version.s != NULL) /* a proxy tells that there was TLS, and not which */
        g_string_append_printf(field, "\t(using %s with cipher %s)\r\n", known->tls_version.s,
                               known->tls_cipher.s);
}

static void
write_received(GString *field, SeloTransaction *tx, const SeloTransactionRecipient *only)
{
    char date[40];

    write_from(field, tx);
    g_string_append_printf(field, "\tby %s (Selo) with %s id %s\r\n", tx->peer->role->hostname,
                           tx->peer->protocol != NULL ? tx->peer->protocol : "SMTP",
                           selo_call_id(tx->call));
    g_string_append_printf(field, "\t(envelope-from <%.*s>)", FIELD_LINE_LENGTH, tx->reverse_path);
    if (only != NULL)
        g_string_append_printf(field, "\r\n\tfor <%.*s>", FIELD_LINE_LENGTH, only->forward_path);
    selo_date_print((SeloTime){ g_get_real_time() }, date, sizeof date);
    g_string_append_printf(field, "; %s\r\n", date);
}

size_t
selo_trace_write(SeloTransaction *tx, SeloBlobWriter *writer)
{
    const SeloTransactionRecipient *only = tx->recipients->len == 1
                                               ? g_ptr_array_index(tx->recipients, 0)
                                               : NULL;
    g_autoptr(GString) field = g_string_sized_new(512);
    size_t envelope_size;

    g_string_append_printf(field, "Return-Path: <%s>\r\n", tx->reverse_path);
    if (only != NULL)
        g_string_append_printf(field, "Delivered-To: %s\r\n", only->forward_path);
    envelope_size = field->len;
    write_received(field, tx, only);
    add(writer, field->str);
    return envelope_size;
}

static void
add_change(GPtrArray *changes, const char *name, const char *value)
{
    const SeloFilterAction action = { .struct_size = sizeof action,
                                      .kind = SELO_FILTER_DO_ADD_HEADER,
                                      .name = { name, strlen(name) },
                                      .value = { value, strlen(value) } };

    g_ptr_array_add(changes, selo_filter_action_copy(&action));
}

void
selo_trace_complete(SeloTransaction *tx, SeloStr header, GPtrArray *changes)
{
    if (selo_header_find(header, "Date").s == NULL) {
        char date[40];

        selo_date_print((SeloTime){ g_get_real_time() }, date, sizeof date);
        add_change(changes, "Date", date);
    }
    if (selo_header_find(header, "Message-ID").s == NULL) {
        g_autofree char *id = g_strdup_printf("<%s.%08x@%s>", selo_call_id(tx->call),
                                              g_random_int(), tx->peer->role->hostname);

        add_change(changes, "Message-ID", id);
    }
    if (selo_header_find(header, "From").s == NULL && tx->reverse_path[0] != '\0')
        add_change(changes, "From", tx->reverse_path);
}

static gboolean
is_named(const SeloHeader *field, const char *name)
{
    return field->name.len == strlen(name)
           && g_ascii_strncasecmp(field->name.s, name, field->name.len) == 0;
}

uint32_t
selo_trace_hops(SeloStr header)
{
    SeloHeaderIter iter = { .octets = header };
    SeloHeader field;
    uint32_t hops = 0;

    while (selo_header_next(&iter, &field))
        hops += is_named(&field, "Received");
    return hops;
}

gboolean
selo_trace_was_delivered_to(SeloStr header, const char *forward_path)
{
    SeloHeaderIter iter = { .octets = header };
    SeloHeader field;

    while (selo_header_next(&iter, &field)) {
        g_autofree char *value = NULL;

        if (!is_named(&field, "Delivered-To"))
            continue;
        value = g_strstrip(g_strndup(field.value.s, field.value.len));
        if (g_ascii_strcasecmp(value, forward_path) == 0)
            return TRUE;
    }
    return FALSE;
}
