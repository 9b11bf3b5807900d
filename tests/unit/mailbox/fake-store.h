/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-store.h: a store/1 on the loop whose every operation can be told to fail or to wait. It
 * checks what <selo/store.h> promises to stores: no two calls on one box at once.
 */
#pragma once

#include <selo/store.h>

#include "api/lib/selo-call-private.h"

typedef struct FakeStore FakeStore;

FakeStore *fake_store_new(SeloRole *role);
void fake_store_free(FakeStore *store);
SeloInstance *fake_store_instance(FakeStore *store);
/* Calls of this operation end with @status; SELO_OK = do what they ask. */
void fake_store_fail(FakeStore *store, const char *op, SeloStatus status);
/* Calls of this operation wait until released; NULL releases them all. */
void fake_store_hold(FakeStore *store, const char *op);
guint fake_store_n_held(FakeStore *store);
guint fake_store_n_calls(FakeStore *store, const char *op);
/* As another program would, behind the back of the process. Gives the uid. */
uint32_t fake_store_deliver(FakeStore *store, const char *box, const char *message);
void fake_store_remove(FakeStore *store, const char *box, uint32_t uid);
void fake_store_set_flags(FakeStore *store, const char *box, uint32_t uid, uint32_t flags);
/* Rows of box_watch to all who watch. */
void fake_store_announce(FakeStore *store, const char *box);
/* Whether msg_fetch fills facts. */
void fake_store_keep_facts(FakeStore *store, gboolean keeps);
