# server/plugin/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += \
	server/plugin/selo-manifest.h server/plugin/selo-manifest.c \
	server/plugin/selo-manifest-reader.h server/plugin/selo-manifest-reader.c \
	server/plugin/selo-manifest-rules.h server/plugin/selo-manifest-rules.c \
	server/plugin/selo-manifest-tree.h server/plugin/selo-manifest-tree.c \
	server/plugin/selo-xml.h \
	server/plugin/selo-plugin-sample.h server/plugin/selo-plugin-sample.c \
	server/plugin/selo-plugin-set.h server/plugin/selo-plugin-set.c server/plugin/selo-resolver.c \
	server/plugin/selo-elf.h server/plugin/selo-elf.c server/plugin/selo-loader.h server/plugin/selo-loader.c \
	server/plugin/selo-registry.h server/plugin/selo-registry.c

# Links nothing of libselo: libxml2 stays out of every process but two.
private_LTLIBRARIES += server/plugin/selo-xml.la
server_plugin_selo_xml_la_SOURCES = server/plugin/selo-xml-module.c server/plugin/selo-xml.h
server_plugin_selo_xml_la_CFLAGS = $(AM_CFLAGS) $(XML_CFLAGS)
server_plugin_selo_xml_la_LIBADD = $(XML_LIBS) $(GLIB_LIBS)
server_plugin_selo_xml_la_LDFLAGS = $(SELO_MODULE_LINK)
