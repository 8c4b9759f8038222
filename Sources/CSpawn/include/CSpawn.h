// What the C library offers for starting a program that Swift's view of it leaves out.
#ifndef PARTNER_CONSOLE_CSPAWN_H
#define PARTNER_CONSOLE_CSPAWN_H

// actions is a posix_spawn_file_actions_t: its type stays out of this view, as it is the platform's to define.
// The program gets no descriptor from first on, not even one that another thread opens meanwhile; 0 on success.
int spawn_without_descriptors_from(void *actions, int first);

#endif
