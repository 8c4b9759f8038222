// The kernel's keyrings (keyrings(7)), by system calls: the library that wraps them is on few machines.
#ifndef PARTNER_CONSOLE_CKEYRING_H
#define PARTNER_CONSOLE_CKEYRING_H

#include <stddef.h>
#include <stdint.h>

// Every function gives -1 where it failed, with the reason in errno.

// Has this thread own, until keyring_leave, the keyring of this user that outlives its sessions (persistent-keyring(7)),
// or else the one that lasts as long as a process of this user (user-keyring(7)), and gives its number. What is reached
// through it is possessed: no other process of this user gets at it that does not do the same.
int32_t keyring_enter(int *_Nonnull is_persistent);
void keyring_leave(int32_t ring);

// The key of this name in a keyring, or -1.
int32_t keyring_find(int32_t ring, const char *_Nonnull name);

// Makes a key, or gives the one of this name new content; only its possessor may do anything with it.
int32_t keyring_put(int32_t ring, const char *_Nonnull name, const void *_Nonnull content, size_t count);

// How many bytes a key has; as many as there is room for are copied.
long keyring_read(int32_t key, void *_Nullable content, size_t room);

// Takes a key out of a keyring, and wipes it.
int keyring_drop(int32_t ring, int32_t key);

// The permissions of a key, as keyctl_setperm(3) has them.
int64_t keyring_permissions(int32_t key);

// The number of the system call add_key here.
extern const int keyring_add_number;

#endif
