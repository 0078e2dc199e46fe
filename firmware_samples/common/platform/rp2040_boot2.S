/* Second stage boot of the RP2040, our own and minimal: 256 bytes at the start of flash.
 *
 * The boot ROM copies it to SRAM, checks its CRC-32 and runs it with the flash not yet readable (datasheet 2.8.1).
 * It maps the flash with the plain 03h serial read at a quarter of the system clock, which every SPI flash
 * understands, and starts the vector table behind it. Slower on cache misses than a quad-mode second stage.
 * The last word is the checksum of the 252 bytes before it: the build fills it in (mcusim/codegen/boot2.py).
 */
    .syntax unified
    .cpu    cortex-m0plus
    .thumb

    .equ XIP_SSI_BASE,  0x18000000
    .equ SSI_CTRLR0,    0x00
    .equ SSI_CTRLR1,    0x04
    .equ SSI_SSIENR,    0x08
    .equ SSI_BAUDR,     0x14
    .equ SSI_SPI_CTRLR0, 0xF4
    .equ SCB_VTOR,      0xE000ED08
    .equ VECTOR_TABLE,  0x10000100

    .section .boot2, "ax"
    .global boot2_entry
    .type   boot2_entry, %function
    .thumb_func
boot2_entry:
    ldr     r3, =XIP_SSI_BASE
    movs    r1, #0
    str     r1, [r3, #SSI_SSIENR]       /* off while being configured */
    movs    r1, #4
    str     r1, [r3, #SSI_BAUDR]
    ldr     r1, =((31 << 16) | (3 << 8)) /* 32-bit frames, "EEPROM read": send, then receive */
    str     r1, [r3, #SSI_CTRLR0]
    ldr     r1, =((0x03 << 24) | (2 << 8) | (6 << 2)) /* read command 03h, 8-bit command, 24-bit address */
    ldr     r0, =(XIP_SSI_BASE + SSI_SPI_CTRLR0)
    str     r1, [r0]
    movs    r1, #0
    str     r1, [r3, #SSI_CTRLR1]       /* one frame per access */
    movs    r1, #1
    str     r1, [r3, #SSI_SSIENR]

    ldr     r0, =VECTOR_TABLE
    ldr     r1, =SCB_VTOR
    str     r0, [r1]
    ldmia   r0!, {r1, r2}
    msr     msp, r1
    bx      r2
    .ltorg
    .size   boot2_entry, . - boot2_entry

    .org    252
    .word   0
