// Nothing of SQLite: GRDB brings its own view of it. This names the system's package to whoever lacks it, before GRDB
// is compiled and fails for want of a header.
