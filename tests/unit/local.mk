# tests/unit/: GLib programs that speak TAP, one a source file, paths mirror the tree. They link the
# objects of libselo as a convenience library. No network, no root, no prepared database.
SELO_TEST_LIBS = tests/lib/libselo-test.la libselo-core.la $(GLIB_LIBS)
AM_TESTS_ENVIRONMENT = SELO_BUILD_ROOT='$(abs_top_builddir)' SELO_SOURCE_ROOT='$(abs_top_srcdir)' \
	G_DEBUG=fatal-criticals MALLOC_PERTURB_=165; \
	export SELO_BUILD_ROOT SELO_SOURCE_ROOT G_DEBUG MALLOC_PERTURB_;
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = $(PYTHON)
TEST_EXTENSIONS = .sh .py

include tests/unit/api.mk
include tests/unit/base.mk
include tests/unit/plugin.mk
include tests/unit/config.mk
include tests/unit/process.mk
include tests/unit/mail.mk
include tests/unit/mailbox.mk
include tests/unit/auth.mk
include tests/unit/admin.mk
include tests/unit/smtp.mk
include tests/unit/imap.mk
include tests/unit/pop3.mk
include tests/unit/maildir.mk
include tests/unit/memory.mk
include tests/unit/passwd-file.mk
include tests/unit/text-table.mk
include tests/unit/stamp.mk
