# tests/compat/: plugins built elsewhere. out-of-tree/check.sh needs an installed Selo: ./setup check runs it.
EXTRA_DIST += tests/compat/out-of-tree/check.sh tests/compat/out-of-tree/configure.ac \
	tests/compat/out-of-tree/Makefile.am tests/compat/out-of-tree/hello-plugin.c tests/compat/out-of-tree/hello.xml
aclocaldir = $(datadir)/aclocal
dist_aclocal_DATA = m4/selo.m4
