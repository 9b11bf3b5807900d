/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-xml-module.c: the private module that reads XML with libxml2: hardened parsing, validation
 * against one schema, and a plain copy of the tree. It links nothing of libselo, so that libxml2
 * and what it brings stay out of every process but the two that read manifests.
 *
 * libxml2 says of itself that it is not made for untrusted data; so: text from memory only and
 * bounded, no document type declaration at all (one rule against all tricks with entities), no
 * network, no external entities, no catalogues, no XInclude.
 */
#include "config.h"

#include <string.h>

#include <gmodule.h>
#include <libxml/catalog.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>

#include "server/plugin/selo-xml.h"

#define MAX_REPORTS 50

struct SeloXmlSchema {
    xmlSchema *schema;
};

struct SeloXmlDocument {
    xmlDoc *doc;
    SeloXmlNode *root;
};

typedef struct {
    SeloXmlReport report;
    void *data;
    guint n;
} Reporter;

static void
report_text(Reporter *reporter, guint line, const char *text)
{
    if (reporter->n++ < MAX_REPORTS)
        reporter->report(reporter->data, line, text);
}

/* libxml2 2.12 made the error const; the cast-free way to serve both is a macro of the type. */
#if LIBXML_VERSION >= 21200
typedef const xmlError SeloXmlError;
#else
typedef xmlError SeloXmlError;
#endif

/* "Element '{urn:selo:plugin:1}option': ..." → without the namespace, which says nothing here. */
static void
report_error(void *data, SeloXmlError *error)
{
    g_autoptr(GString) text =
        g_string_new(error->message != NULL ? error->message : "unknown XML fault");

    g_string_replace(text, "{urn:selo:plugin:1}", "", 0);
    report_text(data, error->line > 0 ? (guint) error->line : 0, g_strstrip(text->str));
}

#if LIBXML_VERSION < 21300
/* Older ones hand the SAX callbacks their parser. */
static void
report_parser_error(void *data, SeloXmlError *error)
{
    report_error(((xmlParserCtxt *) data)->_private, error);
}
#endif

static void
refuse_subset(void *context, const xmlChar *name, const xmlChar *external_id,
              const xmlChar *system_id)
{
    xmlParserCtxt *parser = context;
    Reporter *reporter = parser->_private;

    report_text(reporter, (guint) xmlSAX2GetLineNumber(parser),
                "document type declarations are not allowed");
    xmlStopParser(parser);
}

static xmlParserInput *
refuse_entity(const char *url, const char *id, xmlParserCtxt *parser)
{
    return NULL;
}

static int
get_options(void)
{
    int options = XML_PARSE_NONET;

#if LIBXML_VERSION >= 21300
    options |= XML_PARSE_NO_XXE;
#endif
#if LIBXML_VERSION >= 21400
    options |= XML_PARSE_NO_SYS_CATALOG;
#endif
    return options;
}

static void
node_free(SeloXmlNode *node)
{
    if (node == NULL)
        return;
    g_free(node->name);
    g_free(node->text);
    g_ptr_array_unref(node->attributes);
    g_ptr_array_unref(node->children);
    g_free(node);
}

static gboolean
is_ours(const xmlNode *element, const xmlNode *root)
{
    return element->type == XML_ELEMENT_NODE &&
           (root->ns == NULL
                ? element->ns == NULL
                : element->ns != NULL && xmlStrEqual(element->ns->href, root->ns->href));
}

/* Containers have no text of their own; to copy all that is below them at each level would cost. */
static char *
dup_text(xmlNode *element)
{
    gboolean is_container = FALSE;
    xmlChar *content;
    char *text;

    for (xmlNode *child = element->children; child != NULL; child = child->next) {
        if (child->type == XML_TEXT_NODE && !xmlIsBlankNode(child)) {
            is_container = FALSE;
            break;
        }
        is_container |= child->type == XML_ELEMENT_NODE;
    }
    if (is_container)
        return g_strdup("");
    content = xmlNodeGetContent(element);
    text = g_strdup(content != NULL ? (const char *) content : "");
    xmlFree(content);
    return text;
}

/* The depth is bounded by libxml2 (256 without XML_PARSE_HUGE). */
static SeloXmlNode *
copy_node(xmlNode *element, const xmlNode *root)
{
    SeloXmlNode *node = g_new0(SeloXmlNode, 1);

    node->name = g_strdup((const char *) element->name);
    node->text = dup_text(element);
    node->line = (guint) MAX(xmlGetLineNo(element), 0);
    node->attributes = g_ptr_array_new_with_free_func(g_free);
    node->children = g_ptr_array_new_with_free_func((GDestroyNotify) node_free);
    for (xmlAttr *attribute = element->properties; attribute != NULL; attribute = attribute->next) {
        xmlChar *value;

        if (attribute->ns != NULL)
            continue;
        value = xmlNodeListGetString(element->doc, attribute->children, 1);
        g_ptr_array_add(node->attributes, g_strdup((const char *) attribute->name));
        g_ptr_array_add(node->attributes, g_strdup(value != NULL ? (const char *) value : ""));
        xmlFree(value);
    }
    for (xmlNode *child = element->children; child != NULL; child = child->next)
        if (is_ours(child, root))
            g_ptr_array_add(node->children, copy_node(child, root));
    return node;
}

static void
document_free(SeloXmlDocument *document)
{
    if (document == NULL)
        return;
    node_free(document->root);
    xmlFreeDoc(document->doc);
    g_free(document);
}

static void
set_up_parser(xmlParserCtxt *parser, Reporter *reporter)
{
    parser->_private = reporter;
    parser->sax->internalSubset = refuse_subset;
    parser->sax->externalSubset = NULL;
    xmlCtxtUseOptions(parser, get_options());
#if LIBXML_VERSION >= 21300
    xmlCtxtSetErrorHandler(parser, report_error, reporter);
#else
    parser->sax->initialized = XML_SAX2_MAGIC;
    parser->sax->serror = report_parser_error;
#endif
}

static SeloXmlDocument *
document_new(const char *text, size_t size, SeloXmlReport report, void *data)
{
    Reporter reporter = { report, data, 0 };
    xmlExternalEntityLoader loader = xmlGetExternalEntityLoader();
    SeloXmlDocument *document;
    xmlParserCtxt *parser;
    xmlDoc *doc;

    if (size > SELO_XML_MAX_FILE) {
        report_text(&reporter, 0, "larger than 256 KiB");
        return NULL;
    }
    if (size == 0) {
        report_text(&reporter, 0, "empty");
        return NULL;
    }
    parser = xmlNewParserCtxt();
    set_up_parser(parser, &reporter);
    xmlSetExternalEntityLoader(refuse_entity);
    doc = xmlCtxtReadMemory(parser, text, (int) size, NULL, NULL, get_options());
    xmlSetExternalEntityLoader(loader);
    xmlFreeParserCtxt(parser);
    if (doc == NULL || reporter.n > 0 || doc->intSubset != NULL ||
        xmlDocGetRootElement(doc) == NULL) {
        if (reporter.n == 0)
            report_text(&reporter, 0, "not an XML document that can be read");
        xmlFreeDoc(doc);
        return NULL;
    }
    document = g_new0(SeloXmlDocument, 1);
    document->doc = doc;
    document->root = copy_node(xmlDocGetRootElement(doc), xmlDocGetRootElement(doc));
    return document;
}

static const SeloXmlNode *
get_root(SeloXmlDocument *document)
{
    return document->root;
}

static const char *
get_root_namespace(SeloXmlDocument *document)
{
    const xmlNode *root = xmlDocGetRootElement(document->doc);

    return root->ns != NULL && root->ns->href != NULL ? (const char *) root->ns->href : "";
}

static SeloXmlSchema *
schema_new(const char *text, size_t size, SeloXmlReport report, void *data)
{
    Reporter reporter = { report, data, 0 };
    xmlExternalEntityLoader loader = xmlGetExternalEntityLoader();
    xmlSchemaParserCtxt *parser = xmlSchemaNewMemParserCtxt(text, (int) MIN(size, G_MAXINT));
    SeloXmlSchema *schema;
    xmlSchema *compiled;

    if (parser == NULL)
        return NULL;
    xmlSchemaSetParserStructuredErrors(parser, report_error, &reporter);
    xmlSetExternalEntityLoader(refuse_entity);
    compiled = xmlSchemaParse(parser);
    xmlSetExternalEntityLoader(loader);
    xmlSchemaFreeParserCtxt(parser);
    if (compiled == NULL)
        return NULL;
    schema = g_new0(SeloXmlSchema, 1);
    schema->schema = compiled;
    return schema;
}

static void
schema_free(SeloXmlSchema *schema)
{
    if (schema == NULL)
        return;
    xmlSchemaFree(schema->schema);
    g_free(schema);
}

static gboolean
validate(SeloXmlDocument *document, SeloXmlSchema *schema, SeloXmlReport report, void *data)
{
    Reporter reporter = { report, data, 0 };
    xmlSchemaValidCtxt *validator = xmlSchemaNewValidCtxt(schema->schema);
    int outcome;

    xmlSchemaSetValidStructuredErrors(validator, report_error, &reporter);
    outcome = xmlSchemaValidateDoc(validator, document->doc);
    xmlSchemaFreeValidCtxt(validator);
    if (outcome != 0 && reporter.n == 0)
        report_text(&reporter, 0, "does not match the schema");
    return outcome == 0;
}

static const SeloXml xml = {
    .struct_size = sizeof(SeloXml),
    .schema_new = schema_new,
    .schema_free = schema_free,
    .document_new = document_new,
    .document_free = document_free,
    .root = get_root,
    .root_namespace = get_root_namespace,
    .validate = validate,
};

__attribute__((visibility("default"))) const SeloXml *selo_xml_entry(void);

const SeloXml *
selo_xml_entry(void)
{
    static gsize is_ready;

    if (g_once_init_enter(&is_ready)) {
        g_unsetenv("XML_CATALOG_FILES");
        g_unsetenv("SGML_CATALOG_FILES");
        xmlInitParser();
        xmlCatalogSetDefaults(XML_CATA_ALLOW_NONE);
        g_once_init_leave(&is_ready, 1);
    }
    return &xml;
}
