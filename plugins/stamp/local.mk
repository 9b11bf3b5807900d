# plugins/stamp/: see its README.md.
EXTRA_DIST += plugins/stamp/README.md plugins/stamp/stamp.xml plugins/stamp/stamp-plugin.c
