#include "CSignals.h"

#include <malloc.h>

void console_share_memory_arenas(void) { mallopt(M_ARENA_MAX, 2); }
