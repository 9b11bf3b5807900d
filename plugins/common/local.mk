# plugins/common/: what several plugins need and the ABI need not promise.
noinst_LTLIBRARIES += plugins/common/libreread.la
plugins_common_libreread_la_SOURCES = plugins/common/reread-file.c plugins/common/reread-file.h
plugins_common_libreread_la_LIBADD = $(GLIB_LIBS)
