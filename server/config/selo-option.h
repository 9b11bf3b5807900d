/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-option.h: the vocabulary of settings: what types there are, which sections, and what a
 * declared option is. Manifests and schemas/core.xml are read into these records; values are parsed
 * and printed here and nowhere else.
 *
 * A typed value is a GVariant: "b" bool; "x" int, uint, port, size in octets, duration in
 * microseconds; "as" a list, each item in its canonical text; "s" all others, in canonical text. /
 */
#pragma once

#include <glib.h>

typedef enum {
    SELO_TYPE_BOOL,
    SELO_TYPE_INT,
    SELO_TYPE_UINT,
    SELO_TYPE_SIZE,
    SELO_TYPE_DURATION,
    SELO_TYPE_STRING,
    SELO_TYPE_TOKEN,
    SELO_TYPE_ENUM,
    SELO_TYPE_LIST,
    SELO_TYPE_PATH,
    SELO_TYPE_HOST,
    SELO_TYPE_PORT,
    SELO_TYPE_ADDRESS,
    SELO_TYPE_CIDR,
    SELO_TYPE_ENDPOINT,
    SELO_TYPE_DOMAIN,
    SELO_TYPE_MAILBOX,
    SELO_TYPE_URL,
    SELO_TYPE_REGEX,
    SELO_TYPE_SECRET,
    SELO_TYPE_TABLE, /* references from here on: the name of a section */
    SELO_TYPE_STORE,
    SELO_TYPE_AUTH,
    SELO_TYPE_FILTER,
    SELO_TYPE_TRANSPORT,
    SELO_N_TYPES
} SeloType;

/* Sections, as bits: an option may stand in several. */
typedef enum {
    SELO_SECTION_SERVER = 1 << 0,
    SELO_SECTION_TLS = 1 << 1,
    SELO_SECTION_LISTENER = 1 << 2,
    SELO_SECTION_STORE = 1 << 3,
    SELO_SECTION_AUTH = 1 << 4,
    SELO_SECTION_TABLE = 1 << 5,
    SELO_SECTION_FILTER = 1 << 6,
    SELO_SECTION_TRANSPORT = 1 << 7,
    SELO_SECTION_DOMAIN = 1 << 8,
    SELO_SECTION_ROUTE = 1 << 9,
    SELO_SECTION_PLUGIN = 1 << 10
} SeloSection;

typedef struct {
    SeloSection section;
    const char *name;
    const char *interface; /* its instances', or NULL */
    gboolean is_named;     /* [listener NAME] */
} SeloSectionKind;
extern const SeloSectionKind selo_section_kinds[];
extern const size_t selo_n_section_kinds;
const SeloSectionKind *selo_section_kind(const char *name);
const SeloSectionKind *selo_section_kind_of_interface(const char *interface);

/* Scoped overrides, in rising order of precedence. */
typedef enum {
    SELO_SELECTOR_LISTENER = 1 << 0,
    SELO_SELECTOR_DOMAIN = 1 << 1,
    SELO_SELECTOR_USER = 1 << 2
} SeloSelector;
SeloSelector selo_selector_from_name(const char *name); /* 0 = none */
const char *selo_selector_name(SeloSelector selector);

/* What a change of the value costs, in rising order. */
typedef enum { SELO_RELOAD_LIVE, SELO_RELOAD_GENERATION, SELO_RELOAD_RESTART } SeloReload;

typedef struct {
    char *name, *summary;
} SeloNamed;

typedef struct {
    char *name;
    SeloType type, of;
    guint sections, overrides; /* masks of SeloSection and SeloSelector */
    SeloReload reload;
    char *default_text, *min, *max, *pattern; /* as declared, NULL = absent */
    gboolean is_required;
    char *since, *summary, *description;
    GPtrArray *examples; /* of char * */
    GPtrArray *values;   /* of SeloNamed *, enum only */
    GRegex *regex;       /* of pattern, made by selo_option_compile() */
    guint line;
} SeloOption;

SeloOption *selo_option_new(void);
void selo_option_free(SeloOption *option);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloOption, selo_option_free)
SeloNamed *selo_named_new(const char *name, const char *summary);
void selo_named_free(SeloNamed *named);

/* @out_type untouched and FALSE: no such type. */
gboolean selo_type_from_name(const char *name, SeloType *out_type);
const char *selo_type_name(SeloType type);
gboolean selo_type_is_reference(SeloType type);
/* May carry min and max. */
gboolean selo_type_is_ordered(SeloType type);

/* What an error says was expected: "a size such as 25M". */
const char *selo_type_expected(SeloType type);
/* Parses one scalar of @type without range and pattern. NULL = malformed. (transfer floating) */
GVariant *selo_type_parse(SeloType type, const char *text);
char *selo_type_print(SeloType type, GVariant *value);
/* Compiles the pattern, which has to match the whole value. FALSE: it is no regular expression. */
gboolean selo_option_compile(SeloOption *option);
/* Parses and checks range, pattern, enum value and each item of a list. NULL: *out_why is such as
 * "expected a size such as 25M, at most 1G". (transfer full) */
GVariant *selo_option_parse(const SeloOption *option, const char *text, char **out_why);
/* Back to what would be written in the file. */
char *selo_option_print(const SeloOption *option, GVariant *value);

/* "*:25", "192.0.2.1:25", "[2001:db8::1]:25" → "*" or the IP address, and the port. */
gboolean selo_address_split(const char *text, char **out_ip, guint16 *out_port);
/* Items of a list value, blanks around them dropped, "\," is a comma. Empty text: no items. */
GStrv selo_list_split(const char *text);
