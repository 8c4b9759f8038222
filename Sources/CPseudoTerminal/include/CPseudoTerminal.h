// What Swift cannot import: ioctl, and the parts of posix_spawn that are GNU's own.
#ifndef PARTNER_CONSOLE_CPSEUDOTERMINAL_H
#define PARTNER_CONSOLE_CPSEUDOTERMINAL_H

#include <stddef.h>
#include <sys/types.h>

// Opens a pseudo-terminal of a size and returns its controlling end, which neither blocks nor survives exec; writes the
// path of the other end. Returns -1 with errno on failure.
int pseudo_terminal_open(int columns, int rows, char *path, size_t path_size);

// Gives the terminal another size, so that its foreground programs get SIGWINCH; 0 on success.
int pseudo_terminal_resize(int controller, int columns, int rows);

// Starts a program as the leader of a session whose terminal is the one at `terminal`: it is standard input, output and
// error. Signals are as a fresh program expects them. Returns 0 or the number of the error.
int pseudo_terminal_spawn(pid_t *process, const char *program, char *const arguments[], char *const environment[],
                          const char *folder, const char *terminal);

#endif
