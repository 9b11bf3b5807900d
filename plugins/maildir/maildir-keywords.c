/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-keywords.c: names for the letters a to z. A letter never changes its meaning while a file
 * uses it, so letters are never given back here. More than 26 keywords are refused: beyond them
 * Dovecot has only its index, and what is not on disk does not survive.
 */
#include "config.h"

#include "plugins/maildir/maildir-keywords.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "plugins/maildir/maildir-io.h"

#define FILE_MAX    65536
#define UNKNOWN     "unknown-" /* how a letter without a line is shown */

static void
clear_told(gpointer told)
{
    g_free((char *) ((SeloStr *) told)->s);
}

void
maildir_keywords_init(MaildirKeywords *keywords)
{
    *keywords = (MaildirKeywords){ .told = g_array_new(FALSE, FALSE, sizeof(SeloStr)) };
    g_array_set_clear_func(keywords->told, clear_told);
}

static void
clear_names(MaildirKeywords *keywords)
{
    for (size_t i = 0; i < MAILDIR_LETTERS; i++)
        g_clear_pointer(&keywords->names[i], g_free);
}

void
maildir_keywords_clear(MaildirKeywords *keywords)
{
    clear_names(keywords);
    g_clear_pointer(&keywords->told, g_array_unref);
}

/* An atom (RFC 9051 section 9, flag-keyword). */
static gboolean
is_keyword(SeloStr name)
{
    if (name.len == 0 || name.len > MAILDIR_KEYWORD_MAX)
        return FALSE;
    for (size_t i = 0; i < name.len; i++)
        if ((guchar) name.s[i] <= ' ' || (guchar) name.s[i] >= 0x7f
            || strchr("(){%*\"\\]", name.s[i]) != NULL)
            return FALSE;
    return TRUE;
}

static gboolean
is_named(const char *known, SeloStr name)
{
    return known != NULL && strlen(known) == name.len
           && g_ascii_strncasecmp(known, name.s, name.len) == 0;
}

static void
parse_line(MaildirKeywords *keywords, const char *line, const char *end)
{
    const char *digit = line;
    unsigned index = 0;

    for (; digit < end && g_ascii_isdigit(*digit) && index < MAILDIR_LETTERS; digit++)
        index = index * 10 + (unsigned) (*digit - '0');
    if (digit == line || digit == end || *digit != ' ' || index >= MAILDIR_LETTERS
        || keywords->names[index] != NULL
        || !is_keyword((SeloStr){ digit + 1, (size_t) (end - digit - 1) }))
        return;
    keywords->names[index] = g_strndup(digit + 1, (size_t) (end - digit - 1));
}

void
maildir_keywords_parse(MaildirKeywords *keywords, SeloStr text)
{
    const char *end = text.s + text.len;

    clear_names(keywords);
    for (const char *at = text.s, *feed; at < end; at = feed + 1) {
        feed = memchr(at, '\n', (size_t) (end - at));
        if (feed == NULL)
            feed = end;
        parse_line(keywords, at, feed);
    }
}

gboolean
maildir_keywords_refresh(MaildirKeywords *keywords, const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, MAILDIR_KEYWORDS_NAME, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    struct stat facts;
    size_t size;

    if (stat(path, &facts) < 0 || facts.st_size == 0)
        return TRUE;
    if (keywords->inode == facts.st_ino && keywords->mtime.tv_sec == facts.st_mtim.tv_sec
        && keywords->mtime.tv_nsec == facts.st_mtim.tv_nsec)
        return TRUE;
    text = maildir_read_file(path, FILE_MAX, &size, &failure);
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (text == NULL)
        return TRUE;
    maildir_keywords_parse(keywords, (SeloStr){ text, size });
    keywords->inode = facts.st_ino;
    keywords->mtime = facts.st_mtim;
    maildir_keywords_bits(keywords, 0);
    return TRUE;
}

/* The letter of a name, MAILDIR_LETTERS if none. */
static unsigned
find_letter(const MaildirKeywords *keywords, SeloStr name)
{
    unsigned letter = 0;

    while (letter < MAILDIR_LETTERS && !is_named(keywords->names[letter], name))
        letter++;
    return letter;
}

gboolean
maildir_keywords_has(const MaildirKeywords *keywords, SeloStrs names, uint32_t *out_letters)
{
    uint32_t letters = 0;

    for (size_t i = 0; i < names.n; i++) {
        unsigned letter = find_letter(keywords, names.v[i]);

        if (letter == MAILDIR_LETTERS)
            return FALSE;
        letters |= 1u << letter;
    }
    *out_letters = letters;
    return TRUE;
}

static gboolean
write_file(MaildirKeywords *keywords, const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, MAILDIR_KEYWORDS_NAME, NULL);
    g_autofree char *temporary = g_strconcat(path, ".lock", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    struct stat facts;

    for (unsigned i = 0; i < MAILDIR_LETTERS; i++)
        if (keywords->names[i] != NULL)
            g_string_append_printf(text, "%u %s\n", i, keywords->names[i]);
    if (!maildir_replace_file(path, temporary, text->str, text->len, 0600, error))
        return FALSE;
    /* Dovecot reads it again only if the whole second has changed. */
    if (stat(path, &facts) == 0 && keywords->inode != 0
        && facts.st_mtim.tv_sec <= keywords->mtime.tv_sec) {
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                     { .tv_sec = keywords->mtime.tv_sec + 1 } };

        utimensat(AT_FDCWD, path, times, 0);
    }
    if (stat(path, &facts) == 0) {
        keywords->inode = facts.st_ino;
        keywords->mtime = facts.st_mtim;
    }
    return TRUE;
}

static gboolean
add_name(MaildirKeywords *keywords, SeloStr name, GError **error)
{
    unsigned letter = 0;

    if (!is_keyword(name))
        return maildir_fail(error, SELO_INVALID, "a keyword that is not an atom");
    while (letter < MAILDIR_LETTERS && keywords->names[letter] != NULL)
        letter++;
    if (letter == MAILDIR_LETTERS)
        return maildir_fail(error, SELO_TOO_BIG, "the mailbox has %d keywords already",
                            MAILDIR_LETTERS);
    keywords->names[letter] = g_strndup(name.s, name.len);
    return TRUE;
}

gboolean
maildir_keywords_take(MaildirKeywords *keywords, const char *directory, SeloStrs names,
                      uint32_t *out_letters, GError **error)
{
    gboolean is_added = TRUE;

    if (!maildir_keywords_refresh(keywords, directory, error))
        return FALSE;
    if (maildir_keywords_has(keywords, names, out_letters))
        return TRUE;
    for (size_t i = 0; i < names.n && is_added; i++)
        if (find_letter(keywords, names.v[i]) == MAILDIR_LETTERS)
            is_added = add_name(keywords, names.v[i], error);
    if (!is_added || !write_file(keywords, directory, error)) {
        keywords->inode = 0; /* what is in memory only goes again */
        clear_names(keywords);
        maildir_keywords_refresh(keywords, directory, NULL);
        return FALSE;
    }
    return maildir_keywords_has(keywords, names, out_letters);
}

static unsigned
find_bit(const MaildirKeywords *keywords, SeloStr name)
{
    unsigned bit = 0;

    while (bit < keywords->told->len) {
        SeloStr told = g_array_index(keywords->told, SeloStr, bit);

        if (is_named(told.s, name))
            break;
        bit++;
    }
    return bit;
}

/* The bit of a name, which is given one if it has none. SELO_KEYWORDS_MAX: they are used up. */
static unsigned
tell(MaildirKeywords *keywords, const char *name)
{
    unsigned bit = find_bit(keywords, (SeloStr){ name, strlen(name) });

    if (bit == keywords->told->len && bit < SELO_KEYWORDS_MAX) {
        SeloStr told = { g_strdup(name), strlen(name) };

        g_array_append_val(keywords->told, told);
    }
    return bit;
}

uint64_t
maildir_keywords_bits(MaildirKeywords *keywords, uint32_t letters)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < MAILDIR_LETTERS; i++) {
        char unknown[sizeof UNKNOWN + 2];
        unsigned bit;

        if (keywords->names[i] == NULL && !(letters >> i & 1))
            continue;
        g_snprintf(unknown, sizeof unknown, UNKNOWN "%u", i);
        bit = tell(keywords, keywords->names[i] != NULL ? keywords->names[i] : unknown);
        if (letters >> i & 1 && bit < SELO_KEYWORDS_MAX)
            bits |= G_GUINT64_CONSTANT(1) << bit;
    }
    return bits;
}

uint32_t
maildir_keywords_letters(const MaildirKeywords *keywords, uint64_t bits)
{
    uint32_t letters = 0;

    for (unsigned bit = 0; bits != 0 && bit < keywords->told->len; bit++) {
        SeloStr name = g_array_index(keywords->told, SeloStr, bit);
        unsigned letter;

        if (!(bits >> bit & 1))
            continue;
        letter = find_letter(keywords, name);
        if (letter == MAILDIR_LETTERS && g_str_has_prefix(name.s, UNKNOWN))
            letter = (unsigned) g_ascii_strtoull(name.s + strlen(UNKNOWN), NULL, 10);
        if (letter < MAILDIR_LETTERS)
            letters |= 1u << letter;
    }
    return letters;
}

SeloStrs
maildir_keywords_told(const MaildirKeywords *keywords)
{
    return (SeloStrs){ (const SeloStr *) (const void *) keywords->told->data,
                       keywords->told->len };
}
