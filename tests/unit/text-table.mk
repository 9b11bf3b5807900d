# tests/unit/text-table/
if PLUGIN_TEXT_TABLE
check_PROGRAMS += tests/unit/text-table/test-text-table-parse
TESTS += tests/unit/text-table/test-text-table-parse
tests_unit_text_table_test_text_table_parse_SOURCES = tests/unit/text-table/test-text-table-parse.c
tests_unit_text_table_test_text_table_parse_LDADD = plugins/text-table/libtext-table.la $(SELO_TEST_LIBS)
endif
