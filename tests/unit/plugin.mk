# tests/unit/plugin/
PLUGIN_TESTS = tests/unit/plugin/test-elf tests/unit/plugin/test-manifest tests/unit/plugin/test-resolver
check_PROGRAMS += $(PLUGIN_TESTS)
TESTS += $(PLUGIN_TESTS)
tests_unit_plugin_test_elf_SOURCES = tests/unit/plugin/test-elf.c
tests_unit_plugin_test_elf_LDADD = $(SELO_TEST_LIBS)
tests_unit_plugin_test_manifest_SOURCES = tests/unit/plugin/test-manifest.c
tests_unit_plugin_test_manifest_LDADD = $(SELO_TEST_LIBS)
tests_unit_plugin_test_resolver_SOURCES = tests/unit/plugin/test-resolver.c
tests_unit_plugin_test_resolver_LDADD = $(SELO_TEST_LIBS)
EXTRA_DIST += $(srcdir)/tests/unit/plugin/manifests
