/* Caches of the Cortex-M7. */
#ifndef CACHES_H
#define CACHES_H

/* Both on, empty at first: before anything but start-up code has written to memory that they cache. */
void caches_enable(void);

#endif
