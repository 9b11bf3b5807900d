# tests/unit/process/
PROCESS_TESTS = tests/unit/process/test-channel
check_PROGRAMS += $(PROCESS_TESTS)
TESTS += $(PROCESS_TESTS)
tests_unit_process_test_channel_SOURCES = tests/unit/process/test-channel.c
tests_unit_process_test_channel_LDADD = $(SELO_TEST_LIBS)
