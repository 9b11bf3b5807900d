/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-trace.h: the header fields a mail server writes: Return-Path, Delivered-To, Received
 * (RFC 5321 section 4.4), and what submission completes (RFC 6409 section 8).
 */
#pragma once

#include "server/mail/selo-transaction-private.h"

/* The fields above the message, into its writer. Returns the octets of those that only a mailbox
 * sees: Return-Path and Delivered-To. */
size_t selo_trace_write(SeloTransaction *tx, SeloBlobWriter *writer);
/* Adds to @changes (SeloFilterAction copies) the fields a submitted message lacks: Date, Message-ID,
 * From. */
void selo_trace_complete(SeloTransaction *tx, SeloStr header, GPtrArray *changes);
/* Received fields in @header; whether @forward_path stands in a Delivered-To there. */
uint32_t selo_trace_hops(SeloStr header);
gboolean selo_trace_was_delivered_to(SeloStr header, const char *forward_path);
