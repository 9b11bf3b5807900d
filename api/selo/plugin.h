/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * <selo/plugin.h>: the contract between Selo and a plugin: calls, settings, the one exported
 * symbol. The seven interfaces a plugin can provide have a header each beside this one.
 *
 * Rules that hold for every header in this folder (docs/plugins.md, ABI): records begin with
 * struct_size and have no hidden padding; they grow only at the end; handles are opaque; text is
 * UTF-8 and carries its length.
 */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* Everything declared between these two is exported from libselo. */
#define SELO_BEGIN_DECLS G_BEGIN_DECLS _Pragma("GCC visibility push(default)")
#define SELO_END_DECLS   _Pragma("GCC visibility pop") G_END_DECLS

SELO_BEGIN_DECLS

#define SELO_ABI_MAJOR 1
#define SELO_ABI_MINOR 0
#ifndef SELO_TARGET_MINOR /* lowest core minor this plugin wants to run on; newer names are hidden from it */
#define SELO_TARGET_MINOR SELO_ABI_MINOR
#endif

/* Does the maker of *p know member m? And for functions: is it filled in? */
#define SELO_HAS(p, m) \
    ((p) != NULL && (p)->struct_size >= offsetof(__typeof__(*(p)), m) + sizeof((p)->m))
#define SELO_CAN(p, m) (SELO_HAS(p, m) && (p)->m != NULL)

/**
 * SeloStatus:
 *
 * How an operation ended. Grows only at the end; an unknown value counts as %SELO_TEMPORARY.
 * Found, absent and unavailable are three different things: SELO_OK, SELO_NOT_FOUND, SELO_TEMPORARY.
 */
typedef enum {
    SELO_OK,          /* done */
    SELO_DENIED,      /* refused: wrong secret, no right */
    SELO_NOT_FOUND,   /* looked, and it is not there */
    SELO_EXISTS,      /* cannot make it: it is there already */
    SELO_OVER_QUOTA,  /* the account or mailbox is full */
    SELO_TOO_BIG,     /* larger than a limit */
    SELO_TEMPORARY,   /* could not look or act now; try again later. Never cached */
    SELO_PERMANENT,   /* will never work */
    SELO_TIMEOUT,     /* the deadline passed */
    SELO_CANCELLED,   /* whoever asked has gone */
    SELO_CRASHED,     /* the host process died */
    SELO_INVALID,     /* the request makes no sense */
    SELO_UNSUPPORTED, /* not in this plugin */
    SELO_CONFLICT     /* somebody else was first; look again */
} SeloStatus;

/* Text or octets, borrowed. Unset is { NULL, 0 }. Text is UTF-8 and s[len] is 0. */
typedef struct {
    const char *s;
    size_t len;
} SeloStr;
typedef struct {
    const SeloStr *v;
    size_t n;
} SeloStrs;
typedef struct {
    int32_t fd, reserved;
} SeloFd;
/* Microseconds since 1970, UTC; 0 = unset. */
typedef struct {
    int64_t usec;
} SeloTime;
/* A message or a part of one, CRLF line ends: octets if not NULL, else size octets of fd from
 * offset. size 0 = unset. */
typedef struct {
    const char *octets;
    uint64_t size, offset;
    SeloFd fd;
} SeloBlob;
#define SELO_STR(text) ((SeloStr){ (text), __builtin_strlen(text) })

typedef struct SeloCall SeloCall;         /* one operation in flight */
typedef struct SeloConf SeloConf;         /* immutable typed settings */
typedef struct SeloConfDiff SeloConfDiff; /* old and new settings of the plugin and its instances */
typedef struct SeloInstance SeloInstance; /* a configured instance or a core service, here or in
                                             another process */

/* ---- calls: what a plugin does with an operation it was given ---- */

/**
 * selo_call_return:
 * @call: the operation
 * @status: how it ended
 * @operator_text: (nullable): for the log; never shown to a peer
 * @reply: (nullable): the operation's reply record, borrowed during this function only
 *
 * Finishes @call, exactly once, from inside the operation or later, from any thread. The requester
 * learns of it in its own loop, never inside this function.
 */
void selo_call_return(SeloCall *call, SeloStatus status, const char *operator_text,
                      const void *reply);
/**
 * selo_call_emit:
 * @row: one row of the answer; copied, its descriptors duplicated
 *
 * On a pool thread this waits for room; %FALSE means stop. On a loop %FALSE means: produce no more
 * until the function given to selo_call_on_ready() runs (the row was taken).
 */
gboolean selo_call_emit(SeloCall *call, const void *row);
void selo_call_on_ready(SeloCall *call, void (*fn)(SeloCall *, void *), void *data);
/* Cancelled, or past the deadline: give up soon, and still return. */
gboolean selo_call_stopped(SeloCall *call);
/* @fn runs once, on the loop; at once if the call is stopped already; never after the return. */
void selo_call_on_stop(SeloCall *call, void (*fn)(SeloCall *, void *), void *data);
/* Monotonic microseconds (g_get_monotonic_time), 0 = none. */
int64_t selo_call_deadline(SeloCall *call);
/* Still busy: the deadline starts anew. %FALSE: used up (12 times). */
gboolean selo_call_progress(SeloCall *call);
/* This instance's settings for the listener, domain and user of the call. */
const SeloConf *selo_call_conf(SeloCall *call);
/* Transaction or session id, as the log and replies show it. */
const char *selo_call_id(SeloCall *call);
/* Zeroed memory that lives until the reply has been consumed. */
void *selo_call_alloc(SeloCall *call, size_t size);
SeloCall *selo_call_ref(SeloCall *call);
void selo_call_unref(SeloCall *call);

/* ---- settings; a name that is not in the manifest is a programming error and aborts ---- */

gboolean selo_conf_bool(const SeloConf *conf, const char *option);
/* int, uint, port as they are; size in octets; duration in microseconds. */
int64_t selo_conf_int(const SeloConf *conf, const char *option);
/* Every other scalar; NULL = unset. */
const char *selo_conf_str(const SeloConf *conf, const char *option);
SeloStrs selo_conf_list(const SeloConf *conf, const char *option);
/* Locked memory of the core. */
SeloStr selo_conf_secret(const SeloConf *conf, const char *option);
/* Types table, store, auth, filter, transport; NULL = unset. */
SeloInstance *selo_conf_instance(const SeloConf *conf, const char *option);
/* @instance NULL = [plugin NAME] */
gboolean selo_conf_changed(const SeloConfDiff *diff, const char *instance, const char *option);
const SeloConf *selo_conf_new(const SeloConfDiff *diff, const char *instance);

/* ---- calling others: deadline and stop of parent go down ---- */

typedef void (*SeloRowFunc)(void *data, const void *row);
typedef void (*SeloDoneFunc)(void *data, SeloStatus status, const char *operator_text,
                             const void *reply);
/* "dns/1"; NULL = not in this core or not declared in the manifest. */
SeloInstance *selo_service(const char *name);
/**
 * selo_invoke:
 * @parent: the call on whose behalf this happens
 * @op: the operation's name, as in the interface ("get")
 * @request: its request record; copied before this function returns. Octets and descriptors of its
 *   blobs stay the caller's, and must be there until @on_done
 * @on_row: (nullable): called in this loop for each row
 * @on_done: called once, in this loop, never before this function returns
 */
void selo_invoke(SeloCall *parent, SeloInstance *target, const char *op, const void *request,
                 SeloRowFunc on_row, SeloDoneFunc on_done, void *data);
/* Pool threads only: waits for the answer, or for a stop of @parent. @on_row runs on the loop meanwhile
 * and must not block. *out_reply lives as long as @parent. */
SeloStatus selo_invoke_wait(SeloCall *parent, SeloInstance *target, const char *op,
                            const void *request, SeloRowFunc on_row, void *data,
                            const void **out_reply);

/* ---- helpers ---- */

/* Pool threads only: blocking, time-outs set to the deadline; the caller closes. */
int selo_connect(SeloCall *call, const char *endpoint, GError **error);
/* Octets read, 0 = end, -1 = errno. */
int64_t selo_blob_read(const SeloBlob *blob, uint64_t offset, void *buffer, size_t size);
/* The loop of this role; never assume the default one. */
GMainContext *selo_context(void);
/* @level: G_LOG_LEVEL_ERROR (never) to G_LOG_LEVEL_DEBUG. @event: short and constant ("scan-failed"). */
void selo_log(SeloCall *call, uint32_t level, const char *event, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void selo_metric_add(const char *name, const char *labels, int64_t value);
void selo_metric_observe(const char *name, const char *labels, int64_t usec);

/* ---- the plugin ---- */

typedef struct {
    uint32_t struct_size, reserved;
    SeloStr command, caller;
    SeloStrs argv;
} SeloCommand;

/**
 * SeloPlugin:
 *
 * Order of life: open → per instance get, create → start → work → prepare/commit on live changes
 * → drain → destroy → close. The module stays mapped. open, create and check touch no file,
 * network or thread.
 */
typedef struct {
    uint32_t struct_size;
    uint16_t abi_major, abi_minor;
    const char *name; /* equals manifest and ELF note */
    /* (opt) no I/O, no threads, no fork */
    gboolean (*open)(const SeloConf *conf, void **out_state, GError **error);
    /* "filter/1", "clamav": its table, or NULL */
    const void *(*get)(void *state, const char *interface, const char *as);
    /* (opt) pure; for "selo config check" */
    gboolean (*check)(const SeloConf *conf, GError **error);
    /* (opt) may fail, changes nothing */
    gboolean (*prepare)(void *state, const SeloConfDiff *diff, void **out_ticket, GError **error);
    void (*commit)(void *state, void *ticket);      /* (opt) cannot fail */
    void (*abort)(void *state, void *ticket);       /* (opt) */
    void (*start)(void *state, SeloCall *call);     /* (opt) rights are down, sandbox is up */
    void (*drain)(void *state, SeloCall *call);     /* (opt) no new work comes; return when idle */
    /* (opt) emits SeloStr, one per line */
    void (*command)(void *state, SeloCall *call, const SeloCommand *request);
    void (*close)(void *state); /* (opt) */
} SeloPlugin;

/* Every interface table begins with this. create and destroy may both be NULL; self is then state. */
#define SELO_INSTANCE                                                                        \
    uint32_t struct_size, reserved;                                                          \
    gboolean (*create)(void *state, const char *instance, const SeloConf *conf,              \
                       void **out_self, GError **error);                                     \
    void (*destroy)(void *self)
#define SELO_OP(name, Request) void (*name)(void *self, SeloCall *call, const Request *request)

#ifndef SELO_PLUGIN_ENTRY /* a static build gives each plugin its own */
#define SELO_PLUGIN_ENTRY selo_plugin_entry
#endif

/* The ELF note: read before the module is mapped. The descriptor, 72 octets, begins at format. */
typedef struct {
    uint32_t name_size, desc_size, type;
    char owner[8];
    uint8_t format, pointer_size;
    uint16_t abi_major, abi_minor, reserved;
    char plugin[64];
} SeloNote;

/* SELO_PLUGIN_DEFINE("clamav", .get = clamav_get) makes the one exported symbol and the ELF note. */
#define SELO_PLUGIN_DEFINE(plugin_name, ...)                                                   \
    static const SeloNote selo_note_                                                           \
        __attribute__((section(".note.selo"), used, aligned(4))) = {                           \
            5, sizeof(SeloNote) - offsetof(SeloNote, format), 1, "SELO", 1, sizeof(void *),    \
            SELO_ABI_MAJOR, SELO_TARGET_MINOR, 0, plugin_name                                  \
        };                                                                                     \
    static const SeloPlugin selo_plugin_ = { .struct_size = sizeof(SeloPlugin),                \
                                             .name = plugin_name,                              \
                                             .abi_major = SELO_ABI_MAJOR,                      \
                                             .abi_minor = SELO_TARGET_MINOR,                   \
                                             __VA_ARGS__ };                                    \
    const SeloPlugin *SELO_PLUGIN_ENTRY(void) __attribute__((visibility("default")));          \
    const SeloPlugin *SELO_PLUGIN_ENTRY(void)                                                  \
    {                                                                                          \
        return &selo_plugin_;                                                                  \
    }

SELO_END_DECLS
