/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-interface.c: finds interfaces and operations by name. Linear search: the longest table has
 * 25 rows, and most names differ in their first letters.
 */
#include "config.h"

#include "api/lib/selo-interface.h"

#include <string.h>

extern const SeloInterfaceType selo_authenticator_interface, selo_filter_interface,
    selo_observer_interface, selo_table_interface, selo_transport_interface, selo_store_interface;

/* What a protocol does begins with a connection, not with a call: its table has functions of its
 * own. */
static const SeloInterfaceType protocol_interface = { "protocol", 1, 0, 0, NULL };

static const SeloInterfaceType *const interfaces[] = {
    &selo_authenticator_interface, &selo_filter_interface, &selo_observer_interface,
    &selo_table_interface,         &selo_store_interface,  &selo_transport_interface,
    &protocol_interface,
};

const SeloInterfaceType *
selo_interface_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++)
        if (strcmp(interfaces[i]->name, name) == 0)
            return interfaces[i];
    return NULL;
}

const SeloOpType *
selo_interface_op(const SeloInterfaceType *type, const char *op)
{
    for (size_t i = 0; i < type->n_ops; i++)
        if (strcmp(type->ops[i].name, op) == 0)
            return &type->ops[i];
    return NULL;
}
