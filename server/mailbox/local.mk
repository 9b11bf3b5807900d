# server/mailbox/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += 
