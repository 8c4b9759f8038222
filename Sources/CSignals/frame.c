#define _GNU_SOURCE
#include "CSignals.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int console_memory_file(void) { return memfd_create("partner-console frame", MFD_CLOEXEC); }

int console_point_at(int descriptor, int target) {
  int result;
  do {
    result = dup3(target, descriptor, O_CLOEXEC);
  } while (result < 0 && (errno == EINTR || errno == EBUSY));
  return result < 0 ? -1 : 0;
}
