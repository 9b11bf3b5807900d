# tests/unit/admin/
ADMIN_TESTS = tests/unit/admin/test-admin tests/unit/admin/test-passwd-edit
check_PROGRAMS += $(ADMIN_TESTS)
TESTS += $(ADMIN_TESTS)
tests_unit_admin_test_admin_SOURCES = tests/unit/admin/test-admin.c
tests_unit_admin_test_admin_LDADD = $(SELO_TEST_LIBS)
tests_unit_admin_test_passwd_edit_SOURCES = tests/unit/admin/test-passwd-edit.c
tests_unit_admin_test_passwd_edit_LDADD = $(SELO_TEST_LIBS)
