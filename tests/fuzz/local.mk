# tests/fuzz/: one fuzz-PARSER.c a parser, found by name; its corpus is corpus/PARSER/, its dictionary
# fuzz-PARSER.dict. make check replays every corpus; `make fuzz` in a tree configured with
# CC=clang --enable-fuzzers searches for FUZZ_SECONDS each.
FUZZ_NAMES = $(patsubst $(srcdir)/tests/fuzz/fuzz-%.c,%,$(wildcard $(srcdir)/tests/fuzz/fuzz-*.c))
FUZZ_BINARIES = $(FUZZ_NAMES:%=tests/fuzz/fuzz-%)
FUZZ_LIBS = $(filter-out libselo-core.la,$(noinst_LTLIBRARIES)) libselo-core.la
FUZZ_SECONDS = 60
if FUZZERS
FUZZ_ENGINE = -fsanitize=fuzzer
FUZZ_MAIN =
else
FUZZ_ENGINE =
FUZZ_MAIN = $(srcdir)/tests/fuzz/replay-main.c
endif

tests/fuzz/fuzz-%: tests/fuzz/fuzz-%.c $(FUZZ_LIBS) $(FUZZ_MAIN)
	$(AM_V_CCLD)$(MKDIR_P) tests/fuzz && $(LIBTOOL) $(AM_V_lt) --tag=CC --mode=link $(CC) $(DEFS) $(DEFAULT_INCLUDES) \
	  $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(GNUTLS_CFLAGS) $(XML_CFLAGS) $(CFLAGS) $(AM_LDFLAGS) $(FUZZ_ENGINE) -o $@ $< \
	  $(FUZZ_MAIN) $(FUZZ_LIBS) $(GLIB_LIBS) $(GNUTLS_LIBS) $(XML_LIBS) $(PASSWD_FILE_LIBS)

TESTS += tests/fuzz/replay.sh
tests/fuzz/replay.log: $(FUZZ_BINARIES)
fuzz: all $(FUZZ_BINARIES)
	SELO_SOURCE_ROOT='$(abs_top_srcdir)' FUZZ_SECONDS='$(FUZZ_SECONDS)' $(SHELL) $(srcdir)/tests/fuzz/search.sh $(FUZZ_NAMES)
.PHONY: fuzz
EXTRA_DIST += tests/fuzz/replay.sh tests/fuzz/replay-main.c tests/fuzz/search.sh $(wildcard $(srcdir)/tests/fuzz/fuzz-*.*) \
	$(srcdir)/tests/fuzz/corpus
clean-local:
	rm -f $(FUZZ_BINARIES)
