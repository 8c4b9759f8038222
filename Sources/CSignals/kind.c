#include "CSignals.h"

#include <sys/stat.h>

int console_file_kind(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 ? (int)(status.st_mode & S_IFMT) : -1;
}
