#define _GNU_SOURCE
#include "CKeyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

// View, read, write, search, link and set attributes for the possessor; nothing for anybody else.
enum { ours_alone = 0x3f000000 };

const int keyring_add_number = SYS_add_key;

static long control(int operation, unsigned long first, unsigned long second, unsigned long third,
                    unsigned long fourth) {
  return syscall(SYS_keyctl, operation, first, second, third, fourth);
}

// The special keyrings have negative numbers, which the kernel takes from the lower half.
static unsigned long number(int32_t key) { return (unsigned long)(long)key; }

int32_t keyring_enter(int *is_persistent) {
  *is_persistent = 1;
  long ring = control(KEYCTL_GET_PERSISTENT, (unsigned long)-1, number(KEY_SPEC_THREAD_KEYRING), 0, 0);
  // Built without them, or an old kernel: there is the other one.
  if (ring >= 0 || (errno != EOPNOTSUPP && errno != EINVAL)) return (int32_t)ring;
  *is_persistent = 0;
  ring = control(KEYCTL_GET_KEYRING_ID, number(KEY_SPEC_USER_KEYRING), 1, 0, 0);
  if (ring >= 0 && control(KEYCTL_LINK, (unsigned long)ring, number(KEY_SPEC_THREAD_KEYRING), 0, 0) != 0) return -1;
  return (int32_t)ring;
}

void keyring_leave(int32_t ring) {
  int saved = errno;
  control(KEYCTL_UNLINK, number(ring), number(KEY_SPEC_THREAD_KEYRING), 0, 0);
  errno = saved;
}

int32_t keyring_find(int32_t ring, const char *name) {
  return (int32_t)control(KEYCTL_SEARCH, number(ring), (unsigned long)"user", (unsigned long)name, 0);
}

int32_t keyring_put(int32_t ring, const char *name, const void *content, size_t count) {
  long key = syscall(SYS_add_key, "user", name, content, count, ring);
  if (key < 0 || control(KEYCTL_SETPERM, (unsigned long)key, ours_alone, 0, 0) == 0) return (int32_t)key;
  int reason = errno;
  keyring_drop(ring, (int32_t)key);
  errno = reason;
  return -1;
}

long keyring_read(int32_t key, void *content, size_t room) {
  return control(KEYCTL_READ, number(key), (unsigned long)content, room, 0);
}

int keyring_drop(int32_t ring, int32_t key) {
  // Revoked, its content is gone now and not only when the kernel collects what nobody has; where that is not allowed,
  // it is still taken out.
  control(KEYCTL_REVOKE, number(key), 0, 0, 0);
  return (int)control(KEYCTL_UNLINK, number(key), number(ring), 0, 0);
}

int64_t keyring_permissions(int32_t key) {
  char text[512];
  long count = control(KEYCTL_DESCRIBE, number(key), (unsigned long)text, sizeof text, 0);
  if (count < 0) return -1;
  text[sizeof text - 1] = 0;
  unsigned int permissions = 0;
  // The type; user; group; permissions; name.
  return sscanf(text, "%*[^;];%*d;%*d;%x;", &permissions) == 1 ? (int64_t)permissions : -1;
}
