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

noinst_LTLIBRARIES += plugins/passwd-file/libpasswd-file.la
plugins_passwd_file_libpasswd_file_la_SOURCES = \
	plugins/passwd-file/passwd-file-nets.c \
	plugins/passwd-file/passwd-file-source.c \
	plugins/passwd-file/passwd-file-source.h \
	plugins/passwd-file/passwd-file-users.c \
	plugins/passwd-file/passwd-file-users.h
plugins_passwd_file_libpasswd_file_la_LIBADD = plugins/common/libreread.la

plugin_LTLIBRARIES += plugins/passwd-file/passwd-file.la
plugins_passwd_file_passwd_file_la_SOURCES = plugins/passwd-file/passwd-file-plugin.c
plugins_passwd_file_passwd_file_la_LIBADD = plugins/passwd-file/libpasswd-file.la \
	plugins/passwd-file/libpassword.la libselo.la $(GLIB_LIBS)
plugins_passwd_file_passwd_file_la_LDFLAGS = $(SELO_MODULE_LINK)
dist_manifest_DATA += plugins/passwd-file/passwd-file.xml

# Beside the other private modules (selo-paths.h, private_dir).
private_LTLIBRARIES += server/plugin/selo-password.la
server_plugin_selo_password_la_SOURCES = plugins/passwd-file/passwd-file-private.c
server_plugin_selo_password_la_LIBADD = plugins/passwd-file/libpassword.la $(GLIB_LIBS)
server_plugin_selo_password_la_LDFLAGS = $(SELO_MODULE_LINK)
endif
EXTRA_DIST += plugins/passwd-file/README.md
