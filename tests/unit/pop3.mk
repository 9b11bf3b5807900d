# tests/unit/pop3/
if PLUGIN_POP3
POP3_TESTS = tests/unit/pop3/test-pop3-parse tests/unit/pop3/test-pop3-session \
	tests/unit/pop3/test-pop3-stuff tests/unit/pop3/test-pop3-uidl
check_PROGRAMS += $(POP3_TESTS)
TESTS += $(POP3_TESTS)
POP3_TEST_LIBS = plugins/pop3/libpop3.la $(SELO_TEST_LIBS)
tests_unit_pop3_test_pop3_parse_SOURCES = tests/unit/pop3/test-pop3-parse.c
tests_unit_pop3_test_pop3_parse_LDADD = $(POP3_TEST_LIBS)
tests_unit_pop3_test_pop3_session_SOURCES = tests/unit/pop3/test-pop3-session.c
tests_unit_pop3_test_pop3_session_LDADD = $(POP3_TEST_LIBS)
tests_unit_pop3_test_pop3_session_CFLAGS = $(AM_CFLAGS) $(GNUTLS_CFLAGS)
tests_unit_pop3_test_pop3_stuff_SOURCES = tests/unit/pop3/test-pop3-stuff.c
tests_unit_pop3_test_pop3_stuff_LDADD = $(POP3_TEST_LIBS)
tests_unit_pop3_test_pop3_uidl_SOURCES = tests/unit/pop3/test-pop3-uidl.c
tests_unit_pop3_test_pop3_uidl_LDADD = $(POP3_TEST_LIBS)
endif
