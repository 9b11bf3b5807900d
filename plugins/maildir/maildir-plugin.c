/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-plugin.c: the entry of the plugin, nothing else.
 */
#include "config.h"

#include <string.h>

#include "plugins/maildir/maildir-table.h"

static const void *
maildir_get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "store/1") == 0 ? &maildir_store_table : NULL;
}

SELO_PLUGIN_DEFINE("maildir", .get = maildir_get)
