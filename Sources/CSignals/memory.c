#include "CSignals.h"

#include <malloc.h>

void console_share_memory_arenas(void) {
  mallopt(M_ARENA_MAX, 2);
  // Set by hand it stays: else it rises with what is freed, and a list's large parts leave holes in the heap.
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

void console_give_back_memory(void) { malloc_trim(0); }
