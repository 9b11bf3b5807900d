# tests/unit/api/, and tests/lib/: what all unit tests share.
check_LTLIBRARIES += tests/lib/libselo-test.la
tests_lib_libselo_test_la_SOURCES = tests/lib/selo-test.h tests/lib/selo-test.c

API_TESTS = tests/unit/api/test-blob tests/unit/api/test-call tests/unit/api/test-loop \
	tests/unit/api/test-record tests/unit/api/test-stream
check_PROGRAMS += $(API_TESTS)
TESTS += $(API_TESTS)
tests_unit_api_test_blob_SOURCES = tests/unit/api/test-blob.c
tests_unit_api_test_blob_LDADD = $(SELO_TEST_LIBS)
tests_unit_api_test_call_SOURCES = tests/unit/api/test-call.c
tests_unit_api_test_call_LDADD = $(SELO_TEST_LIBS)
tests_unit_api_test_loop_SOURCES = tests/unit/api/test-loop.c
tests_unit_api_test_loop_LDADD = $(SELO_TEST_LIBS)
tests_unit_api_test_record_SOURCES = tests/unit/api/test-record.c
tests_unit_api_test_record_LDADD = $(SELO_TEST_LIBS)
tests_unit_api_test_stream_SOURCES = tests/unit/api/test-stream.c
tests_unit_api_test_stream_LDADD = $(SELO_TEST_LIBS) $(GNUTLS_LIBS)
