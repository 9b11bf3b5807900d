# tests/unit/mail/
MAIL_TESTS = tests/unit/mail/test-filters tests/unit/mail/test-message-edit tests/unit/mail/test-trace
check_PROGRAMS += $(MAIL_TESTS)
TESTS += $(MAIL_TESTS)
tests_unit_mail_test_filters_SOURCES = tests/unit/mail/test-filters.c tests/unit/mail/fake-world.c \
	tests/unit/mail/fake-world.h
tests_unit_mail_test_filters_LDADD = $(SELO_TEST_LIBS)
tests_unit_mail_test_message_edit_SOURCES = tests/unit/mail/test-message-edit.c
tests_unit_mail_test_message_edit_LDADD = $(SELO_TEST_LIBS)
tests_unit_mail_test_trace_SOURCES = tests/unit/mail/test-trace.c
tests_unit_mail_test_trace_LDADD = $(SELO_TEST_LIBS)
