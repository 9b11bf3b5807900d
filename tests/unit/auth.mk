# tests/unit/auth/
AUTH_TESTS = tests/unit/auth/test-auth-link tests/unit/auth/test-auth-penalty tests/unit/auth/test-login
check_PROGRAMS += $(AUTH_TESTS)
TESTS += $(AUTH_TESTS)
AUTH_FAKE_WORLD = tests/unit/auth/fake-world.c tests/unit/auth/fake-world.h
tests_unit_auth_test_auth_link_SOURCES = tests/unit/auth/test-auth-link.c $(AUTH_FAKE_WORLD)
tests_unit_auth_test_auth_link_LDADD = $(SELO_TEST_LIBS)
tests_unit_auth_test_auth_penalty_SOURCES = tests/unit/auth/test-auth-penalty.c
tests_unit_auth_test_auth_penalty_LDADD = $(SELO_TEST_LIBS)
tests_unit_auth_test_login_SOURCES = tests/unit/auth/test-login.c $(AUTH_FAKE_WORLD)
tests_unit_auth_test_login_LDADD = $(SELO_TEST_LIBS)
