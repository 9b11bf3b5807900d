/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-message-edit.c: applies the changes of filters. Header fields are held as a list of slices of
 * the original; a change replaces a slice, so the header is written once, at the end.
 */
#include "config.h"

#include "server/mail/selo-message-edit.h"

#include <string.h>

#include <selo/message.h>

#define COPY_OCTETS (64u << 10)

typedef struct {
    char *text;         /* a whole field with its line end, NUL and all; NULL = deleted */
    size_t size, name_size;
    gboolean is_original; /* as this filter received it: change-header counts these */
} EditedField;

typedef struct {
    GPtrArray *fields;
    GByteArray *new_body;
} EditedMessage;

static void
field_free(void *data)
{
    EditedField *field = data;

    g_free(field->text);
    g_free(field);
}

static EditedField *
field_new(SeloStr name, SeloStr value)
{
    EditedField *field = g_new0(EditedField, 1);
    GString *text = g_string_new_len(name.s, (gssize) name.len);
    gboolean is_at_start = FALSE;

    g_string_append(text, ": ");
    for (size_t i = 0; i < value.len; i++) {
        const char c = value.s[i];

        if (c == '\r' || c == '\n') { /* a filter may fold with bare LF, as milters do */
            is_at_start = TRUE;
            continue;
        }
        if (is_at_start)
            g_string_append(text, c == ' ' || c == '\t' ? "\r\n" : "\r\n\t"); /* no new field */
        g_string_append_c(text, c);
        is_at_start = FALSE;
    }
    g_string_append(text, "\r\n");
    field->size = text->len;
    field->text = g_string_free(text, FALSE);
    field->name_size = name.len;
    return field;
}

static gboolean
is_named(const EditedField *field, SeloStr name)
{
    return field->text != NULL && field->name_size == name.len
           && g_ascii_strncasecmp(field->text, name.s, name.len) == 0;
}

/* Puts the slice between two fields of the header, from @start to @end, on the list. */
static void
add_original(GPtrArray *fields, const char *start, const char *end, size_t name_size)
{
    EditedField *field = g_new0(EditedField, 1);

    field->size = (size_t) (end - start);
    field->text = g_memdup2(start, field->size);
    field->name_size = name_size;
    field->is_original = TRUE;
    g_ptr_array_add(fields, field);
}

static GPtrArray *
fields_read(SeloStr header)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(field_free);
    SeloHeaderIter iter = { .octets = header };
    SeloHeader field;
    const char *start = NULL;
    size_t name_size = 0;

    while (selo_header_next(&iter, &field)) {
        if (start != NULL)
            add_original(fields, start, field.name.s, name_size);
        start = field.name.s;
        name_size = field.name.len;
    }
    if (start != NULL)
        add_original(fields, start, header.s + header.len, name_size);
    return fields;
}

static void
change_header(GPtrArray *fields, const SeloFilterAction *action)
{
    int32_t nth = MAX(action->index, 1);

    for (guint i = 0; i < fields->len; i++) {
        EditedField *field = g_ptr_array_index(fields, i);

        if (!field->is_original || !is_named(field, action->name) || --nth > 0)
            continue;
        if (action->value.len == 0) {
            g_clear_pointer(&field->text, g_free);
        } else {
            EditedField *changed = field_new(action->name, action->value);

            changed->is_original = TRUE;
            field_free(field);
            fields->pdata[i] = changed;
        }
        return;
    }
    if (action->value.len > 0) /* beyond the last one: added (milter protocol) */
        g_ptr_array_add(fields, field_new(action->name, action->value));
}

static void
append_blob(GByteArray *octets, const SeloBlob *blob)
{
    char buffer[4096];
    uint64_t offset = 0;
    int64_t got;

    while ((got = selo_blob_read(blob, offset, buffer, sizeof buffer)) > 0) {
        g_byte_array_append(octets, (const guint8 *) buffer, (guint) got);
        offset += (uint64_t) got;
    }
}

static void
apply(EditedMessage *edited, const SeloFilterAction *action)
{
    switch (action->kind) {
    case SELO_FILTER_DO_ADD_HEADER:
        g_ptr_array_add(edited->fields, field_new(action->name, action->value));
        break;
    case SELO_FILTER_DO_INSERT_HEADER:
        g_ptr_array_insert(edited->fields,
                           (gint) MIN((guint) MAX(action->index, 0), edited->fields->len),
                           field_new(action->name, action->value));
        break;
    case SELO_FILTER_DO_CHANGE_HEADER:
        change_header(edited->fields, action);
        break;
    case SELO_FILTER_DO_REPLACE_BODY:
        if (edited->new_body == NULL)
            edited->new_body = g_byte_array_new();
        append_blob(edited->new_body, &action->blob);
        break;
    default: /* not about the message */
        break;
    }
}

gboolean
selo_message_edit_is_needed(GPtrArray *actions)
{
    for (guint i = 0; i < actions->len; i++) {
        const SeloFilterAction *action = g_ptr_array_index(actions, i);

        if (action != NULL && action->kind >= SELO_FILTER_DO_ADD_HEADER
            && action->kind <= SELO_FILTER_DO_REPLACE_MESSAGE)
            return TRUE;
    }
    return FALSE;
}

/* The header block of @message into memory (*out_owned); at most SELO_MESSAGE_MAX_HEADER octets. */
static SeloStr
read_header(const SeloBlob *message, char **out_owned, uint64_t *out_body_offset)
{
    const size_t size = (size_t) MIN(message->size, (uint64_t) SELO_MESSAGE_MAX_HEADER);
    char *octets = g_malloc(size + 1);
    size_t have = 0, whole;
    int64_t got;

    while (have < size && (got = selo_blob_read(message, have, octets + have, size - have)) > 0)
        have += (size_t) got;
    octets[have] = '\0';
    whole = selo_header_size((SeloStr){ octets, have });
    *out_body_offset = whole;
    if (whole >= 2 && memcmp(octets + whole - 2, "\r\n", 2) == 0
        && (whole == 2 || memcmp(octets + whole - 4, "\r\n", 2) == 0))
        whole -= 2; /* the empty line is written again below */
    *out_owned = octets;
    return (SeloStr){ octets, whole };
}

static void
write_body(SeloBlobWriter *writer, const SeloBlob *message, uint64_t offset)
{
    g_autofree char *buffer = g_malloc(COPY_OCTETS);
    int64_t got;

    while ((got = selo_blob_read(message, offset, buffer, COPY_OCTETS)) > 0) {
        selo_blob_writer_add(writer, buffer, (size_t) got);
        offset += (uint64_t) got;
    }
}

/* The last replace-message among @actions, or NULL. */
static const SeloFilterAction *
find_replacement(GPtrArray *actions)
{
    for (guint i = actions->len; i-- > 0;) {
        const SeloFilterAction *action = g_ptr_array_index(actions, i);

        if (action != NULL && action->kind == SELO_FILTER_DO_REPLACE_MESSAGE)
            return action;
    }
    return NULL;
}

SeloBlobWriter *
selo_message_edit(SeloStr envelope, const SeloBlob *message, GPtrArray *actions, GError **error)
{
    const SeloFilterAction *replacement = find_replacement(actions);
    const SeloBlob *source = replacement == NULL ? message : &replacement->blob;
    g_autoptr(SeloBlobWriter) writer = selo_blob_writer_new();
    EditedMessage edited = { 0 };
    uint64_t body_offset;
    g_autofree char *octets = NULL;
    SeloBlob finished;

    edited.fields = fields_read(read_header(source, &octets, &body_offset));
    for (guint i = 0; i < actions->len; i++)
        if (g_ptr_array_index(actions, i) != NULL)
            apply(&edited, g_ptr_array_index(actions, i));
    selo_blob_writer_add(writer, envelope.s, envelope.len);
    for (guint i = 0; i < edited.fields->len; i++) {
        const EditedField *field = g_ptr_array_index(edited.fields, i);

        if (field->text != NULL)
            selo_blob_writer_add(writer, field->text, field->size);
    }
    selo_blob_writer_add(writer, "\r\n", 2);
    if (edited.new_body != NULL)
        selo_blob_writer_add(writer, edited.new_body->data, edited.new_body->len);
    else
        write_body(writer, source, body_offset);
    g_ptr_array_unref(edited.fields);
    if (edited.new_body != NULL)
        g_byte_array_unref(edited.new_body);
    if (!selo_blob_writer_end(writer, &finished, error))
        return NULL;
    return g_steal_pointer(&writer);
}
