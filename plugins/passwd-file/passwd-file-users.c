/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-users.c: parsing, in place: fields point into the file's own octets, which are one
 * block, wiped and freed when the last thread lets go.
 */
#include "config.h"

#include "plugins/passwd-file/passwd-file-users.h"

#include <string.h>

enum { NAME, PASSWORD, UID, GID, GECOS, HOME, SHELL, EXTRA, N_FIELDS };

struct PasswdUsers {
    gatomicrefcount references;
    char *octets;
    size_t size;
    GArray *users;     /* PasswdUser, file order */
    GHashTable *index; /* name → its place in users, plus one */
};

/* At the most the last field holds colons. */
static size_t
split_line(char *line, SeloStr fields[N_FIELDS])
{
    size_t n = 0;

    for (; n < EXTRA; n++) {
        char *colon = strchr(line, ':');

        fields[n] = (SeloStr){ line, colon != NULL ? (size_t) (colon - line) : strlen(line) };
        if (colon == NULL)
            return n + 1;
        *colon = '\0';
        line = colon + 1;
    }
    fields[EXTRA] = (SeloStr){ line, strlen(line) };
    return N_FIELDS;
}

/* "hash[13]": libpam-pwdfile's way of naming the scheme. */
static void
take_bracket(PasswdUser *user)
{
    static const struct {
        const char *bracket, *scheme;
    } brackets[] = { { "[13]", "CRYPT" }, { "[34]", "PLAIN-MD5" }, { "[56]", "DIGEST-MD5" } };

    for (size_t i = 0; i < G_N_ELEMENTS(brackets); i++) {
        const size_t size = strlen(brackets[i].bracket);

        if (user->password.len < size ||
            !g_str_equal(user->password.s + user->password.len - size, brackets[i].bracket))
            continue;
        user->password.len -= size;
        ((char *) user->password.s)[user->password.len] = '\0';
        user->scheme = brackets[i].scheme;
    }
}

/* NULL: good. */
static const char *
parse_line(char *line, size_t size, PasswdUser *user)
{
    SeloStr fields[N_FIELDS] = { { NULL, 0 } };

    if (size > PASSWD_MAX_LINE)
        return "longer than 16 KiB";
    if (memchr(line, '\0', size) != NULL)
        return "holds a NUL octet";
    if (!g_utf8_validate(line, (gssize) size, NULL))
        return "not UTF-8";
    split_line(line, fields);
    if (fields[NAME].len > PASSWD_MAX_NAME)
        return "user name longer than 255 octets";
    for (char *c = line; *c != '\0'; c++)
        *c = g_ascii_tolower(*c);
    user->name = fields[NAME];
    user->password = fields[PASSWORD];
    user->uid = fields[UID];
    user->gid = fields[GID];
    user->home = fields[HOME];
    user->extra = fields[EXTRA];
    take_bracket(user);
    return NULL;
}

static void
add_user(PasswdUsers *users, const PasswdUser *user)
{
    g_array_append_val(users->users, *user);
    g_hash_table_insert(users->index, (char *) user->name.s, GUINT_TO_POINTER(users->users->len));
}

PasswdUsers *
passwd_users_parse(char *octets, size_t size, PasswdFaultFunc fault, void *data)
{
    PasswdUsers *users = g_new0(PasswdUsers, 1);
    char *line = octets, *end = octets + size;

    g_atomic_ref_count_init(&users->references);
    users->octets = octets;
    users->size = size;
    users->users = g_array_new(FALSE, FALSE, sizeof(PasswdUser));
    users->index = g_hash_table_new(g_str_hash, g_str_equal);
    *end = '\0';
    for (uint32_t number = 1; line < end; number++) {
        char *newline = memchr(line, '\n', (size_t) (end - line)), *next;
        PasswdUser user = { .line = number };
        const char *wrong = NULL;

        next = newline != NULL ? newline + 1 : end;
        if (newline == NULL)
            newline = end;
        if (newline > line && newline[-1] == '\r')
            newline--;
        *newline = '\0';
        if (newline > line && *line != '#' && *line != ':') {
            wrong = parse_line(line, (size_t) (newline - line), &user);
            if (wrong == NULL && g_hash_table_contains(users->index, user.name.s))
                wrong = "this user stands in the file already; the first line counts";
            if (wrong == NULL && users->users->len >= PASSWD_MAX_USERS)
                wrong = "more than four million users";
            if (wrong != NULL)
                fault(data, number, wrong);
            else
                add_user(users, &user);
        }
        line = next;
    }
    return users;
}

PasswdUsers *
passwd_users_ref(PasswdUsers *users)
{
    g_atomic_ref_count_inc(&users->references);
    return users;
}

void
passwd_users_unref(PasswdUsers *users)
{
    if (users == NULL || !g_atomic_ref_count_dec(&users->references))
        return;
    g_hash_table_unref(users->index);
    g_array_unref(users->users);
    explicit_bzero(users->octets, users->size);
    g_free(users->octets);
    g_free(users);
}

const PasswdUser *
passwd_users_find(const PasswdUsers *users, SeloStr name)
{
    const guint place = GPOINTER_TO_UINT(g_hash_table_lookup(users->index, name.s));

    return place == 0 ? NULL : passwd_users_at(users, place - 1);
}

size_t
passwd_users_count(const PasswdUsers *users)
{
    return users->users->len;
}

const PasswdUser *
passwd_users_at(const PasswdUsers *users, size_t index)
{
    return &g_array_index(users->users, PasswdUser, index);
}

/* ---- extra fields ---- */

gboolean
passwd_extra_next(PasswdExtraIter *iter, SeloStr *out_key, SeloStr *out_value)
{
    const SeloStr extra = iter->user->extra;
    size_t size;
    const char *word, *equals;

    while (iter->at < extra.len && (extra.s[iter->at] == ' ' || extra.s[iter->at] == '\t'))
        iter->at++;
    if (iter->at >= extra.len)
        return FALSE;
    word = extra.s + iter->at;
    size = strcspn(word, " \t");
    iter->at += size;
    equals = memchr(word, '=', size);
    *out_key = (SeloStr){ word, equals != NULL ? (size_t) (equals - word) : size };
    *out_value = equals == NULL ? SELO_STR("") : (SeloStr){ equals + 1, size - out_key->len - 1 };
    return TRUE;
}

gboolean
passwd_user_extra(const PasswdUser *user, const char *key, SeloStr *out_value)
{
    PasswdExtraIter iter = { user, 0 };
    SeloStr name, value;

    while (passwd_extra_next(&iter, &name, &value))
        if (name.len == strlen(key) && memcmp(name.s, key, name.len) == 0) {
            if (out_value != NULL)
                *out_value = value;
            return TRUE;
        }
    return FALSE;
}

/* "20M", "1G"; @unit is what a number alone means. */
static gboolean
parse_amount(const char *text, size_t size, uint64_t unit, uint64_t *out_amount)
{
    static const char units[] = "bkmgt";
    uint64_t amount = 0, factor = unit;
    size_t i = 0;

    for (; i < size && g_ascii_isdigit(text[i]); i++)
        if (!g_uint64_checked_mul(&amount, amount, 10) ||
            !g_uint64_checked_add(&amount, amount, (uint64_t) (text[i] - '0')))
            return FALSE;
    if (i == 0)
        return FALSE;
    if (i < size) {
        const char *letter = strchr(units, g_ascii_tolower(text[i]));

        if (letter == NULL || *letter == '\0')
            return FALSE;
        factor = (uint64_t) 1 << (10 * (letter - units));
        i++;
        if (i < size && g_ascii_tolower(text[i]) == 'b')
            i++;
    }
    return i == size && g_uint64_checked_mul(out_amount, amount, factor);
}

/* "*:storage=1G:messages=1000"; rules of other mailboxes than "*" do not limit the account. */
static gboolean
parse_quota_rule(SeloStr rule, uint64_t *out_octets, uint64_t *out_messages)
{
    const char *at = rule.s + 2, *end = rule.s + rule.len;

    if (rule.len < 2 || rule.s[0] != '*' || rule.s[1] != ':')
        return TRUE;
    while (at < end) {
        const char *colon = memchr(at, ':', (size_t) (end - at));
        const size_t size = (size_t) ((colon != NULL ? colon : end) - at);
        gboolean is_good = TRUE;

        if (size > 8 && memcmp(at, "storage=", 8) == 0)
            is_good = parse_amount(at + 8, size - 8, 1024, out_octets);
        else if (size > 6 && memcmp(at, "bytes=", 6) == 0)
            is_good = parse_amount(at + 6, size - 6, 1, out_octets);
        else if (size > 9 && memcmp(at, "messages=", 9) == 0)
            is_good = parse_amount(at + 9, size - 9, 1, out_messages);
        if (!is_good)
            return FALSE;
        at += size + 1;
    }
    return TRUE;
}

gboolean
passwd_user_quota(const PasswdUser *user, uint64_t *out_octets, uint64_t *out_messages)
{
    static const char rule_key[] = "userdb_quota_rule";
    PasswdExtraIter iter = { user, 0 };
    SeloStr key, value;

    *out_octets = *out_messages = 0;
    while (passwd_extra_next(&iter, &key, &value))
        if (key.len >= sizeof rule_key - 1 && memcmp(key.s, rule_key, sizeof rule_key - 1) == 0 &&
            !parse_quota_rule(value, out_octets, out_messages))
            return FALSE;
    return TRUE;
}
