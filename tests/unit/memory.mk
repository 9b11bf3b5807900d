# tests/unit/memory/
if PLUGIN_MEMORY
MEMORY_TESTS = tests/unit/memory/test-memory-store
check_PROGRAMS += $(MEMORY_TESTS)
TESTS += $(MEMORY_TESTS)
tests_unit_memory_test_memory_store_SOURCES = tests/unit/memory/test-memory-store.c
tests_unit_memory_test_memory_store_LDADD = tests/lib/libselo-store-suite.la plugins/memory/libmemory.la $(SELO_TEST_LIBS)
endif
