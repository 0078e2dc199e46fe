/* Vector table, the pointers that firmware looks for, function and data tables (RP2040 datasheet, 2.8.3; pico-sdk
   boot/bootrom_constants.h and pico/bootrom/sf_table.h). Stand-in for the chip's boot ROM, written for mcusim. */
    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .section .header, "ax"
    .word 0x20041f00                    /* below the place of the second stage */
    .word rom_reset + 1
    .word rom_trap + 1                  /* NMI */
    .word rom_trap + 1                  /* HardFault */
    .byte 'M', 'u', 1, 3                /* 0x10: magic; version 3 as on B2 chips */
    .hword function_table, data_table, rom_table_lookup + 1
    .hword 0

.macro entry c1, c2, target
    .byte \c1, \c2
    .hword \target
.endm

    .balign 4
function_table:
    entry 'P', '3', rom_popcount32 + 1
    entry 'R', '3', rom_reverse32 + 1
    entry 'L', '3', rom_clz32 + 1
    entry 'T', '3', rom_ctz32 + 1
    entry 'M', 'S', rom_memset + 1
    entry 'S', '4', rom_memset4 + 1
    entry 'M', 'C', rom_memcpy + 1
    entry 'C', '4', rom_memcpy44 + 1
    entry 'U', 'B', rom_reset_usb_boot + 1
    entry 'I', 'F', rom_connect_internal_flash + 1
    entry 'E', 'X', rom_flash_exit_xip + 1
    entry 'R', 'E', rom_flash_range_erase + 1
    entry 'R', 'P', rom_flash_range_program + 1
    entry 'F', 'C', rom_flash_flush_cache + 1
    entry 'C', 'X', rom_flash_enter_cmd_xip + 1
    entry 'D', 'T', rom_trap + 1        /* debug trampoline */
    entry 'D', 'E', rom_trap + 1        /* its end */
    entry 'W', 'V', rom_wait_for_vector + 1
    .word 0
data_table:
    entry 'C', 'R', copyright
    entry 'G', 'R', git_revision
    entry 'F', 'S', rom_fadd            /* first and last byte of the floating-point code */
    entry 'F', 'E', rom_float_end
    entry 'D', 'S', rom_dadd
    entry 'D', 'E', rom_double_end
    entry 'S', 'F', soft_float_table
    entry 'S', 'D', soft_double_table
    .word 0

    .balign 4
    .byte 0, 0, 0x20, 0                 /* words in the table, two bytes before it */
soft_float_table:
    .word rom_fadd + 1, rom_fsub + 1, rom_fmul + 1, rom_fdiv + 1
    .word rom_trap + 1, rom_trap + 1                            /* 0x10, 0x14: unused */
    .word rom_fsqrt + 1, rom_float2int + 1, rom_float2fix + 1, rom_float2uint + 1, rom_float2ufix + 1
    .word rom_int2float + 1, rom_fix2float + 1, rom_uint2float + 1, rom_ufix2float + 1
    .word rom_fcos + 1, rom_fsin + 1, rom_ftan + 1, rom_fsin + 1, rom_fexp + 1, rom_fln + 1
    .word rom_fcmp + 1, rom_fatan2 + 1
    .word rom_int642float + 1, rom_fix642float + 1, rom_uint642float + 1, rom_ufix642float + 1
    .word rom_float2int64 + 1, rom_float2fix64 + 1, rom_float2uint64 + 1, rom_float2ufix64 + 1
    .word rom_float2double + 1
    .byte 0, 0, 0x20, 0
soft_double_table:
    .word rom_dadd + 1, rom_dsub + 1, rom_dmul + 1, rom_ddiv + 1
    .word rom_trap + 1, rom_trap + 1
    .word rom_dsqrt + 1, rom_double2int + 1, rom_double2fix + 1, rom_double2uint + 1, rom_double2ufix + 1
    .word rom_int2double + 1, rom_fix2double + 1, rom_uint2double + 1, rom_ufix2double + 1
    .word rom_dcos + 1, rom_dsin + 1, rom_dtan + 1, rom_dsincos + 1, rom_dexp + 1, rom_dln + 1
    .word rom_dcmp + 1, rom_datan2 + 1
    .word rom_int642double + 1, rom_fix642double + 1, rom_uint642double + 1, rom_ufix642double + 1
    .word rom_double2int64 + 1, rom_double2fix64 + 1, rom_double2uint64 + 1, rom_double2ufix64 + 1
    .word rom_double2float + 1
copyright:
    .asciz "mcusim stand-in for the RP2040 boot ROM"
    .balign 4
git_revision:
    .word 0x6d637573
    .size function_table, data_table - function_table

.macro function name
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
.endm
.macro done name
    .size \name, . - \name
.endm

    .text
/* void *rom_table_lookup(uint16_t *table, uint32_t code) */
function rom_table_lookup
1:  ldrh r2, [r0]
    cmp r2, #0
    beq 2f
    adds r0, #4
    cmp r2, r1
    bne 1b
    subs r0, #2
    ldrh r0, [r0]
    bx lr
2:  movs r0, #0
    bx lr
done rom_table_lookup

/* The bit functions keep r12: the SDK's conversions hold their return address there. */
function rom_popcount32
    ldr r1, =0x55555555
    lsrs r2, r0, #1
    ands r2, r1
    subs r0, r2
    ldr r1, =0x33333333
    lsrs r2, r0, #2
    ands r0, r1
    ands r2, r1
    adds r0, r2
    lsrs r2, r0, #4
    adds r0, r2
    ldr r1, =0x0f0f0f0f
    ands r0, r1
    ldr r1, =0x01010101
    muls r0, r1
    lsrs r0, #24
    bx lr
done rom_popcount32

.macro swap_bits mask, count
    ldr r1, =\mask
    lsrs r2, r0, #\count
    ands r2, r1
    ands r0, r1
    lsls r0, #\count
    orrs r0, r2
.endm
function rom_reverse32
    rev r0, r0
    swap_bits 0x0f0f0f0f, 4
    swap_bits 0x33333333, 2
    swap_bits 0x55555555, 1
    bx lr
done rom_reverse32

function rom_ctz32
    rsbs r1, r0, #0
    ands r0, r1                         /* the lowest bit alone: 31 - clz, and 32 for 0 */
    beq 1f
    ldr r1, =0x077cb531                 /* de Bruijn sequence */
    muls r0, r1
    lsrs r0, #27
    adr r1, ctz_table
    ldrb r0, [r1, r0]
    bx lr
1:  movs r0, #32
    bx lr
    .balign 4
ctz_table:
    .byte 0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8
    .byte 31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9
done rom_ctz32

function rom_clz32
    movs r1, #28
    lsrs r2, r0, #16
    beq 1f
    subs r1, #16
    movs r0, r2
1:  lsrs r2, r0, #8
    beq 1f
    subs r1, #8
    movs r0, r2
1:  lsrs r2, r0, #4
    beq 1f
    subs r1, #4
    movs r0, r2
1:  adr r2, clz_table
    ldrb r0, [r2, r0]
    adds r0, r1
    bx lr
    .balign 4
clz_table:
    .byte 4, 3, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0
done rom_clz32

/* uint8_t *memset(uint8_t *p, uint8_t value, uint32_t count); memset4: p and count are multiples of 4 */
function rom_memset
    mov r12, r0
    uxtb r1, r1
1:  lsls r3, r0, #30                    /* bytes up to a word boundary */
    beq 2f
    subs r2, #1
    bmi 9f
    strb r1, [r0]
    adds r0, #1
    b 1b
2:  lsls r3, r1, #8
    orrs r1, r3
    lsls r3, r1, #16
    orrs r1, r3
    movs r3, r1
    subs r2, #8
    bmi 4f
3:  stmia r0!, {r1, r3}
    subs r2, #8
    bpl 3b
4:  lsls r2, #29                        /* the last 0 to 7 bytes: count modulo 8 */
    bpl 5f
    stmia r0!, {r1}
5:  lsls r2, #1
    bpl 6f
    strh r1, [r0]
    adds r0, #2
6:  lsls r2, #1
    bpl 9f
    strb r1, [r0]
9:  mov r0, r12
    bx lr
done rom_memset
function rom_memset4
    b rom_memset
done rom_memset4

/* uint8_t *memcpy(uint8_t *to, const uint8_t *from, uint32_t count) */
function rom_memcpy
    mov r12, r0
    movs r3, r0
    orrs r3, r1
    lsls r3, #30
    beq copy_words
    movs r3, r0
    eors r3, r1
    lsls r3, #30
    bne copy_bytes                      /* never aligned to each other */
1:  lsls r3, r0, #30
    beq copy_words
    subs r2, #1
    bmi 9f
    ldrb r3, [r1]
    strb r3, [r0]
    adds r1, #1
    adds r0, #1
    b 1b
copy_words:
    subs r2, #16
    bmi 3f
    push {r4, r5, r6}
2:  ldmia r1!, {r3, r4, r5, r6}
    stmia r0!, {r3, r4, r5, r6}
    subs r2, #16
    bpl 2b
    pop {r4, r5, r6}
3:  adds r2, #12
    bmi 5f
4:  ldmia r1!, {r3}
    stmia r0!, {r3}
    subs r2, #4
    bpl 4b
5:  adds r2, #4
copy_bytes:
    subs r2, #1
    bmi 9f
6:  ldrb r3, [r1]
    strb r3, [r0]
    adds r1, #1
    adds r0, #1
    subs r2, #1
    bpl 6b
9:  mov r0, r12
    bx lr
done rom_memcpy
function rom_memcpy44
    mov r12, r0
    b copy_words
done rom_memcpy44

/* Core 1, and core 0 when nothing can be booted, wait here; mcusim ends the run at the breakpoint. */
function rom_wait_for_vector
1:  wfe
    b 1b
done rom_wait_for_vector
function rom_trap
    bkpt #0xfe
    b rom_trap
done rom_trap
function rom_no_flash_image
    bkpt #0xfd
    b rom_no_flash_image
done rom_no_flash_image
function rom_reset_usb_boot
    bkpt #0xfc
    b rom_reset_usb_boot
done rom_reset_usb_boot

/* After reset: wait_for_vector on core 1; on core 0 the checked second stage, entered with lr = 0. */
function rom_reset
    ldr r0, =0xd0000000                 /* SIO.CPUID */
    ldr r0, [r0]
    cmp r0, #0
    bne rom_wait_for_vector
    ldr r0, =0x20041f00
    mov sp, r0
    bl rom_vector_from_watchdog
    bl rom_load_second_stage
    cmp r0, #0
    beq rom_no_flash_image
    ldr r0, =0x20041f01
    movs r1, #0
    mov lr, r1
    bx r0
done rom_reset

/* void rom_enter(uint32_t sp, uint32_t pc) */
function rom_enter
    mov sp, r0
    bx r1
done rom_enter

function rom_fsin
    push {lr}
    sub sp, #12
    mov r1, sp
    add r2, sp, #4
    bl rom_fsincos
    pop {r0, r1, r2, pc}
done rom_fsin
function rom_dsincos
    push {r4, lr}
    sub sp, #16
    mov r2, sp
    add r3, sp, #8
    bl rom_dsincos_into
    pop {r0, r1, r2, r3, r4, pc}
done rom_dsincos
