# plugins/common/: what several plugins need and the ABI need not promise.
noinst_LTLIBRARIES += plugins/common/libreread.la
plugins_common_libreread_la_SOURCES = plugins/common/reread-file.c plugins/common/reread-file.h
plugins_common_libreread_la_LIBADD = $(GLIB_LIBS)
noinst_LTLIBRARIES += plugins/common/libmutf7.la
plugins_common_libmutf7_la_SOURCES = plugins/common/mutf7.c plugins/common/mutf7.h
plugins_common_libmutf7_la_LIBADD = $(GLIB_LIBS)
