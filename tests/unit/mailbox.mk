# tests/unit/api/ (messages) and tests/unit/mailbox/.
MAILBOX_TESTS = tests/unit/api/test-address tests/unit/api/test-date tests/unit/api/test-header \
	tests/unit/api/test-message tests/unit/mailbox/test-search tests/unit/mailbox/test-view
check_PROGRAMS += $(MAILBOX_TESTS)
TESTS += $(MAILBOX_TESTS)
tests_unit_api_test_address_SOURCES = tests/unit/api/test-address.c
tests_unit_api_test_address_LDADD = $(SELO_TEST_LIBS)
tests_unit_api_test_date_SOURCES = tests/unit/api/test-date.c
tests_unit_api_test_date_LDADD = $(SELO_TEST_LIBS)
tests_unit_api_test_header_SOURCES = tests/unit/api/test-header.c
tests_unit_api_test_header_LDADD = $(SELO_TEST_LIBS)
tests_unit_api_test_message_SOURCES = tests/unit/api/test-message.c
tests_unit_api_test_message_LDADD = $(SELO_TEST_LIBS)
MAILBOX_FAKES = tests/unit/mailbox/fake-session.c tests/unit/mailbox/fake-session.h \
	tests/unit/mailbox/fake-store.c tests/unit/mailbox/fake-store.h
tests_unit_mailbox_test_search_SOURCES = tests/unit/mailbox/test-search.c $(MAILBOX_FAKES)
tests_unit_mailbox_test_search_LDADD = $(SELO_TEST_LIBS)
tests_unit_mailbox_test_view_SOURCES = tests/unit/mailbox/test-view.c $(MAILBOX_FAKES)
tests_unit_mailbox_test_view_LDADD = $(SELO_TEST_LIBS)
