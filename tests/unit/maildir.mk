# tests/unit/maildir/, and the conformance suite of store/1.
check_LTLIBRARIES += tests/lib/libselo-store-suite.la
tests_lib_libselo_store_suite_la_SOURCES = \
	tests/lib/selo-store-boxes.c \
	tests/lib/selo-store-cases.h \
	tests/lib/selo-store-changes.c \
	tests/lib/selo-store-fixture.c \
	tests/lib/selo-store-messages.c \
	tests/lib/selo-store-suite.c tests/lib/selo-store-suite.h
if PLUGIN_MAILDIR
MAILDIR_TEST_LIBS = tests/lib/libselo-store-suite.la plugins/maildir/libmaildir.la $(SELO_TEST_LIBS)
MAILDIR_TESTS = \
	tests/unit/maildir/test-maildir-beside \
	tests/unit/maildir/test-maildir-dovecot \
	tests/unit/maildir/test-maildir-files \
	tests/unit/maildir/test-mutf7 \
	tests/unit/maildir/test-maildir-name \
	tests/unit/maildir/test-maildir-store \
	tests/unit/maildir/test-maildir-uidlist
check_PROGRAMS += $(MAILDIR_TESTS)
TESTS += $(MAILDIR_TESTS)
tests_unit_maildir_test_maildir_beside_SOURCES = tests/unit/maildir/test-maildir-beside.c
tests_unit_maildir_test_maildir_beside_LDADD = $(MAILDIR_TEST_LIBS)
tests_unit_maildir_test_maildir_dovecot_SOURCES = tests/unit/maildir/test-maildir-dovecot.c
tests_unit_maildir_test_maildir_dovecot_LDADD = $(MAILDIR_TEST_LIBS)
tests_unit_maildir_test_maildir_files_SOURCES = tests/unit/maildir/test-maildir-files.c
tests_unit_maildir_test_maildir_files_LDADD = $(MAILDIR_TEST_LIBS)
tests_unit_maildir_test_mutf7_SOURCES = tests/unit/maildir/test-mutf7.c
tests_unit_maildir_test_mutf7_LDADD = $(MAILDIR_TEST_LIBS)
tests_unit_maildir_test_maildir_name_SOURCES = tests/unit/maildir/test-maildir-name.c
tests_unit_maildir_test_maildir_name_LDADD = $(MAILDIR_TEST_LIBS)
tests_unit_maildir_test_maildir_store_SOURCES = tests/unit/maildir/test-maildir-store.c
tests_unit_maildir_test_maildir_store_LDADD = $(MAILDIR_TEST_LIBS)
tests_unit_maildir_test_maildir_uidlist_SOURCES = tests/unit/maildir/test-maildir-uidlist.c
tests_unit_maildir_test_maildir_uidlist_LDADD = $(MAILDIR_TEST_LIBS)
endif
