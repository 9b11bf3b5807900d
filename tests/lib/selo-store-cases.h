/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-store-cases.h: the suite's cases, one table a file.
 */
#pragma once

#include "tests/lib/selo-store-suite.h"

typedef struct {
    const char *name;
    void (*run)(SeloStoreFixture *fixture);
} SeloStoreCase;

/* Each ends with a NULL name. */
extern const SeloStoreCase selo_store_box_cases[];
extern const SeloStoreCase selo_store_message_cases[];
extern const SeloStoreCase selo_store_change_cases[];
