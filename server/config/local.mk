# server/config/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += \
	server/config/selo-compiler.h server/config/selo-compiler.c \
	server/config/selo-conf-private.h server/config/selo-conf.c server/config/selo-conf-diff.c \
	server/config/selo-secret.c \
	server/config/selo-config-file.h server/config/selo-config-file.c \
	server/config/selo-fault.h server/config/selo-fault.c \
	server/config/selo-memory-file.h server/config/selo-memory-file.c \
	server/config/selo-option.h server/config/selo-option.c server/config/selo-type.c \
	server/config/selo-site.h server/config/selo-site.c server/config/selo-site-check.c \
	server/config/selo-snapshot-format.h server/config/selo-snapshot.h server/config/selo-snapshot.c
