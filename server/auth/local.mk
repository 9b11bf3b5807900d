# server/auth/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += \
	server/auth/selo-auth-client.h \
	server/auth/selo-password-hash.c \
	server/auth/selo-password-hash.h
