/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * memory-plugin.c: the entry of the plugin, nothing else.
 */
#include "config.h"

#include <string.h>

#include "plugins/memory/memory-store.h"

static const void *
memory_get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "store/1") == 0 ? &memory_store_table : NULL;
}

SELO_PLUGIN_DEFINE("memory", .get = memory_get)
