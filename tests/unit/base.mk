# tests/unit/base/
BASE_TESTS = tests/unit/base/test-event tests/unit/base/test-paths
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)
tests_unit_base_test_event_SOURCES = tests/unit/base/test-event.c
tests_unit_base_test_event_LDADD = $(SELO_TEST_LIBS)
tests_unit_base_test_paths_SOURCES = tests/unit/base/test-paths.c
tests_unit_base_test_paths_LDADD = $(SELO_TEST_LIBS)
