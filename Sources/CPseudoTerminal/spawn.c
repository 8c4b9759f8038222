#define _GNU_SOURCE
#include "CPseudoTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int pseudo_terminal_resize(int controller, int columns, int rows) {
  struct winsize size;
  memset(&size, 0, sizeof size);
  size.ws_col = (unsigned short)columns;
  size.ws_row = (unsigned short)rows;
  return ioctl(controller, TIOCSWINSZ, &size);
}

int pseudo_terminal_open(int columns, int rows, char *path, size_t path_size) {
  int controller = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (controller < 0) return -1;
  if (grantpt(controller) == 0 && unlockpt(controller) == 0 && ptsname_r(controller, path, path_size) == 0 &&
      pseudo_terminal_resize(controller, columns, rows) == 0) {
    return controller;
  }
  int reason = errno;
  close(controller);
  errno = reason;
  return -1;
}

int pseudo_terminal_spawn(pid_t *process, const char *program, char *const arguments[], char *const environment[],
                          const char *folder, const char *terminal) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int failure = posix_spawn_file_actions_init(&actions);
  if (failure != 0) return failure;
  failure = posix_spawnattr_init(&attributes);
  if (failure != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return failure;
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (folder != NULL) failure = posix_spawn_file_actions_addchdir_np(&actions, folder);
  // The first terminal that a session leader without one opens becomes its controlling terminal.
  if (failure == 0) failure = posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0);
  if (failure == 0) failure = posix_spawn_file_actions_adddup2(&actions, 0, 1);
  if (failure == 0) failure = posix_spawn_file_actions_adddup2(&actions, 0, 2);
  if (failure == 0) failure = posix_spawn(process, program, &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failure;
}
