import CSignals

/// The parent process that gives the terminal back whatever happens to the console.
package enum Guardian {
  /// Runs the rest of the program in a watched child: what follows this call happens there only.
  ///
  /// To be called before any thread exists, and only when the console is about to open. Core dumps are off, and a crash
  /// prints one line and leaves a report (signal, version, time; 0600) in `reportDirectory`, which is made 0700 if it is
  /// missing; nil for none.
  ///
  /// The watched child is a copy of this process (`fork`) and no second start: it shares the memory of what was loaded and
  /// set up until then, and the guardian keeps only what the child changes afterwards.
  package static func start(program: String, version: String, reportDirectory: String?) {
    // Where no child can be started the console still opens, only unwatched.
    _ = console_guardian_start(program, version, reportDirectory)
  }
}
