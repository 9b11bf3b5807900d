# server/mailbox/: what IMAP, POP3, JMAP and Sieve share above a store.
libselo_core_la_SOURCES += \
	server/mailbox/selo-account-private.h \
	server/mailbox/selo-account.c \
	server/mailbox/selo-change.c \
	server/mailbox/selo-columns.c \
	server/mailbox/selo-fetch-private.h \
	server/mailbox/selo-fetch.c \
	server/mailbox/selo-home.c \
	server/mailbox/selo-home.h \
	server/mailbox/selo-job.c \
	server/mailbox/selo-mailbox.c \
	server/mailbox/selo-mailbox.h \
	server/mailbox/selo-query.c \
	server/mailbox/selo-query.h \
	server/mailbox/selo-search.c \
	server/mailbox/selo-task.c \
	server/mailbox/selo-task.h \
	server/mailbox/selo-tree.c \
	server/mailbox/selo-view-private.h \
	server/mailbox/selo-view-sync.c \
	server/mailbox/selo-view.c
