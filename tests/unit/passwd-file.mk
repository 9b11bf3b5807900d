# tests/unit/passwd-file/
if PLUGIN_PASSWD_FILE
check_PROGRAMS += tests/unit/passwd-file/test-scheme
TESTS += tests/unit/passwd-file/test-scheme
tests_unit_passwd_file_test_scheme_SOURCES = tests/unit/passwd-file/test-scheme.c
tests_unit_passwd_file_test_scheme_LDADD = plugins/passwd-file/libpassword.la $(SELO_TEST_LIBS)
endif
