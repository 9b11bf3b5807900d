/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-store-suite.h: the conformance suite of store/1: what every store must do, asked through
 * SeloInstance as the core asks. A store's unit test adds the suite to its own cases.
 */
#pragma once

#include "api/lib/selo-call-private.h"

#include <selo/store.h>

/* ---- settings for a test, without configuration file and manifest ---- */

typedef struct {
    const char *name;
    char kind;        /* 'b' bool, 'x' number, 's' text, 'l' list, separated by commas */
    const char *text; /* of the option "path": what follows the test's directory */
} SeloTestOption;
SeloConf *selo_test_conf_new(const SeloTestOption *options, const char *directory);
void selo_test_conf_free(SeloConf *conf);

/* ---- a store under test ---- */

typedef struct {
    const char *name;               /* first part of the test paths */
    const SeloStoreV1 *table;
    SeloModel model;
    const SeloTestOption *options;  /* ends with a NULL name */
} SeloStoreUnderTest;

typedef struct {
    const SeloStoreUnderTest *store;
    char *directory;
    SeloConf *conf;
    void *self;
    SeloInstance *instance;
    SeloCall *root;
    void *account;
} SeloStoreFixture;
SeloStoreFixture *selo_store_fixture_new(const SeloStoreUnderTest *store);
/* A second process, as it were: another instance on the same directory. */
SeloStoreFixture *selo_store_fixture_beside(const SeloStoreFixture *first);
void selo_store_fixture_free(SeloStoreFixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloStoreFixture, selo_store_fixture_free)

/* What an operation answered; records are copies. */
typedef struct {
    const SeloOpType *op;
    SeloStatus status;
    char *text;
    void *reply;
    GPtrArray *rows;
    gboolean is_done;
} SeloStoreAnswer;
void selo_store_answer_free(SeloStoreAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloStoreAnswer, selo_store_answer_free)

/* Asks and waits. */
SeloStoreAnswer *selo_store_ask(SeloStoreFixture *fixture, const char *op, const void *request);
/* Asks; the answer is complete when is_done. */
SeloStoreAnswer *selo_store_begin(SeloStoreFixture *fixture, const char *op, const void *request);

void *selo_store_open(SeloStoreFixture *fixture, const char *name, uint32_t flags);
void selo_store_close(SeloStoreFixture *fixture, void *box);
/* The status of a box operation by name. */
SeloStatus selo_store_box(SeloStoreFixture *fixture, const char *op, const char *name,
                          const char *new_name, uint32_t flags);
/* One message; its uid. @keywords: separated by spaces, may be NULL. */
uint32_t selo_store_append(SeloStoreFixture *fixture, void *box, const char *message,
                           uint32_t flags, const char *keywords);

/* All of a box since @since, rows joined. */
typedef struct {
    GArray *uids, *flags; /* uint32_t */
    GArray *keywords, *modseqs; /* uint64_t */
    GArray *gone;         /* SeloRange */
    GPtrArray *names;
    uint64_t modseq;
    uint32_t uidvalidity, uidnext;
} SeloStoreState;
SeloStoreState *selo_store_changes(SeloStoreFixture *fixture, void *box, uint64_t since);
void selo_store_state_free(SeloStoreState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloStoreState, selo_store_state_free)
/* "1:S 2:FS foo bar 4:": uids with flag letters DFRST and * for recent, and keywords; then
 * "-3,5:7". */
char *selo_store_state_print(const SeloStoreState *state);

/* Adds all cases below "/NAME/store/". */
void selo_store_suite_add(const SeloStoreUnderTest *store);
