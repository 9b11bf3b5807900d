/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * stamp-plugin.c: the smallest useful filter: adds one header field to each message. docs/plugins.md
 * explains it line by line.
 */
#include <string.h>

#include <selo/filter.h>

static void
stamp_message(void *self, SeloCall *call, const SeloFilterStage *stage)
{
    const SeloConf *conf = selo_call_conf(call);
    const char *name = selo_conf_str(conf, "header"), *value = selo_conf_str(conf, "value");
    SeloFilterAction row = { .struct_size = sizeof row,
                             .kind = SELO_FILTER_DO_ADD_HEADER,
                             .name = { name, strlen(name) },
                             .value = { value, strlen(value) } };
    SeloFilterReply reply = { .struct_size = sizeof reply, .verdict = SELO_FILTER_VERDICT_PASS };

    selo_call_emit(call, &row);
    selo_call_return(call, SELO_OK, NULL, &reply);
}

static const SeloFilterV1 filter = { .struct_size = sizeof filter, .message = stamp_message };

static const void *
stamp_get(void *state, const char *interface, const char *as)
{
    return strcmp(interface, "filter/1") == 0 ? &filter : NULL;
}

SELO_PLUGIN_DEFINE("stamp", .get = stamp_get)
