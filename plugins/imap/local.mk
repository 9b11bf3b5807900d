# plugins/imap/: see its README.md.
if PLUGIN_IMAP
noinst_LTLIBRARIES += plugins/imap/libimap.la
plugins_imap_libimap_la_SOURCES = \
	plugins/imap/imap-arguments.c plugins/imap/imap-arguments.h \
	plugins/imap/imap-bodystructure.c \
	plugins/imap/imap-capability.c \
	plugins/imap/imap-cmd-append.c \
	plugins/imap/imap-cmd-authenticate.c \
	plugins/imap/imap-cmd-capability.c \
	plugins/imap/imap-cmd-close.c \
	plugins/imap/imap-cmd-copy.c \
	plugins/imap/imap-cmd-create.c \
	plugins/imap/imap-cmd-delete.c \
	plugins/imap/imap-cmd-enable.c \
	plugins/imap/imap-cmd-expunge.c \
	plugins/imap/imap-cmd-fetch.c \
	plugins/imap/imap-cmd-id.c \
	plugins/imap/imap-cmd-idle.c \
	plugins/imap/imap-cmd-list.c \
	plugins/imap/imap-cmd-login.c \
	plugins/imap/imap-cmd-logout.c \
	plugins/imap/imap-cmd-namespace.c \
	plugins/imap/imap-cmd-noop.c \
	plugins/imap/imap-cmd-rename.c \
	plugins/imap/imap-cmd-search.c \
	plugins/imap/imap-cmd-select.c \
	plugins/imap/imap-cmd-starttls.c \
	plugins/imap/imap-cmd-status.c \
	plugins/imap/imap-cmd-store.c \
	plugins/imap/imap-cmd-subscribe.c \
	plugins/imap/imap-command.c plugins/imap/imap-commands.h \
	plugins/imap/imap-envelope.c \
	plugins/imap/imap-fetch-attributes.c \
	plugins/imap/imap-fetch-binary.c \
	plugins/imap/imap-fetch-parse.c \
	plugins/imap/imap-fetch-section.c plugins/imap/imap-fetch.h \
	plugins/imap/imap-flags.c plugins/imap/imap-flags.h \
	plugins/imap/imap-list.c plugins/imap/imap-list.h \
	plugins/imap/imap-login.c plugins/imap/imap-login.h \
	plugins/imap/imap-names.c plugins/imap/imap-names.h \
	plugins/imap/imap-parse.c plugins/imap/imap-parse.h \
	plugins/imap/imap-reader.c \
	plugins/imap/imap-reply.c plugins/imap/imap-reply.h \
	plugins/imap/imap-response.c plugins/imap/imap-response.h \
	plugins/imap/imap-search.c plugins/imap/imap-search.h \
	plugins/imap/imap-sequence-set.c plugins/imap/imap-sequence-set.h \
	plugins/imap/imap-session.c plugins/imap/imap-session.h \
	plugins/imap/imap-status.c plugins/imap/imap-status.h \
	plugins/imap/imap-updates.c \
	plugins/imap/imap-verbs.c
# Parsers read what strangers send: no silent conversion there.
plugins_imap_libimap_la_CFLAGS = $(AM_CFLAGS) -Wconversion -Wsign-conversion
plugin_LTLIBRARIES += plugins/imap/imap.la
plugins_imap_imap_la_SOURCES = plugins/imap/imap-plugin.c
plugins_imap_libimap_la_LIBADD = plugins/common/libmutf7.la
plugins_imap_imap_la_LIBADD = plugins/imap/libimap.la libselo.la $(GLIB_LIBS)
plugins_imap_imap_la_LDFLAGS = $(SELO_MODULE_LINK)
dist_manifest_DATA += plugins/imap/imap.xml
endif
EXTRA_DIST += plugins/imap/README.md
