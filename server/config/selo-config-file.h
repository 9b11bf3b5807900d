/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-config-file.h: reads one configuration file: sections and keys with the line each stands on.
 * The grammar is GKeyFile's, made stricter; what a key means is not known here.
 */
#pragma once

#include "server/config/selo-option.h"

typedef struct {
    char *key, *value; /* value: raw, blanks at both ends dropped */
    guint line;
} SeloConfigLine;

typedef struct {
    char *head; /* as written, single blanks: "filter clamav domain=example.org" */
    const SeloSectionKind *kind;
    char *name;            /* "" for a section without name */
    SeloSelector selector; /* 0 = not an override */
    char *selector_value;  /* domain and user in lower case */
    guint line;
    GPtrArray *lines; /* of SeloConfigLine *, in file order */
} SeloConfigSection;

#define SELO_CONFIG_MAX_FILE (1u << 20)
#define SELO_CONFIG_MAX_LINE (16u << 10)
#define SELO_CONFIG_MAX_KEYS 1000u /* in one section */

void selo_config_section_free(SeloConfigSection *section);
/* Splits a head without its brackets: "filter clamav domain=example.org". NULL: *out_why. */
SeloConfigSection *selo_config_head_parse(const char *head, char **out_why);
/* The sections of @text, of SeloConfigSection *; faults are added to @faults under the name @file.
 * A section whose head is at fault is skipped, its keys are not checked. */
GPtrArray *selo_config_file_parse(const char *text, size_t size, const char *file,
                                  GPtrArray *faults);
