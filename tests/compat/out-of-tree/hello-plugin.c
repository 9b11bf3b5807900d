/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * hello-plugin.c: a filter built outside the tree, on its own threads: greets each message.
 */
#include <string.h>

#include <selo/filter.h>

static void
hello_message(void *self, SeloCall *call, const SeloFilterStage *stage)
{
    const char *text = selo_conf_str(selo_call_conf(call), "text");
    SeloFilterAction row = { .struct_size = sizeof row,
                             .kind = SELO_FILTER_DO_ADD_HEADER,
                             .name = SELO_STR("X-Hello"),
                             .value = { text, strlen(text) } };
    SeloFilterReply reply = { .struct_size = sizeof reply, .verdict = SELO_FILTER_VERDICT_PASS };

    selo_call_emit(call, &row);
    selo_call_return(call, SELO_OK, NULL, &reply);
}

static const SeloFilterV1 filter = { .struct_size = sizeof filter, .message = hello_message };

static const void *
hello_get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "filter/1") == 0 ? &filter : NULL;
}

SELO_PLUGIN_DEFINE("hello", .get = hello_get)
