/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-store-suite.c: the table of all conformance cases. The cases themselves stand by concern in
 * selo-store-boxes.c, selo-store-messages.c and selo-store-changes.c.
 */
#include "config.h"

#include "tests/lib/selo-store-suite.h"

#include "tests/lib/selo-store-cases.h"

typedef struct {
    const SeloStoreUnderTest *store;
    const SeloStoreCase *test;
} Registered;

static void
run_case(gconstpointer data)
{
    const Registered *registered = data;
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(registered->store);

    registered->test->run(fixture);
}

static void
add_cases(const SeloStoreUnderTest *store, const SeloStoreCase *cases)
{
    for (; cases->name != NULL; cases++) {
        g_autofree char *path = g_strdup_printf("/%s/store/%s", store->name, cases->name);
        Registered *registered = g_new(Registered, 1);

        *registered = (Registered){ store, cases };
        g_test_add_data_func_full(path, registered, run_case, g_free);
    }
}

void
selo_store_suite_add(const SeloStoreUnderTest *store)
{
    add_cases(store, selo_store_box_cases);
    add_cases(store, selo_store_message_cases);
    add_cases(store, selo_store_change_cases);
}
