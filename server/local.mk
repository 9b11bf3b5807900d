# server/: the two thin programs.
sbin_PROGRAMS += selod
selod_SOURCES = server/selod.c
selod_LDADD = libselo.la
bin_PROGRAMS += selo
selo_SOURCES = server/selo.c
selo_LDADD = libselo.la $(GLIB_LIBS)
