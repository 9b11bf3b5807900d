# plugins/maildir/: see its README.md.
if PLUGIN_MAILDIR
noinst_LTLIBRARIES += plugins/maildir/libmaildir.la
plugins_maildir_libmaildir_la_SOURCES = \
	plugins/maildir/maildir-account.c \
	plugins/maildir/maildir-box.c \
	plugins/maildir/maildir-boxes.c \
	plugins/maildir/maildir-changes.c \
	plugins/maildir/maildir-copy.c \
	plugins/maildir/maildir-dotlock.c plugins/maildir/maildir-dotlock.h \
	plugins/maildir/maildir-fetch.c \
	plugins/maildir/maildir-flags.c \
	plugins/maildir/maildir-folders.c plugins/maildir/maildir-folders.h \
	plugins/maildir/maildir-io.c plugins/maildir/maildir-io.h \
	plugins/maildir/maildir-keywords.c plugins/maildir/maildir-keywords.h \
	plugins/maildir/maildir-name.c plugins/maildir/maildir-name.h \
	plugins/maildir/maildir-place.c plugins/maildir/maildir-place.h \
	plugins/maildir/maildir-quota.c plugins/maildir/maildir-quota.h \
	plugins/maildir/maildir-records.c \
	plugins/maildir/maildir-save.c \
	plugins/maildir/maildir-scan.c plugins/maildir/maildir-scan.h \
	plugins/maildir/maildir-store.h \
	plugins/maildir/maildir-subscriptions.c plugins/maildir/maildir-subscriptions.h \
	plugins/maildir/maildir-sync.c \
	plugins/maildir/maildir-table.c plugins/maildir/maildir-table.h \
	plugins/maildir/maildir-uidlist.c plugins/maildir/maildir-uidlist.h \
	plugins/maildir/maildir-uidvalidity.c \
	plugins/maildir/maildir-watch.c
plugin_LTLIBRARIES += plugins/maildir/maildir.la
plugins_maildir_maildir_la_SOURCES = plugins/maildir/maildir-plugin.c
plugins_maildir_libmaildir_la_LIBADD = plugins/common/libmutf7.la
plugins_maildir_maildir_la_LIBADD = plugins/maildir/libmaildir.la libselo.la $(GLIB_LIBS)
plugins_maildir_maildir_la_LDFLAGS = $(SELO_MODULE_LINK)
dist_manifest_DATA += plugins/maildir/maildir.xml
endif
EXTRA_DIST += plugins/maildir/README.md
