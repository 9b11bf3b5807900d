# server/auth/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += \
	server/auth/selo-auth-client.c \
	server/auth/selo-auth-client.h \
	server/auth/selo-auth-penalty.c \
	server/auth/selo-auth-penalty.h \
	server/auth/selo-auth-service.c \
	server/auth/selo-auth-wire.c \
	server/auth/selo-auth-wire.h \
	server/auth/selo-login.c \
	server/auth/selo-password-hash.c \
	server/auth/selo-password-hash.h
