# api/: what plugins see (installed headers), and libselo. All of server/ is in libselo too: selod and
# selo are thin. libselo-core.la is the same objects as a convenience library, for unit tests.
INTERFACE_XML = api/interfaces/authenticator.xml api/interfaces/filter.xml api/interfaces/observer.xml api/interfaces/table.xml api/interfaces/transport.xml
GENERATED_INCLUDES = api/selo/authenticator.h api/selo/filter.h api/selo/observer.h api/selo/table.h api/selo/transport.h
GENERATED_RECORDS = api/lib/authenticator-records.c api/lib/filter-records.c api/lib/observer-records.c api/lib/table-records.c api/lib/transport-records.c

seloincludedir = $(includedir)/selo-1/selo
dist_seloinclude_HEADERS = api/selo/facts.h api/selo/login.h api/selo/mailbox.h api/selo/message.h \
	api/selo/plugin.h api/selo/protocol.h api/selo/store.h api/selo/stream.h api/selo/transaction.h
nodist_seloinclude_HEADERS = $(GENERATED_INCLUDES)
EXTRA_DIST += $(INTERFACE_XML) api/interfaces/header.xsl api/interfaces/records.xsl api/selo-1.pc.in
pkgconfig_DATA += api/selo-1.pc
BUILT_SOURCES += $(GENERATED_INCLUDES) $(GENERATED_RECORDS)
CLEANFILES += $(GENERATED_INCLUDES) $(GENERATED_RECORDS) api/lib/libselo.map

api/selo/%.h: api/interfaces/%.xml api/interfaces/header.xsl
	$(AM_V_GEN)$(MKDIR_P) api/selo && $(XSLTPROC) --nonet $(srcdir)/api/interfaces/header.xsl $< > $@.tmp && mv $@.tmp $@
api/lib/%-records.c: api/interfaces/%.xml api/interfaces/records.xsl
	$(AM_V_GEN)$(MKDIR_P) api/lib && $(XSLTPROC) --nonet $(srcdir)/api/interfaces/records.xsl $< > $@.tmp && mv $@.tmp $@

noinst_LTLIBRARIES += libselo-core.la
nodist_libselo_core_la_SOURCES = $(GENERATED_RECORDS)
libselo_core_la_SOURCES = \
	api/lib/selo-interface.h \
	api/lib/selo-loop.h \
	api/lib/selo-call-private.h \
	api/lib/selo-stream-private.h \
	api/lib/selo-loop.c \
	api/lib/selo-wheel.h \
	api/lib/selo-wheel.c \
	api/lib/selo-blob-private.h \
	api/lib/selo-blob.c \
	api/lib/selo-interface.c \
	api/lib/selo-record.c \
	api/lib/selo-store-records.c \
	api/lib/selo-call-struct.h \
	api/lib/selo-call.c \
	api/lib/selo-call-rows.c \
	api/lib/selo-invoke.c \
	api/lib/selo-instance.c \
	api/lib/selo-pool.h \
	api/lib/selo-pool.c \
	api/lib/selo-log.c \
	api/lib/selo-connect.c \
	api/lib/selo-buffer.h \
	api/lib/selo-buffer.c \
	api/lib/selo-output.h \
	api/lib/selo-output.c \
	api/lib/selo-dots.h \
	api/lib/selo-dots.c \
	api/lib/selo-proxy.h \
	api/lib/selo-proxy.c \
	api/lib/selo-stream-struct.h \
	api/lib/selo-stream.c \
	api/lib/selo-stream-begin.c \
	api/lib/selo-stream-write.c \
	api/lib/selo-stream-read.c \
	api/lib/selo-stream-tls.c
libselo_core_la_CFLAGS = $(AM_CFLAGS) $(GNUTLS_CFLAGS) $(SYSTEMD_CFLAGS)
libselo_core_la_LIBADD = $(GLIB_LIBS) $(GNUTLS_LIBS) $(SYSTEMD_LIBS)

# The soname changes with the ABI's major only (docs/plugins.md, ABI rule 4).
lib_LTLIBRARIES += libselo.la
libselo_la_SOURCES =
libselo_la_LIBADD = libselo-core.la
libselo_la_LDFLAGS = $(AM_LDFLAGS) -version-info $(SELO_ABI_MAJOR):0:0 -Wl,--version-script=api/lib/libselo.map $(SELO_NO_UNDEFINED)
EXTRA_libselo_la_DEPENDENCIES = api/lib/libselo.map
EXTRA_DIST += api/lib/make-map.sh
api/lib/libselo.map: $(dist_seloinclude_HEADERS) $(GENERATED_INCLUDES) api/lib/make-map.sh
	$(AM_V_GEN)$(MKDIR_P) api/lib && $(SHELL) $(srcdir)/api/lib/make-map.sh $(SELO_ABI_MAJOR) $(filter %.h,$^) > $@.tmp && mv $@.tmp $@

# Messages: <selo/message.h> and <selo/facts.h>.
libselo_core_la_SOURCES += api/lib/selo-address.c api/lib/selo-charset.c api/lib/selo-date.c \
	api/lib/selo-facts-private.h api/lib/selo-facts-write.c api/lib/selo-facts.c api/lib/selo-header.c \
	api/lib/selo-message-private.h api/lib/selo-message.c api/lib/selo-mime-field.c
