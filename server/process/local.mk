# server/process/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += \
	server/process/selo-channel.c \
	server/process/selo-channel.h \
	server/process/selo-channel-messages.h \
	server/process/selo-daemon.c \
	server/process/selo-role.h
