#include "CSignals.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void console_fill_standard_descriptors(void) {
  for (int descriptor = 0; descriptor < 3; descriptor++) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one: those below are open.
    if (open("/dev/null", O_RDONLY) != descriptor) return;
  }
}

int console_is_closed_output(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 || (flags & O_ACCMODE) == O_RDONLY;
}
