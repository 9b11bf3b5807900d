# server/base/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += server/base/selo-event.h server/base/selo-event.c server/base/selo-paths.h server/base/selo-paths.c
# The configure directories, for selo-paths.c.
libselo_core_la_CPPFLAGS = $(AM_CPPFLAGS) -DSELO_SYSCONFDIR=\"$(sysconfdir)\" -DSELO_DATADIR=\"$(datadir)\" \
	-DSELO_LIBDIR=\"$(libdir)\" -DSELO_LOCALSTATEDIR=\"$(localstatedir)\" -DSELO_RUNSTATEDIR=\"$(runstatedir)\"
