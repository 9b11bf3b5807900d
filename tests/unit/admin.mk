# tests/unit/admin/
ADMIN_TESTS = tests/unit/admin/test-admin
check_PROGRAMS += $(ADMIN_TESTS)
TESTS += $(ADMIN_TESTS)
tests_unit_admin_test_admin_SOURCES = tests/unit/admin/test-admin.c
tests_unit_admin_test_admin_LDADD = $(SELO_TEST_LIBS)
