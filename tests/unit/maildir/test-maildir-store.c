/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-maildir-store.c: the conformance suite against maildir, in both layouts.
 */
#include "config.h"

#include "plugins/maildir/maildir-table.h"
#include "tests/lib/selo-store-suite.h"
#include "tests/lib/selo-test.h"

#define OPTIONS(layout_name)                                                                    \
    {                                                                                           \
        { "path", 's', "/%u" }, { "layout", 's', layout_name }, { "utf8-names", 'b', "no" },    \
            { "line-ends", 's', "lf" }, { "fsync", 's', "never" },                              \
            { "special-use", 'l', "Sent=\\Sent,Trash=Trash" }, { "auto-create", 'l', "" },      \
            { "quota", 'x', "0" }, { "quota-messages", 'x', "0" }, { NULL, 0, NULL },           \
    }

static const SeloTestOption flat_options[] = OPTIONS("maildir++");
static const SeloTestOption tree_options[] = OPTIONS("fs");

static const SeloStoreUnderTest flat = { "maildir", &maildir_store_table, SELO_MODEL_POOL,
                                         flat_options };
static const SeloStoreUnderTest tree = { "maildir-fs", &maildir_store_table, SELO_MODEL_POOL,
                                         tree_options };

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    selo_store_suite_add(&flat);
    selo_store_suite_add(&tree);
    return g_test_run();
}
