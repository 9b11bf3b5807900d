/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-session.h: one connection and the one command it reads or runs. Between commands a session is
 * this struct alone: buffers, arguments and run state belong to the command and go with it.
 */
#pragma once

#include <selo/login.h>
#include <selo/mailbox.h>
#include <selo/protocol.h>
#include <stdbool.h>

#include "plugins/imap/imap-arguments.h"
#include "plugins/imap/imap-parse.h"
#include "plugins/imap/imap-reply.h"
#include "plugins/imap/imap-response.h"

typedef struct ImapSession ImapSession;
typedef struct ImapCommand ImapCommand;

/* RFC 9051 section 3. A mask, so that a command can name all it is legal in. */
typedef enum {
    IMAP_PHASE_NEW = 1,  /* not authenticated */
    IMAP_PHASE_USER = 2, /* authenticated */
    IMAP_PHASE_SELECTED = 4,
    IMAP_PHASE_LOGOUT = 8 /* nothing is read any more */
} ImapPhase;

/* What a command waits for; a session without a command waits for a line. */
typedef enum {
    IMAP_WAIT_NONE,   /* it runs right now */
    IMAP_WAIT_INPUT,  /* literals, SASL responses, DONE */
    IMAP_WAIT_LOGIN,  /* the auth role */
    IMAP_WAIT_STORE,  /* the mailbox layer */
    IMAP_WAIT_OUTPUT, /* session_drained */
    IMAP_WAIT_TLS     /* session_secured */
} ImapWait;

/* Who gets the next octets. */
typedef enum {
    IMAP_READ_LINE,    /* the next line of a command */
    IMAP_READ_LITERAL, /* of an argument: into the parser */
    IMAP_READ_BLOB,    /* of APPEND: past the plugin */
    IMAP_READ_SKIP,    /* of a command that is refused */
    IMAP_READ_ANSWER   /* lines for the running command (SASL, IDLE) */
} ImapReading;

/* Sessions of one user in this process. */
typedef struct {
    uint32_t n_sessions;
    char name[];
} ImapUser;

struct ImapSession {
    SeloCall *root;
    SeloStream *stream;
    GHashTable *users; /* the plugin's: name → ImapUser */
    ImapUser *user;    /* NULL before login */
    SeloAccount *account;
    SeloView *view;          /* NULL unless selected */
    ImapCommand *command;    /* NULL between commands */
    struct ImapSaved *saved; /* "$"; NULL = empty */
    uint8_t phase, n_bad_commands;
    bool is_rev2 : 1;     /* ENABLE IMAP4rev2 */
    bool is_reading : 1;  /* the read loop is on the stack */
    bool is_gone : 1;     /* the peer left: end as soon as nothing is under way */
    bool is_draining : 1; /* the server wants us to end */
    bool has_said_bye : 1;
    bool is_returned : 1;      /* root is: session_free comes */
    bool asked_capability : 1; /* before login: the new list comes untagged */
};

/* The saved search result, as uids (RFC 9051 section 6.4.4.1). */
typedef struct ImapSaved {
    size_t n;
    SeloRange v[];
} ImapSaved;

enum {                    /* flags of ImapVerb */
       IMAP_VERB_UID = 1, /* has a UID form */
       IMAP_VERB_NUMBERS =
           2,              /* answers with numbers: no EXPUNGE meanwhile (RFC 9051 section 7.5.1) */
       IMAP_VERB_SYNC = 4, /* tells news before its tagged reply */
       IMAP_VERB_CHECK = 8,  /* and asks the store for it */
       IMAP_VERB_WRITES = 16 /* not in a mailbox opened by EXAMINE */
};

/* A command of the protocol; the table is in imap-verbs.c. */
typedef struct {
    const char *name, *title; /* "FETCH", "Fetch" */
    const char *rfc;
    uint32_t legal_in; /* ImapPhase mask */
    uint32_t flags;
    ImapFault (*parse)(ImapArgs *args, void **out_request); /* pure; NULL: no arguments */
    void (*run)(ImapCommand *command);
    /* (opt) Does the literal that comes now belong to a blob? @args: what came before it */
    gboolean (*takes_blob)(ImapArgs *args);
} ImapVerb;
const ImapVerb *imap_verb_find(SeloStr name);

struct ImapCommand {
    ImapSession *session;
    const ImapVerb *verb; /* NULL until it is known */
    ImapArena arena;
    ImapParser parser;
    SeloStr tag;
    void *request;                       /* what parse() made, in the arena */
    void *state;                         /* of run(), in the arena or freed by ended() */
    void (*ended)(ImapCommand *command); /* (opt) */
    void (*answered)(ImapCommand *command, SeloStr line); /* IMAP_READ_ANSWER */
    void (*drained)(ImapCommand *command);                /* IMAP_WAIT_OUTPUT */
    void (*expired)(ImapCommand *command); /* (opt) IMAP_WAIT_INPUT: the client is silent */
    SeloBlobWriter *blob;
    ImapLiteral literal; /* being read */
    SeloStr reply_code, reply_argument;
    uint16_t reply; /* ImapReplyId; of a refused command while it is skipped */
    uint8_t wait, reading;
    bool is_uid : 1, is_refused : 1;
};

/* ---- imap-session.c ---- */

ImapSession *imap_session_new(GHashTable *users, SeloCall *root, SeloStream *stream);
void imap_session_free(ImapSession *session);
/* The one way to another phase. */
void imap_session_enter(ImapSession *session, ImapPhase phase);
/* Closes the selected mailbox, if any, without expunging. */
void imap_session_unselect(ImapSession *session);
/* Sets the time a client may be silent, as its phase wants it. */
void imap_session_set_timeout(ImapSession *session);
void imap_session_expired(ImapSession *session);
void imap_session_secured(ImapSession *session, SeloStatus status);
void imap_session_notice(ImapSession *session, SeloStr text);
/* Says goodbye (unless it was said) and ends the session. */
void imap_session_end(ImapSession *session, ImapReplyId bye);
/* One session less counts for the user. */
void imap_session_forget_user(ImapSession *session);
void imap_session_save_result(ImapSession *session, SeloUids uids);
SeloUids imap_session_saved(ImapSession *session);
/* The process's one output buffer, over this session's stream: flush before returning to the loop. */
ImapOut *imap_session_out(ImapSession *session);
void imap_session_say(ImapSession *session, ImapReplyId id); /* untagged, or a continuation */

/* ---- imap-reader.c ---- */

/* Is as much output queued as a client may leave unread? Then nothing new is begun. */
gboolean imap_session_is_full(ImapSession *session);
/* Something came, or room for output did. */
void imap_session_input(ImapSession *session);
void imap_session_drained(ImapSession *session);
/* Reads and runs commands until there is nothing more to read or one has to wait. */
void imap_session_read(ImapSession *session);

/* ---- imap-command.c ---- */

ImapCommand *imap_command_new(ImapSession *session);
void imap_command_free(ImapCommand *command);
/* Parses what the reader collected, checks it against the table, and runs it. */
void imap_command_start(ImapCommand *command);
/* Replies and ends the command; news of the mailbox go first where the table allows it. */
void imap_command_finish(ImapCommand *command, ImapReplyId reply);
/* With "[CODE ...]" of its own, and with an argument of the text. Copied. */
void imap_command_finish_code(ImapCommand *command, ImapReplyId reply, SeloStr code);
void imap_command_finish_about(ImapCommand *command, ImapReplyId reply, SeloStr argument);
/* For a failed call: logs @operator_text and replies by @status. */
void imap_command_fail(ImapCommand *command, SeloStatus status, const char *operator_text);
void imap_command_fail_about(ImapCommand *command, SeloStatus status, const char *operator_text,
                             SeloStr name);
/* For SeloDoneFunc of calls that need no reply data: finishes by @status. */
void imap_command_done(void *data, SeloStatus status, const char *operator_text, const void *reply);

/* ---- imap-updates.c ---- */

/* SeloRowFunc of selo_view_sync(), data = the running command: tells one event. */
void imap_updates_tell(void *data, const void *row);
/* "* FLAGS" and "* OK [PERMANENTFLAGS ...]". */
void imap_updates_tell_flags(ImapSession *session);

/* ---- imap-capability.c ---- */

/* "IMAP4rev1 IMAP4rev2 ..." as it holds in this phase. */
void imap_capability_print(ImapSession *session, ImapOut *out);
