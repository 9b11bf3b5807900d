# plugins/pop3/: see its README.md.
if PLUGIN_POP3
noinst_LTLIBRARIES += plugins/pop3/libpop3.la
plugins_pop3_libpop3_la_SOURCES = \
	plugins/pop3/pop3-cmd-auth.c \
	plugins/pop3/pop3-cmd-capa.c \
	plugins/pop3/pop3-cmd-dele.c \
	plugins/pop3/pop3-cmd-list.c \
	plugins/pop3/pop3-cmd-quit.c \
	plugins/pop3/pop3-cmd-retr.c \
	plugins/pop3/pop3-command.c plugins/pop3/pop3-command.h \
	plugins/pop3/pop3-maildrop.c \
	plugins/pop3/pop3-parse.c plugins/pop3/pop3-parse.h \
	plugins/pop3/pop3-reply.c plugins/pop3/pop3-reply.h \
	plugins/pop3/pop3-session.c plugins/pop3/pop3-session.h \
	plugins/pop3/pop3-stuff.c plugins/pop3/pop3-stuff.h \
	plugins/pop3/pop3-uidl.c plugins/pop3/pop3-uidl.h

plugin_LTLIBRARIES += plugins/pop3/pop3.la
plugins_pop3_pop3_la_SOURCES = plugins/pop3/pop3-plugin.c
plugins_pop3_pop3_la_LIBADD = plugins/pop3/libpop3.la libselo.la $(GLIB_LIBS)
plugins_pop3_pop3_la_LDFLAGS = $(SELO_MODULE_LINK)
dist_manifest_DATA += plugins/pop3/pop3.xml
endif
EXTRA_DIST += plugins/pop3/README.md
