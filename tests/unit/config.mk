# tests/unit/config/
CONFIG_TESTS = tests/unit/config/test-config-file \
	tests/unit/config/test-option tests/unit/config/test-snapshot
if PLUGIN_STAMP
CONFIG_TESTS += tests/unit/config/test-commands
endif
check_PROGRAMS += $(CONFIG_TESTS)
TESTS += $(CONFIG_TESTS)
tests_unit_config_test_commands_SOURCES = tests/unit/config/test-commands.c
tests_unit_config_test_commands_LDADD = $(SELO_TEST_LIBS)
tests_unit_config_test_config_file_SOURCES = tests/unit/config/test-config-file.c
tests_unit_config_test_config_file_LDADD = $(SELO_TEST_LIBS)
tests_unit_config_test_option_SOURCES = tests/unit/config/test-option.c
tests_unit_config_test_option_LDADD = $(SELO_TEST_LIBS)
tests_unit_config_test_snapshot_SOURCES = tests/unit/config/test-snapshot.c
tests_unit_config_test_snapshot_LDADD = $(SELO_TEST_LIBS)
EXTRA_DIST += $(srcdir)/tests/unit/config/manifests
