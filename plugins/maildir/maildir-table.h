/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-table.h: the plugin's table of store/1, for its entry and for tests.
 */
#pragma once

#include <selo/store.h>

extern const SeloStoreV1 maildir_store_table;
