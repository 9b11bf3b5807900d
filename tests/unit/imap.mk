# tests/unit/imap/
if PLUGIN_IMAP
IMAP_TESTS = tests/unit/imap/test-fetch tests/unit/imap/test-names tests/unit/imap/test-parse tests/unit/imap/test-search
check_PROGRAMS += $(IMAP_TESTS)
TESTS += $(IMAP_TESTS)
IMAP_TEST_LIBS = plugins/imap/libimap.la $(SELO_TEST_LIBS)
tests_unit_imap_test_fetch_SOURCES = tests/unit/imap/test-fetch.c
tests_unit_imap_test_fetch_LDADD = $(IMAP_TEST_LIBS)
tests_unit_imap_test_names_SOURCES = tests/unit/imap/test-names.c
tests_unit_imap_test_names_LDADD = $(IMAP_TEST_LIBS)
tests_unit_imap_test_parse_SOURCES = tests/unit/imap/test-parse.c
tests_unit_imap_test_parse_LDADD = $(IMAP_TEST_LIBS)
tests_unit_imap_test_search_SOURCES = tests/unit/imap/test-search.c
tests_unit_imap_test_search_LDADD = $(IMAP_TEST_LIBS)
endif
