# plugins/smtp/: see its README.md.
if PLUGIN_SMTP
noinst_LTLIBRARIES += plugins/smtp/libsmtp.la
plugins_smtp_libsmtp_la_SOURCES = \
	plugins/smtp/smtp-answer.c \
	plugins/smtp/smtp-bare.c \
	plugins/smtp/smtp-listener.c plugins/smtp/smtp-listener.h \
	plugins/smtp/smtp-message.c \
	plugins/smtp/smtp-parse.c plugins/smtp/smtp-parse.h \
	plugins/smtp/smtp-path.c \
	plugins/smtp/smtp-rate.c plugins/smtp/smtp-rate.h \
	plugins/smtp/smtp-reply.c plugins/smtp/smtp-reply.h \
	plugins/smtp/smtp-session.c plugins/smtp/smtp-session.h \
	plugins/smtp/smtp-verb.c plugins/smtp/smtp-verb.h \
	plugins/smtp/smtp-verb-auth.c \
	plugins/smtp/smtp-verb-data.c \
	plugins/smtp/smtp-verb-helo.c \
	plugins/smtp/smtp-verb-mail.c \
	plugins/smtp/smtp-verb-misc.c \
	plugins/smtp/smtp-verb-rcpt.c \
	plugins/smtp/smtp-verb-starttls.c
plugin_LTLIBRARIES += plugins/smtp/smtp.la
plugins_smtp_smtp_la_SOURCES = plugins/smtp/smtp-plugin.c
plugins_smtp_smtp_la_LIBADD = plugins/smtp/libsmtp.la libselo.la $(GLIB_LIBS)
plugins_smtp_smtp_la_LDFLAGS = $(SELO_MODULE_LINK)
dist_manifest_DATA += plugins/smtp/smtp.xml
# Parsers read what strangers send: no silent conversion there.
plugins_smtp_libsmtp_la_CFLAGS = $(AM_CFLAGS) -Wconversion -Wsign-conversion
endif
EXTRA_DIST += plugins/smtp/README.md plugins/smtp/smtp.xml
