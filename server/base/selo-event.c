/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-event.c: writes event records. Every message of the process comes through here: records of
 * selo_event(), and what GLib and libraries on it say by g_log(). One record is one line and one
 * write(2) to a descriptor opened for appending, so that lines of several processes never mix.
 *
 * It opens no file and rotates none: the supervisor does and hands the descriptor over. syslog and the
 * journal's own protocol lost: both lose or reorder lines under load, and neither is there in a test.
 */
#include "config.h"

#include "server/base/selo-event.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_PAIRS 32
#define MAX_VALUE 512 /* octets of one value; the rest is cut */
#define MAX_RECORD \
    4096 /* octets of one line: below PIPE_BUF, so that it stays whole in a pipe too */

typedef struct {
    char text[MAX_RECORD];
    size_t len;
} Line;

static struct {
    char role[48]; /* "worker[1234]" */
    int fd;
    GLogLevelFlags level;
    gboolean is_started;
} writer = { .role = "selo[0]", .fd = STDERR_FILENO, .level = G_LOG_LEVEL_WARNING };

static const struct {
    GLogLevelFlags level;
    const char *name;
} level_names[] = {
    { G_LOG_LEVEL_ERROR, "error" },     { G_LOG_LEVEL_CRITICAL, "critical" },
    { G_LOG_LEVEL_WARNING, "warning" }, { G_LOG_LEVEL_MESSAGE, "notice" },
    { G_LOG_LEVEL_INFO, "info" },       { G_LOG_LEVEL_DEBUG, "debug" },
};

static const char *
name_level(GLogLevelFlags level)
{
    for (size_t i = 0; i < G_N_ELEMENTS(level_names); i++)
        if (level & level_names[i].level)
            return level_names[i].name;
    return "notice";
}

gboolean
selo_event_parse_level(const char *name, GLogLevelFlags *out_level)
{
    for (size_t i = 0; i < G_N_ELEMENTS(level_names); i++)
        if (strcmp(level_names[i].name, name) == 0) {
            *out_level = level_names[i].level;
            return TRUE;
        }
    return FALSE;
}

/* One octet stays free for the line end. */
static void
put(Line *line, const char *octets, size_t n)
{
    n = MIN(n, MAX_RECORD - 1 - line->len);
    memcpy(line->text + line->len, octets, n);
    line->len += n;
}

static void
put_text(Line *line, const char *text)
{
    put(line, text, strlen(text));
}

static gboolean
is_plain(unsigned char c)
{
    return c > ' ' && c != '"' && c != '\\' && c != '=' && c != 0x7f;
}

/* Octets of the control character here, 0 = it is none. U+0080 to U+009F are some too: a terminal
 * takes U+009B for ESC [. */
static size_t
control_size(const char *value, size_t len)
{
    const unsigned char c = (unsigned char) value[0];

    if (c < ' ' || c == 0x7f)
        return 1;
    return c == 0xc2 && len > 1 && (unsigned char) value[1] < 0xa0 ? 2 : 0;
}

static void
put_hex(Line *line, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";

    put(line, (const char[]){ '\\', 'x', hex[c >> 4], hex[c & 15] }, 4);
}

/* Control characters become \n or \x1b, so that no value can forge a line. */
static void
put_escaped(Line *line, const char *value, size_t len)
{
    for (size_t i = 0, n; i < len; i++) {
        unsigned char c = (unsigned char) value[i];

        if (c == '"' || c == '\\')
            put(line, (const char[]){ '\\', (char) c }, 2);
        else if (c == '\n')
            put(line, "\\n", 2);
        else if (c == '\r')
            put(line, "\\r", 2);
        else if ((n = control_size(value + i, len - i)) > 0) {
            put_hex(line, c);
            if (n > 1)
                put_hex(line, (unsigned char) value[++i]);
        } else
            put(line, value + i, 1);
    }
}

static size_t
cut_at_character(const char *value, size_t len)
{
    if (len <= MAX_VALUE)
        return len;
    len = MAX_VALUE;
    while (len > MAX_VALUE - 4 && ((unsigned char) value[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static void
put_value(Line *line, const char *value, size_t full)
{
    size_t len = cut_at_character(value, full);
    gboolean is_quoted = len == 0 || len < full;

    for (size_t i = 0; i < len && !is_quoted; i++)
        is_quoted = !is_plain((unsigned char) value[i]) || control_size(value + i, len - i) > 0;
    if (!is_quoted) {
        put(line, value, len);
        return;
    }
    put(line, "\"", 1);
    put_escaped(line, value, len);
    put_text(line, len < full ? "...\"" : "\"");
}

static void
put_prefix(Line *line, GLogLevelFlags level)
{
    struct timespec now;
    struct tm utc;
    char stamp[32];
    char head[96];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    g_snprintf(head, sizeof head, "%s.%03ldZ %s %s ", stamp, now.tv_nsec / 1000000,
               name_level(level), writer.role);
    put_text(line, head);
}

static size_t
field_length(const GLogField *field)
{
    return field->length < 0 ? strlen(field->value) : (size_t) field->length;
}

/* A record of selo_event(): its event comes first, its id second, pairs after them. */
static void
put_event(Line *line, const GLogField *fields, size_t n_fields)
{
    put(line, fields[0].value, field_length(&fields[0]));
    for (size_t i = 1; i < n_fields; i++) {
        put(line, " ", 1);
        put_text(line, fields[i].key);
        put(line, "=", 1);
        put_value(line, fields[i].value, field_length(&fields[i]));
    }
}

/* A g_log() message of GLib or of a library. */
static void
put_message(Line *line, const GLogField *fields, size_t n_fields)
{
    put_text(line, "message");
    for (size_t i = 0; i < n_fields; i++) {
        if (strcmp(fields[i].key, "GLIB_DOMAIN") == 0)
            put_text(line, " domain=");
        else if (strcmp(fields[i].key, "MESSAGE") == 0)
            put_text(line, " text=");
        else
            continue;
        put_value(line, fields[i].value, field_length(&fields[i]));
    }
}

static void
write_line(Line *line)
{
    ssize_t n;

    line->text[line->len++] = '\n';
    do
        n = write(writer.fd, line->text, line->len);
    while (n < 0 && errno == EINTR);
}

static GLogWriterOutput
write_record(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
    Line line = { .len = 0 };

    if (!selo_event_is_wanted(level))
        return G_LOG_WRITER_HANDLED;
    put_prefix(&line, level);
    if (n_fields > 0 && strcmp(fields[0].key, "SELO_EVENT") == 0)
        put_event(&line, fields, n_fields);
    else
        put_message(&line, fields, n_fields);
    write_line(&line);
    return G_LOG_WRITER_HANDLED;
}

void
selo_event_start(const char *role, int fd, GLogLevelFlags level)
{
    g_snprintf(writer.role, sizeof writer.role, "%s[%d]", role, (int) getpid());
    writer.fd = fd;
    writer.level = level;
    if (writer.is_started)
        return;
    writer.is_started = TRUE; /* GLib takes one writer in the life of a process */
    g_log_set_writer_func(write_record, NULL, NULL);
}

void
selo_event_set_fd(int fd)
{
    writer.fd = fd;
}

int
selo_event_fd(void)
{
    return writer.fd;
}

void
selo_event_set_level(GLogLevelFlags level)
{
    writer.level = level;
}

/* GLib's levels: the smaller the bit, the more severe. */
gboolean
selo_event_is_wanted(GLogLevelFlags level)
{
    return (level & G_LOG_LEVEL_MASK) <= writer.level;
}

void
selo_event(GLogLevelFlags level, const char *event, const char *id, ...)
{
    GLogField fields[MAX_PAIRS + 2] = { { "SELO_EVENT", event, -1 } };
    size_t n = 1;
    va_list pairs;
    const char *key;

    if (!selo_event_is_wanted(level))
        return;
    if (id != NULL)
        fields[n++] = (GLogField){ "id", id, -1 };
    va_start(pairs, id);
    while ((key = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);

        if (value != NULL && n < G_N_ELEMENTS(fields))
            fields[n++] = (GLogField){ key, value, -1 };
    }
    va_end(pairs);
    if (writer.is_started)
        g_log_structured_array(level, fields, n);
    else /* a tool or a unit test: its own words go to standard error all the same */
        write_record(level, fields, n, NULL);
}
