/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-watch.c: box_watch: one inotify descriptor an instance, one GSource over it on the role's
 * loop. The operation itself only registers and leaves its pool thread; rows are emitted from the
 * loop, and the call is returned when it is stopped. A thread for each watch would cost a pool
 * thread for hours.
 *
 * What happens within a short while is told once: a row only says "look".
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "plugins/maildir/maildir-store.h"

#define COALESCE_USEC 20000
#define EVENTS        (IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)

typedef struct {
    GSource base;
    MaildirWatcher *watcher;
} WatcherSource;

/* One call. */
typedef struct {
    MaildirWatcher *watcher;
    SeloCall *call;
    char *name;         /* of the mailbox */
    int directories[2]; /* inotify's descriptors of new/ and cur/ */
    gboolean is_changed;
} Watch;

struct MaildirWatcher {
    GMutex lock;
    int fd;
    GSource *source;
    GPtrArray *watches;
    GHashTable *counts; /* inotify descriptor → number of watches */
};

MaildirWatcher *
maildir_watcher_new(void)
{
    MaildirWatcher *watcher = g_new0(MaildirWatcher, 1);

    g_mutex_init(&watcher->lock);
    watcher->fd = -1;
    watcher->watches = g_ptr_array_new();
    watcher->counts = g_hash_table_new(NULL, NULL);
    return watcher;
}

static void
free_watch(Watch *watch)
{
    selo_call_unref(watch->call);
    g_free(watch->name);
    g_free(watch);
}

void
maildir_watcher_free(MaildirWatcher *watcher)
{
    if (watcher->source != NULL) {
        g_source_destroy(watcher->source);
        g_source_unref(watcher->source);
    }
    for (guint i = 0; i < watcher->watches->len; i++) {
        Watch *watch = g_ptr_array_index(watcher->watches, i);

        selo_call_return(watch->call, SELO_CANCELLED, NULL, NULL);
        free_watch(watch);
    }
    if (watcher->fd >= 0)
        close(watcher->fd);
    g_ptr_array_unref(watcher->watches);
    g_hash_table_unref(watcher->counts);
    g_mutex_clear(&watcher->lock);
    g_free(watcher);
}

/* ---- on the loop ---- */

/* Marks who waits for the directories that changed. Lock held. */
static void
mark_changed(MaildirWatcher *watcher, int descriptor)
{
    for (guint i = 0; i < watcher->watches->len; i++) {
        Watch *watch = g_ptr_array_index(watcher->watches, i);

        if (descriptor == -1 || watch->directories[0] == descriptor
            || watch->directories[1] == descriptor)
            watch->is_changed = TRUE;
    }
}

/* TRUE: something came. Lock held. */
static gboolean
read_events(MaildirWatcher *watcher)
{
    char events[16384] __attribute__((aligned(8)));
    int last = 0;
    ssize_t got;
    gboolean is_any = FALSE;

    while ((got = read(watcher->fd, events, sizeof events)) > 0) {
        for (char *at = events; at < events + got;) {
            const struct inotify_event *event = (const void *) at;

            if (!(event->mask & IN_IGNORED) && event->wd != last)
                mark_changed(watcher, event->wd); /* -1: the queue overflowed, all look */
            last = event->wd;
            is_any = is_any || !(event->mask & IN_IGNORED);
            at += sizeof *event + event->len;
        }
    }
    return is_any;
}

/* Calls whose mailbox changed, with a reference each: emitting needs no lock. */
static GPtrArray *
take_changed(MaildirWatcher *watcher)
{
    GPtrArray *changed = g_ptr_array_new();

    for (guint i = 0; i < watcher->watches->len; i++) {
        Watch *watch = g_ptr_array_index(watcher->watches, i);

        if (!watch->is_changed)
            continue;
        watch->is_changed = FALSE;
        g_ptr_array_add(changed, selo_call_ref(watch->call));
        g_ptr_array_add(changed, g_strdup(watch->name));
    }
    return changed;
}

static gboolean
dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    MaildirWatcher *watcher = ((WatcherSource *) source)->watcher;
    g_autoptr(GPtrArray) changed = NULL;
    int64_t due;

    g_mutex_lock(&watcher->lock);
    due = g_source_get_ready_time(source);
    if (read_events(watcher) && due < 0)
        g_source_set_ready_time(source, g_get_monotonic_time() + COALESCE_USEC);
    if (due >= 0 && due <= g_source_get_time(source)) {
        g_source_set_ready_time(source, -1);
        changed = take_changed(watcher);
    }
    g_mutex_unlock(&watcher->lock);
    for (guint i = 0; changed != NULL && i < changed->len; i += 2) {
        SeloCall *call = g_ptr_array_index(changed, i);
        char *name = g_ptr_array_index(changed, i + 1);
        SeloBoxInfo row = { .struct_size = sizeof row, .name = SELO_STR(name) };

        selo_call_emit(call, &row); /* no room: a row that waits already says the same */
        selo_call_unref(call);
        g_free(name);
    }
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_functions = { .dispatch = dispatch };

/* ---- registering ---- */

/* Lock held. */
static gboolean
begin(MaildirWatcher *watcher)
{
    if (watcher->fd >= 0)
        return TRUE;
    watcher->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watcher->fd < 0)
        return FALSE;
    watcher->source = g_source_new(&source_functions, sizeof(WatcherSource));
    ((WatcherSource *) watcher->source)->watcher = watcher;
    g_source_set_static_name(watcher->source, "maildir-watch");
    g_source_add_unix_fd(watcher->source, watcher->fd, G_IO_IN);
    g_source_attach(watcher->source, selo_context());
    return TRUE;
}

static void
count(MaildirWatcher *watcher, int descriptor, int change)
{
    gpointer key = GINT_TO_POINTER(descriptor);
    int n = GPOINTER_TO_INT(g_hash_table_lookup(watcher->counts, key)) + change;

    if (n > 0) {
        g_hash_table_insert(watcher->counts, key, GINT_TO_POINTER(n));
        return;
    }
    g_hash_table_remove(watcher->counts, key);
    inotify_rm_watch(watcher->fd, descriptor);
}

static gboolean
add_directories(MaildirWatcher *watcher, Watch *watch, const char *path)
{
    static const char *const names[] = { "new", "cur" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *directory = g_build_filename(path, names[i], NULL);

        watch->directories[i] = inotify_add_watch(watcher->fd, directory, EVENTS | IN_ONLYDIR);
        if (watch->directories[i] < 0) {
            int saved_errno = errno;

            if (i > 0)
                count(watcher, watch->directories[0], -1);
            errno = saved_errno;
            return FALSE;
        }
        count(watcher, watch->directories[i], 1);
    }
    return TRUE;
}

/* Takes the call out; FALSE: somebody did so before. */
static gboolean
remove_watch(Watch *watch)
{
    MaildirWatcher *watcher = watch->watcher;
    gboolean is_removed;

    g_mutex_lock(&watcher->lock);
    is_removed = g_ptr_array_remove_fast(watcher->watches, watch);
    for (size_t i = 0; is_removed && i < G_N_ELEMENTS(watch->directories); i++)
        count(watcher, watch->directories[i], -1);
    g_mutex_unlock(&watcher->lock);
    return is_removed;
}

static void
watch_stopped(SeloCall *call, void *data)
{
    Watch *watch = data;

    if (!remove_watch(watch))
        return;
    selo_call_return(call, SELO_CANCELLED, NULL, NULL);
    free_watch(watch);
}

void
maildir_box_watch(void *self, SeloCall *call, const SeloBoxRequest *request)
{
    MaildirStore *store = self;
    MaildirHandle *handle = request->box;
    MaildirWatcher *watcher = store->watcher;
    g_autofree char *path = NULL;
    Watch *watch;
    gboolean is_added;
    int saved_errno;

    if (handle == NULL) {
        selo_call_return(call, SELO_UNSUPPORTED, "this store watches mailboxes, not accounts",
                         NULL);
        return;
    }
    watch = g_new0(Watch, 1);
    watch->watcher = watcher;
    watch->call = selo_call_ref(call);
    g_mutex_lock(&handle->box->account->lock);
    watch->name = g_strdup(handle->box->name);
    path = g_strdup(handle->box->path);
    g_mutex_unlock(&handle->box->account->lock);

    g_mutex_lock(&watcher->lock);
    is_added = begin(watcher) && add_directories(watcher, watch, path);
    saved_errno = errno;
    if (is_added)
        g_ptr_array_add(watcher->watches, watch);
    g_mutex_unlock(&watcher->lock);
    if (!is_added) {
        g_autofree char *text = g_strdup_printf("%s: cannot watch: %s", path,
                                                g_strerror(saved_errno));

        free_watch(watch);
        selo_call_return(call, SELO_TEMPORARY, text, NULL);
        return;
    }
    selo_call_on_stop(call, watch_stopped, watch);
}
