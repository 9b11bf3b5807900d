# tests/unit/process/
PROCESS_TESTS = \
	tests/unit/process/test-address-count \
	tests/unit/process/test-backoff \
	tests/unit/process/test-channel \
	tests/unit/process/test-messages \
	tests/unit/process/test-sockets
check_PROGRAMS += $(PROCESS_TESTS)
TESTS += $(PROCESS_TESTS)
tests_unit_process_test_address_count_SOURCES = tests/unit/process/test-address-count.c
tests_unit_process_test_address_count_LDADD = $(SELO_TEST_LIBS)
tests_unit_process_test_address_count_CFLAGS = $(AM_CFLAGS) $(GNUTLS_CFLAGS)
tests_unit_process_test_backoff_SOURCES = tests/unit/process/test-backoff.c
tests_unit_process_test_backoff_LDADD = $(SELO_TEST_LIBS)
tests_unit_process_test_channel_SOURCES = tests/unit/process/test-channel.c
tests_unit_process_test_channel_LDADD = $(SELO_TEST_LIBS)
tests_unit_process_test_messages_SOURCES = tests/unit/process/test-messages.c
tests_unit_process_test_messages_LDADD = $(SELO_TEST_LIBS)
tests_unit_process_test_messages_CFLAGS = $(AM_CFLAGS) $(GNUTLS_CFLAGS)
tests_unit_process_test_sockets_SOURCES = tests/unit/process/test-sockets.c
tests_unit_process_test_sockets_LDADD = $(SELO_TEST_LIBS)
