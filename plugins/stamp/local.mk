# plugins/stamp/: see its README.md.
if PLUGIN_STAMP
plugin_LTLIBRARIES += plugins/stamp/stamp.la
plugins_stamp_stamp_la_SOURCES = plugins/stamp/stamp-plugin.c
plugins_stamp_stamp_la_LIBADD = libselo.la $(GLIB_LIBS)
plugins_stamp_stamp_la_LDFLAGS = $(SELO_MODULE_LINK)
dist_manifest_DATA += plugins/stamp/stamp.xml
endif
EXTRA_DIST += plugins/stamp/README.md
