# plugins/memory/: see its README.md.
if PLUGIN_MEMORY
noinst_LTLIBRARIES += plugins/memory/libmemory.la
plugins_memory_libmemory_la_SOURCES = \
	plugins/memory/memory-boxes.c \
	plugins/memory/memory-faults.c \
	plugins/memory/memory-messages.c \
	plugins/memory/memory-store.h
plugin_LTLIBRARIES += plugins/memory/memory.la
plugins_memory_memory_la_SOURCES = plugins/memory/memory-plugin.c
plugins_memory_memory_la_LIBADD = plugins/memory/libmemory.la libselo.la $(GLIB_LIBS)
plugins_memory_memory_la_LDFLAGS = $(SELO_MODULE_LINK)
dist_manifest_DATA += plugins/memory/memory.xml
endif
EXTRA_DIST += plugins/memory/README.md
