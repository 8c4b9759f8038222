#define _GNU_SOURCE
#include "CSpawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int spawn_without_descriptors_from(void *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

static int spawn_with_flags(void *attributes, short flags) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int result = posix_spawnattr_setsigmask(attributes, &none);
  if (result == 0) result = posix_spawnattr_setsigdefault(attributes, &all);
  if (result != 0) return result;
  return posix_spawnattr_setflags(attributes, flags | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

int spawn_with_usual_signals(void *attributes) { return spawn_with_flags(attributes, 0); }

int spawn_in_own_session(void *attributes) { return spawn_with_flags(attributes, POSIX_SPAWN_SETSID); }

int spawn_memory_file(void) { return memfd_create("partner-console complaints", MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int spawn_seal(int file) { return fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL); }

int spawn_is_ours(const char *path, int is_folder) {
  struct stat status;
  if (stat(path, &status) != 0) return 0;
  if (is_folder ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode)) return 0;
  if (status.st_uid != geteuid() && status.st_uid != 0) return 0;
  if (status.st_mode & S_IWOTH) return 0;
  return !(status.st_mode & S_IWGRP) || status.st_gid == getegid();
}
