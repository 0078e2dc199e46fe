/* Entries at the addresses of AmbiqSuite's g_am_hal_flash (am_hal_flash.c): a branch every four bytes. */
    .syntax unified
    .thumb
    .section .header, "ax"
    .global rom_table
rom_table:
    .space 0x4c
    b.w rom_mass_erase              @ 0x4c
    b.w rom_page_erase              @ 0x50
    b.w rom_program_main            @ 0x54
    b.w rom_program_info            @ 0x58
    b.w rom_absent                  @ 0x5c program main from SRAM
    b.w rom_absent                  @ 0x60 program info from SRAM
    b.w rom_absent                  @ 0x64 erase pages from SRAM
    b.w rom_absent                  @ 0x68 mass erase from SRAM
    b.w rom_mass_erase              @ 0x6c without waiting
    b.w rom_page_erase              @ 0x70 without waiting
    b.w rom_read_word               @ 0x74
    b.w rom_write_word              @ 0x78
    b.w rom_is_complete             @ 0x7c
    b.w rom_absent                  @ 0x80 info erase
    b.w rom_absent                  @ 0x84
    b.w rom_absent                  @ 0x88
    b.w rom_absent                  @ 0x8c
    b.w rom_absent                  @ 0x90
    b.w rom_absent                  @ 0x94
    b.w rom_absent                  @ 0x98
    b.w rom_delay_cycles            @ 0x9c
    b.w rom_is_complete             @ 0xa0 from SRAM
    b.w rom_absent                  @ 0xa4
    b.w rom_absent                  @ 0xa8

/* Three cycles an iteration, as CYCLESPERITER of am_hal_flash.h counts: one to subtract, two to branch. */
    .text
    .global rom_delay_cycles
    .thumb_func
    .type rom_delay_cycles, %function
    .balign 16
rom_delay_cycles:
    cbz r0, 2f
1:  subs r0, #1
    bne 1b
2:  bx lr
    .size rom_delay_cycles, . - rom_delay_cycles
