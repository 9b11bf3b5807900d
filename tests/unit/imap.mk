# tests/unit/imap/
if PLUGIN_IMAP
IMAP_TESTS = tests/unit/imap/test-names tests/unit/imap/test-parse
check_PROGRAMS += $(IMAP_TESTS)
TESTS += $(IMAP_TESTS)
IMAP_TEST_LIBS = plugins/imap/libimap.la $(SELO_TEST_LIBS)
tests_unit_imap_test_names_SOURCES = tests/unit/imap/test-names.c
tests_unit_imap_test_names_LDADD = $(IMAP_TEST_LIBS)
tests_unit_imap_test_parse_SOURCES = tests/unit/imap/test-parse.c
tests_unit_imap_test_parse_LDADD = $(IMAP_TEST_LIBS)
endif
