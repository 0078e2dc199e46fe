/* Flash configuration field of the NXP Kinetis, at 0x400: without it the chip would lock itself (reference manual of
 * the K64, flash memory module). All other chips take it for data that nobody reads. */
#include <stdint.h>

/* Backdoor key, protection (none), security and options: FSEC 0xFE leaves the chip open. */
__attribute__((section(".boot_data"), used, aligned(0x400))) const uint32_t kinetis_flash_config[4] = {
    0xFFFFFFFFu,
    0xFFFFFFFFu,
    0xFFFFFFFFu,
    0xFFFFFFFEu,
};
