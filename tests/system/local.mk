# tests/system/: the whole server, real clients, real peers. A case whose client is not installed is
# skipped; ./setup check installs them all.
SYSTEM_TESTS = \
	tests/system/test-clients-smtp.py \
	tests/system/test-clients-imap.py \
	tests/system/test-imap.py \
	tests/system/test-clients-pop3.py \
	tests/system/test-replies.py \
	tests/system/test-hostile.py \
	tests/system/test-process.py \
	tests/system/test-reload.py \
	tests/system/test-faults.py \
	tests/system/test-dovecot.py \
	tests/system/test-config.py
TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS) tests/lib/selo_site.py tests/system/valgrind.sh tests/system/valgrind.supp
