/* Flash services of the Apollo3's boot ROM, as am_hal_flash.h of AmbiqSuite documents them; our own code.
 * The ROM's way to the flash array is a port of the simulator (apollo3_flash.py), not the chip's. */
#include <stdint.h>

#define FLASH_BYTES 0x100000u
#define INSTANCE_BYTES 0x80000u
#define PAGE_BYTES 0x2000u
#define KEY 0x12344321u /* AM_HAL_FLASH_PROGRAM_KEY */
#define PORT_ADDR (*(volatile uint32_t *)0x0801f000u)
#define PORT_DATA (*(volatile uint32_t *)0x0801f004u)
#define PORT_ERASE (*(volatile uint32_t *)0x0801f008u)

enum { OK = 0, INVALID_KEY = 1, INVALID_PAGE = 2, BAD_RANGE = 3 };

int rom_page_erase(uint32_t key, uint32_t instance, uint32_t page)
{
    uint32_t addr = instance * INSTANCE_BYTES + page * PAGE_BYTES;
    if (key != KEY)
        return INVALID_KEY;
    if (instance > 1 || page >= INSTANCE_BYTES / PAGE_BYTES)
        return INVALID_PAGE;
    PORT_ADDR = addr;
    PORT_ERASE = PAGE_BYTES;
    return OK;
}

int rom_mass_erase(uint32_t key, uint32_t instance)
{
    if (key != KEY)
        return INVALID_KEY;
    if (instance > 1)
        return INVALID_PAGE;
    PORT_ADDR = instance * INSTANCE_BYTES;
    PORT_ERASE = INSTANCE_BYTES;
    return OK;
}

int rom_program_main(uint32_t key, const uint32_t *words, uint32_t addr, uint32_t count)
{
    if (key != KEY)
        return INVALID_KEY;
    if (addr % 4 || addr >= FLASH_BYTES || count > (FLASH_BYTES - addr) / 4)
        return BAD_RANGE;
    PORT_ADDR = addr;
    while (count--)
        PORT_DATA = *words++;
    return OK;
}

int rom_program_info(void)
{
    return BAD_RANGE; /* customer information cannot be written here */
}

int rom_absent(void)
{
    return BAD_RANGE;
}

int rom_is_complete(void)
{
    return 1;
}

uint32_t rom_read_word(const volatile uint32_t *addr)
{
    return *addr;
}

void rom_write_word(volatile uint32_t *addr, uint32_t value)
{
    *addr = value;
}
