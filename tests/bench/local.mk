# tests/bench/: Selo beside Dovecot and Postfix in one run: `make bench`, as root. Nothing here is part of
# make check: timings are never asserted.
EXTRA_PROGRAMS = tests/bench/mailbench
tests_bench_mailbench_SOURCES = tests/bench/mailbench.c
tests_bench_mailbench_CFLAGS = -O2 -w $(GNUTLS_CFLAGS)
tests_bench_mailbench_LDADD = $(GNUTLS_LIBS) -lpthread
EXTRA_DIST += tests/bench/run.py tests/bench/idle_mem.py tests/bench/proccpu.py tests/bench/peers/start.sh \
	tests/bench/peers/stop.sh tests/bench/peers/fsyncs.sh tests/bench/peers/cold-dovecot.sh tests/bench/peers/postfix-queue.sh \
	tests/bench/peers/dovecot23.conf.in tests/bench/peers/postfix-main.cf.in tests/bench/peers/postfix-master.cf.in
CLEANFILES += tests/bench/mailbench
bench: all tests/bench/mailbench
	SELO_BUILD_ROOT='$(abs_top_builddir)' SELO_SOURCE_ROOT='$(abs_top_srcdir)' $(PYTHON) $(srcdir)/tests/bench/run.py $(BENCH_FLAGS)
.PHONY: bench
