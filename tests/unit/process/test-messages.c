/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-messages.c: the table of messages between roles, and the table of roles.
 */
#include "config.h"

#include <string.h>

#include "server/process/selo-channel-messages.h"
#include "server/process/selo-channel.h"
#include "server/process/selo-component.h"
#include "tests/lib/selo-test.h"

static gboolean
is_place(const char *name)
{
    SeloRoleKind kind;

    return strcmp(name, "*") == 0 || strcmp(name, "compiler") == 0 ||
           selo_role_parse_kind(name, &kind);
}

static void
test_messages(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < G_N_ELEMENTS(selo_message_types); i++) {
        const SeloMessageType *type = &selo_message_types[i];

        g_test_message("%s", type->name);
        g_assert_true(g_hash_table_add(names, (char *) type->name));
        g_assert_true(g_variant_type_string_is_valid(type->signature));
        g_assert_true(g_variant_type_is_tuple((const GVariantType *) type->signature));
        g_assert_cmpuint(type->n_fds, <=, SELO_CHANNEL_MAX_FDS);
        g_assert_true(is_place(type->from) && is_place(type->to));
        g_assert_cmpuint(strlen(type->meaning), >, 0);
    }
}

static void
test_roles(void)
{
    for (SeloRoleKind kind = SELO_ROLE_SUPERVISOR; kind <= SELO_ROLE_HOST; kind++) {
        const SeloRoleType *type = selo_role_type(kind);
        SeloRoleKind parsed;

        g_assert_true(selo_role_parse_kind(type->name, &parsed));
        g_assert_cmpint(parsed, ==, kind);
        g_assert_cmpstr(selo_role_kind_name(kind), ==, type->name);
        if (type->work != NULL) { /* what every component calls without asking */
            g_assert_nonnull(type->user);
            g_assert_true(type->work->begin != NULL && type->work->received != NULL);
            g_assert_true(type->work->drain != NULL && type->work->stop != NULL);
            g_assert_true(type->work->free != NULL);
        }
    }
    g_assert_false(selo_role_parse_kind("postman", &(SeloRoleKind){ 0 }));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/process/messages/table", test_messages);
    g_test_add_func("/process/roles/table", test_roles);
    return g_test_run();
}
