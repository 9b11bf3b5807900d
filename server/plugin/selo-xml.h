/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-xml.h: the seam to the private module that reads XML, the only code that sees libxml2. It
 * gives a plain tree; what the elements mean is selo-manifest-reader.c's business. Opened by the
 * compiler child and the selo tool alone.
 */
#pragma once

#include <glib.h>

#define SELO_XML_MAX_FILE (256u << 10)

typedef struct SeloXmlNode SeloXmlNode;
struct SeloXmlNode {
    char *name; /* without namespace; foreign elements are left out */
    char *text; /* all text below; "" if there is none but blanks between elements */
    guint line;
    GPtrArray *attributes; /* char *, name and value by turns */
    GPtrArray *children;   /* SeloXmlNode * */
};

typedef struct SeloXmlSchema SeloXmlSchema;
typedef struct SeloXmlDocument SeloXmlDocument;
/* Called for each fault. */
typedef void (*SeloXmlReport)(void *data, guint line, const char *text);

typedef struct {
    guint32 struct_size, reserved;
    /* From memory; errors are reported, NULL then. */
    SeloXmlSchema *(*schema_new)(const char *text, size_t size, SeloXmlReport report, void *data);
    void (*schema_free)(SeloXmlSchema *schema);
    /* NULL: malformed, too large, or with a document type declaration; reported. */
    SeloXmlDocument *(*document_new)(const char *text, size_t size, SeloXmlReport report,
                                     void *data);
    void (*document_free)(SeloXmlDocument *document);
    const SeloXmlNode *(*root)(SeloXmlDocument *document);
    const char *(*root_namespace)(SeloXmlDocument *document); /* "" = none */
    gboolean (*validate)(SeloXmlDocument *document, SeloXmlSchema *schema, SeloXmlReport report,
                         void *data);
} SeloXml;

/* The module's one symbol, "selo_xml_entry". */
typedef const SeloXml *(*SeloXmlEntry)(void);
