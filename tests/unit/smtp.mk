# tests/unit/smtp/
if PLUGIN_SMTP
SMTP_TESTS = tests/unit/smtp/test-bare tests/unit/smtp/test-parse tests/unit/smtp/test-rate \
	tests/unit/smtp/test-reply tests/unit/smtp/test-session
check_PROGRAMS += $(SMTP_TESTS)
TESTS += $(SMTP_TESTS)
SMTP_TEST_LIBS = plugins/smtp/libsmtp.la $(SELO_TEST_LIBS)
tests_unit_smtp_test_bare_SOURCES = tests/unit/smtp/test-bare.c
tests_unit_smtp_test_bare_LDADD = $(SMTP_TEST_LIBS)
tests_unit_smtp_test_parse_SOURCES = tests/unit/smtp/test-parse.c
tests_unit_smtp_test_parse_LDADD = $(SMTP_TEST_LIBS)
tests_unit_smtp_test_rate_SOURCES = tests/unit/smtp/test-rate.c
tests_unit_smtp_test_rate_LDADD = $(SMTP_TEST_LIBS)
tests_unit_smtp_test_reply_SOURCES = tests/unit/smtp/test-reply.c
tests_unit_smtp_test_reply_LDADD = $(SMTP_TEST_LIBS)
tests_unit_smtp_test_session_SOURCES = tests/unit/smtp/test-session.c tests/unit/smtp/fake-world.c tests/unit/smtp/fake-world.h
tests_unit_smtp_test_session_LDADD = $(SMTP_TEST_LIBS)
endif
