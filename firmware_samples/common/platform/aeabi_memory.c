/* What clang calls instead of memcpy and memset (Run-time ABI for the Arm Architecture, 5.3.4): GCC never does. */
#include <stddef.h>

void *memcpy(void *restrict target, const void *restrict source, size_t count);
void *memset(void *target, int value, size_t count);

/* The number is the alignment of both; memcpy finds out for itself. */
#define COPY(name) \
    void name(void *target, const void *source, size_t count); \
    void name(void *target, const void *source, size_t count) \
    { \
        memcpy(target, source, count); \
    }
#define FILL(name) \
    void name(void *target, size_t count, int value); \
    void name(void *target, size_t count, int value) \
    { \
        memset(target, value, count); \
    }
#define CLEAR(name) \
    void name(void *target, size_t count); \
    void name(void *target, size_t count) \
    { \
        memset(target, 0, count); \
    }

COPY(__aeabi_memcpy)
COPY(__aeabi_memcpy4)
COPY(__aeabi_memcpy8)
FILL(__aeabi_memset)
FILL(__aeabi_memset4)
FILL(__aeabi_memset8)
CLEAR(__aeabi_memclr)
CLEAR(__aeabi_memclr4)
CLEAR(__aeabi_memclr8)
