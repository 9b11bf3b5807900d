/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-manifest-reader.c: opens, validates and checks manifests. Name and ABI are looked at before
 * the schema: a manifest from the future is to answer "needs ABI 1.5", not with a page of schema
 * errors.
 */
#include "config.h"

#include "server/plugin/selo-manifest-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <selo/plugin.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmodule.h>

#include "server/config/selo-fault.h"
#include "server/plugin/selo-manifest-rules.h"
#include "server/plugin/selo-manifest-tree.h"
#include "server/plugin/selo-xml.h"

#define NAMESPACE "urn:selo:plugin:1"

struct SeloManifestReader {
    const SeloXml *xml;
    SeloXmlSchema *schema;
    GPtrArray *core;
};

typedef struct {
    const char *file;
    GPtrArray *faults;
} Source;

static void
report_fault(void *data, guint line, const char *text)
{
    Source *source = data;

    selo_fault_add(source->faults, source->file, line, "%s", text);
}

/* Before the schema; says no more than it is sure of. */
static gboolean
check_abi(const SeloXmlNode *root, Source *source)
{
    const SeloXmlNode *module = selo_xml_child(root, "module");
    const char *abi = module != NULL ? selo_xml_attribute(module, "abi") : NULL;
    guint major, minor;

    if (abi == NULL || !selo_abi_parse(abi, &major, &minor) ||
        (major == SELO_ABI_MAJOR && minor <= SELO_ABI_MINOR))
        return TRUE;
    selo_fault_add(source->faults, source->file, module->line,
                   "plugin \"%s\" needs ABI %s, this core has %d.%d",
                   selo_xml_attribute(root, "name") != NULL ? selo_xml_attribute(root, "name")
                                                            : "?",
                   abi, SELO_ABI_MAJOR, SELO_ABI_MINOR);
    return FALSE;
}

static void
check_stem(const SeloManifest *manifest, const SeloXmlNode *root, Source *source)
{
    g_autofree char *base = g_path_get_basename(manifest->file);

    if (g_str_has_suffix(base, ".xml"))
        base[strlen(base) - strlen(".xml")] = '\0';
    if (strcmp(base, manifest->name) != 0)
        selo_fault_add(source->faults, source->file, root->line,
                       "the file is named \"%s\", the plugin \"%s\"", base, manifest->name);
}

static void
compile_option(SeloOption *option, Source *source)
{
    if (!selo_option_compile(option))
        selo_fault_add(source->faults, source->file, option->line,
                       "option \"%s\": pattern=\"%s\" is no regular expression", option->name,
                       option->pattern);
}

SeloManifest *
selo_manifest_read_text(SeloManifestReader *reader, const char *text, size_t size, const char *file,
                        GPtrArray *faults)
{
    Source source = { file, faults };
    SeloXmlDocument *document = reader->xml->document_new(text, size, report_fault, &source);
    g_autoptr(SeloManifest) manifest = NULL;
    const SeloXmlNode *root;
    guint n_before = faults->len;

    if (document == NULL)
        return NULL;
    root = reader->xml->root(document);
    if (strcmp(root->name, "plugin") != 0 ||
        strcmp(reader->xml->root_namespace(document), NAMESPACE) != 0) {
        selo_fault_add(
            faults, file, root->line,
            "not a plugin manifest: expected the element plugin in the namespace " NAMESPACE);
    } else if (check_abi(root, &source) &&
               reader->xml->validate(document, reader->schema, report_fault, &source)) {
        manifest = selo_manifest_from_tree(root, file);
        check_stem(manifest, root, &source);
        for (guint i = 0; i < manifest->options->len; i++)
            compile_option(manifest->options->pdata[i], &source);
        selo_manifest_check_rules(manifest, reader->core, faults);
    }
    reader->xml->document_free(document);
    return faults->len == n_before ? g_steal_pointer(&manifest) : NULL;
}

/* Opened and measured by ourselves: libxml2 would unpack gzip, follow what it finds and know no
 * limit. */
static char *
read_bounded(const char *file, size_t *out_size, GError **error)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    g_autofree char *text = NULL;
    ssize_t got = -1;

    if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
        close(fd);
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "not a regular file");
        return NULL;
    }
    if (fd >= 0) {
        text = g_malloc(SELO_XML_MAX_FILE + 1);
        got = read(fd, text, SELO_XML_MAX_FILE + 1); /* regular files are read whole */
    }
    if (got < 0)
        g_set_error_literal(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno),
                            g_strerror(errno));
    if (fd >= 0)
        close(fd);
    if (got < 0)
        return NULL;
    *out_size = (size_t) got;
    return g_steal_pointer(&text);
}

SeloManifest *
selo_manifest_read(SeloManifestReader *reader, const char *file, GPtrArray *faults)
{
    g_autoptr(GError) error = NULL;
    size_t size;
    g_autofree char *text = read_bounded(file, &size, &error);

    if (text == NULL) {
        selo_fault_add(faults, file, 0, "%s", error->message);
        return NULL;
    }
    return selo_manifest_read_text(reader, text, size, file, faults);
}

/* The core's own file: same options, no schema; it is part of the installation. */
static gboolean
read_core(SeloManifestReader *reader, const char *file, GPtrArray *faults)
{
    Source source = { file, faults };
    g_autoptr(GError) error = NULL;
    size_t size;
    g_autofree char *text = read_bounded(file, &size, &error);
    SeloXmlDocument *document;
    const SeloXmlNode *root;

    if (text == NULL) {
        selo_fault_add(faults, file, 0, "%s", error->message);
        return FALSE;
    }
    if ((document = reader->xml->document_new(text, size, report_fault, &source)) == NULL)
        return FALSE;
    root = reader->xml->root(document);
    for (guint i = 0; i < root->children->len; i++) {
        SeloOption *option = selo_option_from_tree(root->children->pdata[i]);

        g_ptr_array_add(reader->core, option);
        compile_option(option, &source);
        selo_option_check_rules(option, file, faults);
    }
    reader->xml->document_free(document);
    return faults->len == 0;
}

static gboolean
read_schema(SeloManifestReader *reader, const char *file, GPtrArray *faults)
{
    Source source = { file, faults };
    g_autoptr(GError) error = NULL;
    size_t size;
    g_autofree char *text = read_bounded(file, &size, &error);

    if (text == NULL) {
        selo_fault_add(faults, file, 0, "%s", error->message);
        return FALSE;
    }
    reader->schema = reader->xml->schema_new(text, size, report_fault, &source);
    return reader->schema != NULL;
}

static const SeloXml *
open_xml_module(const SeloPaths *paths, GError **error)
{
    g_autofree char *file = g_build_filename(paths->private_dir, "selo-xml.so", NULL);
    GModule *module = g_module_open(file, G_MODULE_BIND_LOCAL);
    gpointer symbol = NULL;
    SeloXmlEntry entry;

    if (module == NULL || !g_module_symbol(module, "selo_xml_entry", &symbol)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s", g_module_error());
        return NULL;
    }
    g_module_make_resident(module);
    memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from object to function pointers */
    return entry();
}

SeloManifestReader *
selo_manifest_reader_new(const SeloPaths *paths, GError **error)
{
    g_autoptr(SeloManifestReader) reader = g_new0(SeloManifestReader, 1);
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autofree char *schema = g_build_filename(paths->schema_dir, "plugin.xsd", NULL);
    g_autofree char *core = g_build_filename(paths->schema_dir, "core.xml", NULL);

    reader->core = g_ptr_array_new_with_free_func((GDestroyNotify) selo_option_free);
    if ((reader->xml = open_xml_module(paths, error)) == NULL)
        return NULL;
    if (!read_schema(reader, schema, faults) || !read_core(reader, core, faults)) {
        g_autofree char *text =
            faults->len > 0 ? selo_fault_format(faults->pdata[0]) : g_strdup(schema);

        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s", text);
        return NULL;
    }
    return g_steal_pointer(&reader);
}

void
selo_manifest_reader_free(SeloManifestReader *reader)
{
    if (reader == NULL)
        return;
    if (reader->schema != NULL)
        reader->xml->schema_free(reader->schema);
    g_ptr_array_unref(reader->core);
    g_free(reader);
}

const GPtrArray *
selo_manifest_reader_core(const SeloManifestReader *reader)
{
    return reader->core;
}

const SeloOption *
selo_manifest_reader_core_option(const SeloManifestReader *reader, guint section, const char *name)
{
    for (guint i = 0; i < reader->core->len; i++) {
        const SeloOption *option = reader->core->pdata[i];

        if ((option->sections & section) != 0 && strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}
