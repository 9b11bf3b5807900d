# tests/unit/passwd-file/
if PLUGIN_PASSWD_FILE
check_PROGRAMS += tests/unit/passwd-file/test-passwd-file-scheme tests/unit/passwd-file/test-passwd-file-users
TESTS += tests/unit/passwd-file/test-passwd-file-scheme tests/unit/passwd-file/test-passwd-file-users
tests_unit_passwd_file_test_passwd_file_scheme_SOURCES = tests/unit/passwd-file/test-passwd-file-scheme.c
tests_unit_passwd_file_test_passwd_file_scheme_LDADD = plugins/passwd-file/libpassword.la $(SELO_TEST_LIBS)
tests_unit_passwd_file_test_passwd_file_users_SOURCES = tests/unit/passwd-file/test-passwd-file-users.c
tests_unit_passwd_file_test_passwd_file_users_LDADD = plugins/passwd-file/libpasswd-file.la $(SELO_TEST_LIBS)
endif
