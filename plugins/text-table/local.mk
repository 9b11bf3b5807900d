# plugins/text-table/: see its README.md.
if PLUGIN_TEXT_TABLE
noinst_LTLIBRARIES += plugins/text-table/libtext-table.la
plugins_text_table_libtext_table_la_SOURCES = \
	plugins/text-table/text-table-parse.c \
	plugins/text-table/text-table-parse.h

plugin_LTLIBRARIES += plugins/text-table/text-table.la
plugins_text_table_text_table_la_SOURCES = plugins/text-table/text-table-plugin.c
plugins_text_table_text_table_la_LIBADD = plugins/text-table/libtext-table.la plugins/common/libreread.la \
	libselo.la $(GLIB_LIBS)
plugins_text_table_text_table_la_LDFLAGS = $(SELO_MODULE_LINK)
dist_manifest_DATA += plugins/text-table/text-table.xml
endif
EXTRA_DIST += plugins/text-table/README.md
