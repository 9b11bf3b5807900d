/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-subscriptions.h: the file "subscriptions", versions 1 and 2.
 */
#pragma once

#include <selo/store.h>

#define MAILDIR_SUBSCRIPTIONS_NAME "subscriptions"

typedef struct {
    uint32_t version;  /* 1 or 2 */
    char separator;    /* version 1: of the storage */
    gboolean is_utf8;  /* names are UTF-8 and not modified UTF-7 */
    GPtrArray *lines;  /* as they stand in the file, in its order */
} MaildirSubscriptions;

/* @text may be empty: then it is version 2. */
MaildirSubscriptions *maildir_subscriptions_parse(SeloStr text, char separator, gboolean is_utf8);
void maildir_subscriptions_free(MaildirSubscriptions *subscriptions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MaildirSubscriptions, maildir_subscriptions_free)
GString *maildir_subscriptions_print(const MaildirSubscriptions *subscriptions);
/* Mailbox names, UTF-8 with "/"; lines that are no name are left out. */
GPtrArray *maildir_subscriptions_names(const MaildirSubscriptions *subscriptions);
/* TRUE: something changed. */
gboolean maildir_subscriptions_set(MaildirSubscriptions *subscriptions, SeloStr name,
                                   gboolean is_subscribed);

/* The file of the mail directory @root. */
MaildirSubscriptions *maildir_subscriptions_read(const char *root, char separator,
                                                 gboolean is_utf8, GError **error);
gboolean maildir_subscriptions_change(const char *root, char separator, gboolean is_utf8,
                                      SeloStr name, gboolean is_subscribed, SeloCall *call,
                                      GError **error);
