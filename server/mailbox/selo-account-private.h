/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-account-private.h: opening an account where the store is known, without asking who the user
 * is.
 */
#pragma once

#include "server/mailbox/selo-home.h"

void selo_account_open_in(SeloCall *call, SeloInstance *store, const SeloHomeUser *user,
                          SeloAccountFunc opened, void *data);
