# server/process/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += \
	server/process/selo-acceptor.c \
	server/process/selo-address-count.c \
	server/process/selo-auth-role.c \
	server/process/selo-backoff.c \
	server/process/selo-backoff.h \
	server/process/selo-channel.c \
	server/process/selo-channel.h \
	server/process/selo-channel-messages.h \
	server/process/selo-child.c \
	server/process/selo-child.h \
	server/process/selo-compile.c \
	server/process/selo-compile.h \
	server/process/selo-compiler-role.c \
	server/process/selo-component.c \
	server/process/selo-component.h \
	server/process/selo-daemon.c \
	server/process/selo-generation.c \
	server/process/selo-generation.h \
	server/process/selo-notify.c \
	server/process/selo-notify.h \
	server/process/selo-privileges.c \
	server/process/selo-privileges.h \
	server/process/selo-role.c \
	server/process/selo-role.h \
	server/process/selo-role-main.c \
	server/process/selo-role-main.h \
	server/process/selo-session.c \
	server/process/selo-sockets.c \
	server/process/selo-sockets.h \
	server/process/selo-spawn.c \
	server/process/selo-spawn.h \
	server/process/selo-supervisor.c \
	server/process/selo-supervisor.h \
	server/process/selo-worker.c \
	server/process/selo-worker-private.h
