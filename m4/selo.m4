# selo.m4: for plugins outside the tree. serial 1
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# SELO_PLUGIN_INIT([MINIMUM-VERSION]): headers, library, tool, install directories, flags for modules.
AC_DEFUN([SELO_PLUGIN_INIT], [
  PKG_CHECK_MODULES([SELO], [selo-1 m4_ifval([$1], [>= $1])])
  PKG_CHECK_VAR([SELO_TOOL], [selo-1], [selo])
  AC_ARG_WITH([selo-plugindir], [AS_HELP_STRING([--with-selo-plugindir=DIR], [modules @<:@LIBDIR/selo/plugins@:>@])], [], [with_selo_plugindir='${libdir}/selo/plugins'])
  AC_ARG_WITH([selo-manifestdir], [AS_HELP_STRING([--with-selo-manifestdir=DIR], [manifests @<:@DATADIR/selo/plugins@:>@])], [], [with_selo_manifestdir='${datadir}/selo/plugins'])
  AC_SUBST([seloplugindir], [$with_selo_plugindir])
  AC_SUBST([selomanifestdir], [$with_selo_manifestdir])
  AC_SUBST([SELO_PLUGIN_CFLAGS], ['-fvisibility=hidden $(SELO_CFLAGS)'])
  AC_SUBST([SELO_PLUGIN_LDFLAGS], ['-module -avoid-version -shared -no-undefined -Wl,-z,defs -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete'])
])
