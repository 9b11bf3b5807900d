# server/admin/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += \
	server/admin/selo-admin.c \
	server/admin/selo-admin.h \
	server/admin/selo-admin-config.c \
	server/admin/selo-admin-json.c \
	server/admin/selo-admin-log.c \
	server/admin/selo-admin-plugin.c \
	server/admin/selo-admin-server.c \
	server/admin/selo-admin-site.c \
	server/admin/selo-admin-user.c \
	server/admin/selo-certificate.c \
	server/admin/selo-certificate.h \
	server/admin/selo-control.c \
	server/admin/selo-control.h \
	server/admin/selo-passwd-edit.c \
	server/admin/selo-passwd-edit.h
