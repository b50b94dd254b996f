/* The one lock of the module's own state. It is held for a moment each time, never while
 * the real module is at work, nor in a fault that waits. */
#ifndef LIB_FAULT_LOCK_H
#define LIB_FAULT_LOCK_H

void lock_take(void);
void lock_give(void);

/* With the lock taken: lets go of it until lock_wake(), at most so many milliseconds. */
void lock_wait(int ms);
void lock_wake(void);

/* In a child, where nobody waits any more; the lock is taken. */
void lock_forked(void);

#endif
