# server/process/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += \
	server/process/selo-backoff.c \
	server/process/selo-backoff.h \
	server/process/selo-channel.c \
	server/process/selo-channel.h \
	server/process/selo-channel-messages.h \
	server/process/selo-daemon.c \
	server/process/selo-notify.c \
	server/process/selo-notify.h \
	server/process/selo-privileges.c \
	server/process/selo-privileges.h \
	server/process/selo-role.h \
	server/process/selo-sockets.c \
	server/process/selo-sockets.h \
	server/process/selo-spawn.c \
	server/process/selo-spawn.h
