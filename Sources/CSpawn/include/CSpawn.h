// What the C library offers for starting a program that Swift's view of it leaves out.
#ifndef PARTNER_CONSOLE_CSPAWN_H
#define PARTNER_CONSOLE_CSPAWN_H

// actions is a posix_spawn_file_actions_t: its type stays out of this view, as it is the platform's to define.
// The program gets no descriptor from first on, not even one that another thread opens meanwhile; 0 on success.
int spawn_without_descriptors_from(void *actions, int first);

// attributes is a posix_spawnattr_t. No signal is blocked or ignored in the program, whatever is in the thread that starts
// it; 0 on success.
int spawn_with_usual_signals(void *attributes);

// The same, and the program leads a session of its own; 0 on success.
int spawn_in_own_session(void *attributes);

// A file that is in memory only and does not survive exec; -1 if there can be none.
int spawn_memory_file(void);

// From now on nobody can write to such a file, whoever has it open; 0 on success.
int spawn_seal(int file);

// Whether only this user or root can change what is at path, a folder or else a file. The group that this process runs
// as counts as the user.
int spawn_is_ours(const char *path, int is_folder);

#endif
