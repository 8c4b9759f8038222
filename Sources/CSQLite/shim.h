#ifndef CSQLITE_SHIM_H
#define CSQLITE_SHIM_H

// GRDB brings its own view of SQLite. This names the system's package to whoever lacks it, before GRDB is compiled and
// fails for want of a header, and has what Swift cannot call.
#include <sqlite3.h>

/// Leaves out the count of SQLite's memory, for which it takes a lock with every piece. Only before SQLite is used for the
/// first time; later it is refused and changes nothing.
static inline int csqliteLeaveOutMemoryCount(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

#endif
