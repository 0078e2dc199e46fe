/* Boot and flash services of the stand-in for the RP2040's boot ROM, after the RP2040 datasheet, 2.8.1 and 2.8.3.1.3. */
#include <stdint.h>

typedef volatile uint32_t reg;
#define REG(addr) (*(reg *)(addr))
enum { RESETS_CLEAR = 0x4000f000, RESET_DONE = 0x4000c008, IO_QSPI_RESET = 1 << 6, PADS_QSPI_RESET = 1 << 9 };
enum { SS_CTRL = 0x4001800c, OUTOVER_NORMAL = 0, OUTOVER_LOW = 2 << 8, OUTOVER_HIGH = 3 << 8 };
enum { SSI = 0x18000000, CTRLR0 = SSI, CTRLR1 = SSI + 4, SSIENR = SSI + 8, SER = SSI + 0x10, BAUDR = SSI + 0x14 };
enum { SR = SSI + 0x28, DR0 = SSI + 0x60, SPI_CTRLR0 = SSI + 0xf4, RX_NOT_EMPTY = 1 << 3 };
enum { XIP_FLUSH = 0x14000004, XIP_CTRL = 0x14000000, XIP = 0x10000000, XIP_NOCACHE = 0x13000000 };
enum { SECOND_STAGE = 0x20041f00, SECOND_STAGE_WORDS = 64 };
enum { SCRATCH4 = 0x4005801c, VECTOR_MAGIC = 0xb007c0d3u };
enum { WRITE_ENABLE = 6, READ_STATUS = 5, PAGE_PROGRAM = 2, SECTOR_ERASE = 0x20, READ = 3, SECTOR = 4096, PAGE = 256 };

void rom_enter(uint32_t sp, uint32_t pc);

void rom_connect_internal_flash(void)
{
    uint32_t blocks = IO_QSPI_RESET | PADS_QSPI_RESET;
    REG(RESETS_CLEAR) = blocks;
    while ((REG(RESET_DONE) & blocks) != blocks)
        ;
    for (uint32_t pin = 0; pin < 6; pin++)
        REG(0x40018004 + 8 * pin) = 0; /* function 0: the serial interface */
}

static void set_up_serial(void)
{
    REG(SSIENR) = 0;
    REG(BAUDR) = 6;
    REG(CTRLR1) = 0;
    REG(CTRLR0) = 7 << 16; /* frames of 8 bits, transmit and receive */
    REG(SER) = 1;
    REG(SSIENR) = 1;
}

static uint32_t exchange(uint32_t byte)
{
    REG(DR0) = byte;
    while (!(REG(SR) & RX_NOT_EMPTY))
        ;
    return REG(DR0) & 0xff;
}

static void select(int is_selected)
{
    REG(SS_CTRL) = is_selected ? OUTOVER_LOW : OUTOVER_HIGH;
}

static void begin(uint32_t command, uint32_t addr)
{
    select(1);
    exchange(command);
    exchange(addr >> 16 & 0xff);
    exchange(addr >> 8 & 0xff);
    exchange(addr & 0xff);
}

static void allow_write(void)
{
    select(1);
    exchange(WRITE_ENABLE);
    select(0);
}

static void wait_until_done(void)
{
    uint32_t status;
    do {
        select(1);
        exchange(READ_STATUS);
        status = exchange(0);
        select(0);
    } while (status & 1);
}

void rom_flash_exit_xip(void)
{
    set_up_serial();
    /* Out of continuous read: clocks with all lines high, first unselected, then selected, then FFh FFh. */
    for (uint32_t round = 0; round < 2; round++) {
        select(round);
        for (uint32_t count = 0; count < 4; count++)
            exchange(0xff);
    }
    select(0);
    select(1);
    exchange(0xff);
    exchange(0xff);
    select(0);
}

void rom_flash_range_erase(uint32_t addr, uint32_t count, uint32_t block_size, uint32_t block_command)
{
    uint32_t end = addr + count;
    while (addr < end) {
        uint32_t is_block = block_size > SECTOR && !(addr & (block_size - 1)) && addr + block_size <= end;
        allow_write();
        begin(is_block ? block_command : SECTOR_ERASE, addr);
        select(0);
        wait_until_done();
        addr += is_block ? block_size : SECTOR;
    }
}

void rom_flash_range_program(uint32_t addr, const uint8_t *data, uint32_t count)
{
    for (uint32_t end = addr + count; addr < end; addr += PAGE) {
        allow_write();
        begin(PAGE_PROGRAM, addr);
        for (uint32_t index = 0; index < PAGE; index++)
            exchange(*data++);
        select(0);
        wait_until_done();
    }
}

void rom_flash_flush_cache(void)
{
    REG(XIP_FLUSH) = 1;
    (void)REG(XIP_FLUSH); /* the read waits until the flush is over */
    REG(XIP_CTRL) = 3;    /* on, and errors for writes */
    REG(SS_CTRL) = OUTOVER_NORMAL;
}

void rom_flash_enter_cmd_xip(void)
{
    REG(SSIENR) = 0;
    REG(BAUDR) = 6;
    REG(CTRLR0) = 31 << 16 | 3 << 8;                  /* 32 data bits, read only */
    REG(SPI_CTRLR0) = (uint32_t)READ << 24 | 2 << 8 | 6 << 2; /* 03h, 8 bits of command, 24 of address */
    REG(SSIENR) = 1;
}

/* CRC-32, polynomial 04c11db7h, not reflected, over the first 252 bytes; the last word holds it. */
static uint32_t checksum(const uint32_t *words, uint32_t count)
{
    uint32_t crc = 0xffffffffu;
    for (; count; count--) {
        uint32_t word = *words++;
        crc ^= word << 24 | (word & 0xff00) << 8 | (word >> 8 & 0xff00) | word >> 24;
        for (uint32_t bit = 0; bit < 32; bit++)
            crc = crc << 1 ^ ((uint32_t)((int32_t)crc >> 31) & 0x04c11db7);
    }
    return crc;
}

/* Copies the first 256 bytes of flash to the end of RAM; whether their checksum is right. */
uint32_t rom_load_second_stage(void)
{
    uint32_t *to = (uint32_t *)SECOND_STAGE;
    rom_connect_internal_flash();
    rom_flash_exit_xip();
    begin(READ, 0);
    for (uint32_t index = 0; index < SECOND_STAGE_WORDS; index++) {
        uint32_t word = 0;
        for (uint32_t shift = 0; shift < 32; shift += 8)
            word |= exchange(0) << shift;
        to[index] = word;
    }
    select(0);
    REG(SS_CTRL) = OUTOVER_NORMAL;
    return checksum(to, SECOND_STAGE_WORDS - 1) == to[SECOND_STAGE_WORDS - 1];
}

/* The watchdog's scratch registers can hold an entry point with its check value (datasheet, 2.8.1.1). */
void rom_vector_from_watchdog(void)
{
    uint32_t pc = REG(SCRATCH4 + 12), check = REG(SCRATCH4 + 4);
    uint32_t sp = REG(SCRATCH4 + 8);
    if (REG(SCRATCH4) != VECTOR_MAGIC || check != (pc ^ -VECTOR_MAGIC))
        return;
    REG(SCRATCH4) = 0;
    rom_enter(sp, pc);
}
