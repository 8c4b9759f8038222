// What must be C: handlers that are safe inside a signal, a parent process that outlives a crash, and calls that only
// Linux has.
#ifndef PARTNER_CONSOLE_CSIGNALS_H
#define PARTNER_CONSOLE_CSIGNALS_H

#include <sys/types.h>

// Makes a pipe whose ends (reading, writing) neither block nor survive exec; 0 on success.
int console_wake_pipe(int ends[2]);

// Notes SIGWINCH, SIGTSTP, SIGCONT, SIGTERM, SIGHUP, SIGINT and SIGCHLD as they come and writes the signal's number as
// one byte to wake_descriptor, which must be non-blocking; ignores SIGPIPE. A second call installs the same handlers again.
void console_signals_install(int wake_descriptor);

// Puts back what was there before the first install.
void console_signals_restore(void);

// Whether the signal has come since this was last asked.
int console_signal_taken(int signal);

// Stops this process group as Ctrl-Z does and returns when it is continued; at once where there is no job control.
void console_stop_group(void);

// The same for this process alone: the others of its group were stopped by whoever stopped it.
void console_stop_self(void);

// Starts a program on the terminal behind input and output, in this process group, so that Ctrl-C and Ctrl-Z reach it as
// they would under a shell. It gets no other descriptor, no signal is blocked or ignored in it, and it is hung up on when
// this thread's process ends. Returns 0, or why it could not be started (errno).
int console_lend(pid_t *process, const char *program, char *const arguments[], char *const environment[], int input,
                 int output);

// Whether such a program has ended, with its status as waitpid has it; when is_awaited, returns only then.
int console_lent_end(pid_t process, int is_awaited, int *status);

// Whether Ctrl-\ is ignored: it is meant for the program that has the terminal. Call it with 1, then with 0.
void console_ignore_quit(int is_ignored);

// The size of the terminal behind a descriptor; 0 if it could be read.
int console_window_size(int descriptor, int *columns, int *rows);

// Forbids core dumps and that others of this user look into or attach to the process, and takes back what the Swift runtime
// does about a crash, which would ask a question on the terminal. Call it before the first secret is read.
void console_keep_memory_private(void);

// Runs the rest of the program in a child that a guardian watches. Call it before any thread exists: the child is a copy of
// this process, and a copy has only the thread that asked for it.
//
// In the child it returns 0. In the guardian it does not return: it waits, passes on SIGTERM, SIGHUP and SIGINT, stops and
// goes on with the child, gives the terminal back whatever the child's end, says in one line if that was a crash, writes a
// report (0600, in report_directory, which is made 0700 if it is missing; NULL for none), and ends with the child's
// status (128 + signal). It returns -1 if no child could be started. In all of them core dumps are off, and so is what the
// Swift runtime does about a crash.
int console_guardian_start(const char *program, const char *version, const char *report_directory);

// What a descriptor stands for: S_IFREG, S_IFDIR, S_IFIFO and so on; -1 if that is not known. (In C because a module that
// sees Foundation does not see struct stat.)
int console_file_kind(int descriptor);

// A file that is in memory only and does not survive exec; -1 if there can be none.
int console_memory_file(void);

// Makes descriptor stand for what target stands for, at once for all threads; 0 on success.
int console_point_at(int descriptor, int target);

// Opens /dev/null, for reading only, in the place of each of the descriptors 0 to 2 that is closed, so that no file
// that is opened later gets its number and what is meant for a terminal. Call it before anything is opened.
void console_fill_standard_descriptors(void);

// Whether nothing can be written to a descriptor: it is closed, or was when the program started.
int console_is_closed_output(int descriptor);

// Lets all threads allocate from two arenas: freed memory is used again instead of resting in one arena a thread. Large
// parts have pages of their own, which go back when they are freed.
void console_share_memory_arenas(void);

// Gives memory back that was freed and rests in the arenas; takes milliseconds.
void console_give_back_memory(void);

#endif
