# tests/unit/plugin/
PLUGIN_TESTS = tests/unit/plugin/test-elf tests/unit/plugin/test-manifest tests/unit/plugin/test-registry \
	tests/unit/plugin/test-resolver
check_PROGRAMS += $(PLUGIN_TESTS)
TESTS += $(PLUGIN_TESTS)
tests_unit_plugin_test_elf_SOURCES = tests/unit/plugin/test-elf.c
tests_unit_plugin_test_elf_LDADD = $(SELO_TEST_LIBS)
tests_unit_plugin_test_manifest_SOURCES = tests/unit/plugin/test-manifest.c
tests_unit_plugin_test_manifest_LDADD = $(SELO_TEST_LIBS)
tests_unit_plugin_test_registry_SOURCES = tests/unit/plugin/test-registry.c
tests_unit_plugin_test_registry_LDADD = $(SELO_TEST_LIBS)
EXTRA_tests_unit_plugin_test_registry_DEPENDENCIES = tests/unit/plugin/sample/sample.la
tests_unit_plugin_test_resolver_SOURCES = tests/unit/plugin/test-resolver.c
tests_unit_plugin_test_resolver_LDADD = $(SELO_TEST_LIBS)

# A module for test-registry; -rpath makes libtool build it shared, it is never installed.
check_LTLIBRARIES += tests/unit/plugin/sample/sample.la
tests_unit_plugin_sample_sample_la_SOURCES = tests/unit/plugin/sample/sample-plugin.c
tests_unit_plugin_sample_sample_la_LIBADD = $(GLIB_LIBS)
tests_unit_plugin_sample_sample_la_LDFLAGS = $(SELO_MODULE_LINK) -rpath /nowhere
EXTRA_DIST += $(srcdir)/tests/unit/plugin/manifests $(srcdir)/tests/unit/plugin/sample/sample.xml
