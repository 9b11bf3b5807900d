/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-passwd-edit.c: one user's line is changed, and nothing else in the file.
 */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "server/admin/selo-passwd-edit.h"
#include "tests/lib/selo-test.h"

#define BEFORE                                           \
    "# who may log in\n"                                 \
    "Ann:{PLAIN}old:5000:5000::/home/ann::nologin x=y\n" \
    "\n"                                                 \
    ":skipped\n"                                         \
    "bob:{PLAIN}b\n"                                     \
    "bare\n"                                             \
    "bobby:{PLAIN}c"

typedef struct {
    const char *name, *user;
    const char *password; /* NULL: removed */
    const char *want;
} EditCase;

static const EditCase cases[] = {
    { "change", "ann", "new",
      "# who may log in\nann:new:5000:5000::/home/ann::nologin x=y\n\n:skipped\nbob:{PLAIN}b\n"
      "bare\nbobby:{PLAIN}c\n" },
    { "change-short", "bob", "new",
      "# who may log in\nAnn:{PLAIN}old:5000:5000::/home/ann::nologin x=y\n\n:skipped\nbob:new\n"
      "bare\nbobby:{PLAIN}c\n" },
    { "change-bare", "bare", "new",
      "# who may log in\nAnn:{PLAIN}old:5000:5000::/home/ann::nologin x=y\n\n:skipped\n"
      "bob:{PLAIN}b\nbare:new\nbobby:{PLAIN}c\n" },
    { "add", "cid@example.org", "new",
      "# who may log in\nAnn:{PLAIN}old:5000:5000::/home/ann::nologin x=y\n\n:skipped\n"
      "bob:{PLAIN}b\nbare\nbobby:{PLAIN}c\ncid@example.org:new\n" },
    { "remove", "bob", NULL,
      "# who may log in\nAnn:{PLAIN}old:5000:5000::/home/ann::nologin x=y\n\n:skipped\nbare\n"
      "bobby:{PLAIN}c\n" },
};

static void
test_edit(gconstpointer data)
{
    const EditCase *c = data;
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    g_autofree char *path = g_build_filename(dir, "users", NULL), *got = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(SeloPasswdEdit) edit = NULL;
    struct stat facts;

    g_assert_true(g_file_set_contents(path, BEFORE, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0640), ==, 0);
    edit = selo_passwd_edit_open(path, FALSE, &error);
    g_assert_no_error(error);
    if (c->password != NULL)
        selo_passwd_edit_set(edit, c->user, c->password);
    else
        selo_passwd_edit_remove(edit, c->user);
    g_assert_true(selo_passwd_edit_save(edit, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &got, NULL, NULL));
    g_assert_cmpstr(got, ==, c->want);
    g_assert_cmpint(g_stat(path, &facts), ==, 0);
    g_assert_cmpint(facts.st_mode & 07777, ==, 0640);
}

static void
test_names(void)
{
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    g_autofree char *path = g_build_filename(dir, "users", NULL);
    g_autoptr(SeloPasswdEdit) edit = NULL;
    g_autoptr(GPtrArray) names = NULL;

    g_assert_true(g_file_set_contents(path, BEFORE, -1, NULL));
    edit = selo_passwd_edit_open(path, FALSE, NULL);
    names = selo_passwd_edit_names(edit);
    g_assert_cmpuint(names->len, ==, 4);
    g_assert_cmpstr(names->pdata[0], ==, "Ann");
    g_assert_cmpstr(names->pdata[3], ==, "bobby");
    g_assert_true(selo_passwd_edit_has(edit, "ANN"));
    g_assert_false(selo_passwd_edit_has(edit, "an"));
    g_assert_false(selo_passwd_edit_has(edit, "skipped"));
}

static void
test_missing(void)
{
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    g_autofree char *path = g_build_filename(dir, "users", NULL), *got = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(SeloPasswdEdit) edit = NULL;

    g_assert_null(selo_passwd_edit_open(path, FALSE, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    edit = selo_passwd_edit_open(path, TRUE, NULL);
    selo_passwd_edit_set(edit, "ann", "new");
    g_assert_true(selo_passwd_edit_save(edit, NULL));
    g_assert_true(g_file_get_contents(path, &got, NULL, NULL));
    g_assert_cmpstr(got, ==, "ann:new\n");
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/admin/passwd-edit/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_edit);
    }
    g_test_add_func("/admin/passwd-edit/names", test_names);
    g_test_add_func("/admin/passwd-edit/missing", test_missing);
    return g_test_run();
}
