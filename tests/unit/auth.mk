# tests/unit/auth/
check_PROGRAMS += tests/unit/auth/test-auth-penalty
TESTS += tests/unit/auth/test-auth-penalty
tests_unit_auth_test_auth_penalty_SOURCES = tests/unit/auth/test-auth-penalty.c
tests_unit_auth_test_auth_penalty_LDADD = $(SELO_TEST_LIBS)
