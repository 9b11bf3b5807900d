# tests/unit/mail/
check_PROGRAMS += tests/unit/mail/test-message-edit tests/unit/mail/test-trace
TESTS += tests/unit/mail/test-message-edit tests/unit/mail/test-trace
tests_unit_mail_test_message_edit_SOURCES = tests/unit/mail/test-message-edit.c
tests_unit_mail_test_message_edit_LDADD = $(SELO_TEST_LIBS)
tests_unit_mail_test_trace_SOURCES = tests/unit/mail/test-trace.c
tests_unit_mail_test_trace_LDADD = $(SELO_TEST_LIBS)
