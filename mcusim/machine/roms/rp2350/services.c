/* Services of the stand-in for the RP2350's boot ROM, by pico-sdk 2.2, boot/bootrom_constants.h and pico/bootrom.h. */
#include <stdint.h>

typedef volatile uint32_t reg;
#define REG(addr) (*(reg *)(addr))
enum { OK = 0, NOT_PERMITTED = -4, INVALID_ARG = -5, INVALID_ADDRESS = -10, BAD_ALIGNMENT = -11, TOO_SMALL = -13 };
enum { QMI = 0x400d0000, CSR = QMI, TX = QMI + 4, RX = QMI + 8, M0_TIMING = QMI + 12, M0_RFMT = QMI + 16 };
enum { M0_RCMD = QMI + 20, ATRANS0 = QMI + 0x34, EN = 1, BUSY = 2, CS0 = 4, RX_EMPTY = 1 << 16 };
enum { MAINTENANCE = 0x18000000, XIP_CACHE_BYTES = 0x4000, LINE_BYTES = 8 };
enum { WRITE_ENABLE = 6, READ_STATUS = 5, PAGE_PROGRAM = 2, SECTOR_ERASE = 0x20, SECTOR = 4096, PAGE = 256 };
enum { XIP = 0x10000000, XIP_END = 0x14000000, WINDOW_SHIFT = 22 };

void rom_bootrom_state_reset(uint32_t flags)
{
    (void)flags; /* no permissions, locks or callbacks are kept */
}

void rom_connect_internal_flash(void)
{
    for (uint32_t pin = 0; pin < 6; pin++)
        REG(0x40030014 + 8 * pin) = 0; /* IO_QSPI: function 0 */
}

static uint32_t exchange(uint32_t byte)
{
    REG(TX) = byte;
    while (REG(CSR) & (BUSY | RX_EMPTY))
        ;
    return REG(RX) & 0xff;
}

static void select(uint32_t is_selected)
{
    REG(CSR) = EN | (is_selected ? CS0 : 0) | (30u << 22) | (2u << 30);
}

static void command(uint32_t code)
{
    select(1);
    exchange(code);
    select(0);
}

static void begin(uint32_t code, uint32_t addr)
{
    select(1);
    exchange(code);
    exchange(addr >> 16 & 0xff);
    exchange(addr >> 8 & 0xff);
    exchange(addr & 0xff);
}

static void finish(void)
{
    uint32_t status;
    select(0);
    do {
        select(1);
        exchange(READ_STATUS);
        status = exchange(0);
        select(0);
    } while (status & 1);
}

void rom_flash_enter_cmd_xip(void)
{
    REG(M0_TIMING) = 0x4000000c; /* divider 12 */
    REG(M0_RFMT) = 0x1000;       /* 8 bits of command, everything on one line */
    REG(M0_RCMD) = 0xa003;       /* read, 03h */
}

void rom_flash_exit_xip(void)
{
    rom_flash_enter_cmd_xip();
    select(0);
    for (uint32_t count = 0; count < 4; count++)
        exchange(0xff);
    command(0xff);
    command(0xff);
    REG(CSR) = 0;
}

void rom_flash_range_erase(uint32_t addr, uint32_t count, uint32_t block_size, uint32_t block_command)
{
    for (uint32_t end = addr + count; addr < end;) {
        uint32_t is_block = block_size > SECTOR && !(addr & (block_size - 1)) && addr + block_size <= end;
        command(WRITE_ENABLE);
        begin(is_block ? block_command : SECTOR_ERASE, addr);
        finish();
        addr += is_block ? block_size : SECTOR;
    }
    REG(CSR) = 0;
}

void rom_flash_range_program(uint32_t addr, const uint8_t *data, uint32_t count)
{
    for (uint32_t end = addr + count; addr < end; addr += PAGE) {
        command(WRITE_ENABLE);
        begin(PAGE_PROGRAM, addr);
        for (uint32_t index = 0; index < PAGE; index++)
            exchange(*data++);
        finish();
    }
    REG(CSR) = 0;
}

void rom_flash_flush_cache(void)
{
    for (uint32_t offset = 0; offset < XIP_CACHE_BYTES; offset += LINE_BYTES)
        *(volatile uint8_t *)(MAINTENANCE + offset) = 0; /* invalidate by set and way */
}

void rom_flash_select_xip_read_mode(uint32_t mode, uint32_t divider)
{
    static const struct { uint32_t format, code; } modes[] = {
        {0x00001000, 0xa003}, {0x00021000, 0xa00b}, {0x00009114, 0xa0bb}, {0x000492a8, 0xa0eb},
    };
    if (mode > 3)
        return;
    REG(M0_TIMING) = 0x40000000 | (divider & 0xff);
    REG(M0_RFMT) = modes[mode].format;
    REG(M0_RCMD) = modes[mode].code;
}

void rom_flash_reset_address_trans(void)
{
    for (uint32_t window = 0; window < 8; window++)
        REG(ATRANS0 + 4 * window) = 0x04000000 | 0x400 * (window & 3);
}

int32_t rom_flash_runtime_to_storage_addr(uint32_t addr)
{
    if (addr < XIP || addr >= XIP_END)
        return INVALID_ADDRESS;
    uint32_t window = REG(ATRANS0 + 4 * ((addr - XIP) >> WINDOW_SHIFT)), offset = addr & ((1 << WINDOW_SHIFT) - 1);
    if (offset >= (window >> 16 & 0x7ff) << 12)
        return INVALID_ADDRESS;
    return (int32_t)(XIP + ((window & 0xfff) << 12) + offset);
}

/* flags: bit 0 address space (1: as the program sees it), 9..8 security level, 18..16 erase, program, read */
int32_t rom_flash_op(uint32_t flags, uint32_t addr, uint32_t size, uint8_t *buffer)
{
    uint32_t operation = flags >> 16 & 7, grain = operation == 0 ? SECTOR : operation == 1 ? PAGE : 1;
    if (operation > 2 || !(flags >> 8 & 3))
        return INVALID_ARG;
    if ((addr | size) & (grain - 1))
        return BAD_ALIGNMENT;
    int32_t storage = flags & 1 ? rom_flash_runtime_to_storage_addr(addr) : (int32_t)addr;
    if (storage < (int32_t)XIP || (uint32_t)storage + size > XIP_END)
        return INVALID_ADDRESS;
    uint32_t offset = (uint32_t)storage - XIP;
    if (operation == 2) {
        for (uint32_t index = 0; index < size; index++)
            buffer[index] = ((const uint8_t *)(0x1c000000 + offset))[index]; /* neither cached nor translated */
        return OK;
    }
    uint32_t timing = REG(M0_TIMING), format = REG(M0_RFMT), code = REG(M0_RCMD);
    rom_connect_internal_flash();
    rom_flash_exit_xip();
    if (operation == 0)
        rom_flash_range_erase(offset, size, 1 << 16, 0xd8);
    else
        rom_flash_range_program(offset, buffer, size);
    rom_flash_flush_cache();
    REG(M0_TIMING) = timing;
    REG(M0_RFMT) = format;
    REG(M0_RCMD) = code;
    return OK;
}

/* Word 0: the flags that were answered; then each item's words, the lowest flag first. */
int32_t rom_get_sys_info(uint32_t *out, uint32_t size, uint32_t flags)
{
    static const struct { uint32_t flag, count; uint32_t words[4]; } items[] = {
        {0x01, 3, {1, 0x6d637573, 0xe6616408}},             /* package, device id */
        {0x02, 1, {0}},                                     /* critical bits: nothing is restricted */
        {0x04, 1, {0x0000}},                                /* Arm */
        {0x08, 1, {0x0a00}},                                /* 4 MiB on chip select 0 (OTP, FLASH_DEVINFO) */
        {0x10, 4, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, /* "random", the same in every run */
        {0x20, 2, {0xa4093822, 0x299f31d0}},
        {0x40, 4, {0x00ff00ff, 0, 0, 0}},                   /* normal boot, no partition */
    };
    uint32_t *next = out + 1, given = 0;
    if (!size)
        return TOO_SMALL;
    for (uint32_t item = 0; item < sizeof items / sizeof *items; item++) {
        if (!(flags & items[item].flag))
            continue;
        if (next + items[item].count > out + size)
            return TOO_SMALL;
        for (uint32_t index = 0; index < items[item].count; index++)
            *next++ = items[item].words[index];
        given |= items[item].flag;
    }
    *out = given;
    return next - out;
}

void rom_usb_boot(void);

/* A reboot is the watchdog's reset; one into the boot loader ends the simulation. */
int32_t rom_reboot(uint32_t flags, uint32_t delay_ms, uint32_t p0, uint32_t p1)
{
    (void)p0, (void)p1;
    if ((flags & 0xf) == 2)
        rom_usb_boot();
    REG(0x400d8004) = (delay_ms ? delay_ms : 1) * 1000; /* WATCHDOG.LOAD */
    REG(0x400da000) = 1u << 30;                         /* CTRL.ENABLE */
    if (flags & 0x100)
        for (;;)
            __asm volatile("wfe");
    return OK;
}

int32_t rom_otp_access(uint8_t *buffer, uint32_t size, uint32_t flags)
{
    uint32_t row = flags & 0xffff, has_ecc = flags >> 17 & 1, width = has_ecc ? 2 : 4;
    if (flags >> 16 & 1)
        return NOT_PERMITTED; /* rows are not written */
    if (row + size / width > 4096)
        return INVALID_ARG;
    for (; size >= width; size -= width, row++)
        for (uint32_t index = 0; index < width; index++)
            *buffer++ = 0; /* nothing was ever programmed */
    return OK;
}

const void *rom_validate_ns_buffer(const void *addr, uint32_t size, uint32_t write, uint32_t *ok)
{
    (void)size, (void)write;
    *ok = 0x00c300c3; /* false: there is no non-secure memory */
    return addr;
}

int32_t rom_set_ns_api_permission(uint32_t number, uint32_t is_allowed)
{
    (void)is_allowed;
    return number < 8 ? OK : INVALID_ARG;
}

int32_t rom_set_rom_callback(uint32_t number, void *function)
{
    (void)function;
    return number ? INVALID_ARG : OK;
}

int32_t rom_get_partition_table_info(uint32_t *out, uint32_t size, uint32_t flags)
{
    if (size < 4)
        return TOO_SMALL;
    out[0] = flags & 1;
    if (!(flags & 1))
        return 1;
    out[1] = 0;          /* no partitions, no table */
    out[2] = 0xfc000000; /* everything may be read and written */
    out[3] = 0xfc000000;
    return 4;
}

int32_t rom_load_partition_table(uint8_t *area, uint32_t size, uint32_t is_forced)
{
    (void)area, (void)size, (void)is_forced;
    return OK; /* there is none */
}
