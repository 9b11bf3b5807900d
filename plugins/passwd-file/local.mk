# plugins/passwd-file/: see its README.md.
if PLUGIN_PASSWD_FILE
noinst_LTLIBRARIES += plugins/passwd-file/libpassword.la
plugins_passwd_file_libpassword_la_SOURCES = \
	plugins/passwd-file/passwd-file-crypt.c \
	plugins/passwd-file/passwd-file-derived.c \
	plugins/passwd-file/passwd-file-digest.c \
	plugins/passwd-file/passwd-file-hashes.h \
	plugins/passwd-file/passwd-file-scheme.c \
	plugins/passwd-file/passwd-file-scheme.h
plugins_passwd_file_libpassword_la_CFLAGS = $(AM_CFLAGS) $(PASSWD_FILE_CFLAGS)
plugins_passwd_file_libpassword_la_LIBADD = $(PASSWD_FILE_LIBS) $(GLIB_LIBS)

# Beside the other private modules (selo-paths.h, private_dir).
private_LTLIBRARIES += server/plugin/selo-password.la
server_plugin_selo_password_la_SOURCES = plugins/passwd-file/passwd-file-private.c
server_plugin_selo_password_la_LIBADD = plugins/passwd-file/libpassword.la $(GLIB_LIBS)
server_plugin_selo_password_la_LDFLAGS = $(SELO_MODULE_LINK)
endif
