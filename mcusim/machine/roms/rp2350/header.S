/* Vector table, the pointers that firmware looks for, and one table of functions and data (pico-sdk 2.2,
   boot/bootrom_constants.h and pico/bootrom.h). Stand-in for the RP2350's boot ROM for Arm code, written for mcusim. */
    .syntax unified
    .cpu cortex-m33
    .thumb
    .section .header, "ax"
    .word 0x20082000
    .word rom_reset + 1
    .word rom_trap + 1
    .word rom_trap + 1
    .byte 'M', 'u', 2, 2                /* 0x10: magic; the chip's number of this ROM; version */
    .hword table, rom_table_lookup + 1

/* Each entry: code, what it is good for (RT_FLAG_...), pointer. */
.macro secure c1, c2, target
    .byte \c1, \c2
    .hword 0x0004, \target + 1
.endm
.macro data c1, c2, target
    .byte \c1, \c2
    .hword 0x0040, \target
.endm
    .balign 4
table:
    secure 'S', 'R', rom_bootrom_state_reset
    secure 'I', 'F', rom_connect_internal_flash
    secure 'E', 'X', rom_flash_exit_xip
    secure 'R', 'E', rom_flash_range_erase
    secure 'R', 'P', rom_flash_range_program
    secure 'F', 'C', rom_flash_flush_cache
    secure 'C', 'X', rom_flash_enter_cmd_xip
    secure 'X', 'M', rom_flash_select_xip_read_mode
    secure 'R', 'A', rom_flash_reset_address_trans
    secure 'F', 'A', rom_flash_runtime_to_storage_addr
    secure 'F', 'O', rom_flash_op
    secure 'G', 'S', rom_get_sys_info
    secure 'R', 'B', rom_reboot
    secure 'O', 'A', rom_otp_access
    secure 'V', 'B', rom_validate_ns_buffer
    secure 'S', 'P', rom_set_ns_api_permission
    secure 'R', 'C', rom_set_rom_callback
    secure 'G', 'P', rom_get_partition_table_info
    secure 'L', 'P', rom_load_partition_table
    secure 'A', 'B', rom_not_found
    secure 'G', 'B', rom_not_found
    secure 'G', 'U', rom_not_found
    secure 'C', 'I', rom_not_found
    secure 'E', 'B', rom_not_found
    secure 'S', 'C', rom_not_found
    data 'G', 'R', git_revision
    data 'F', 'D', flash_device_info
    data 'P', 'T', partition_table
    data 'X', 'F', xip_setup
    .word 0
git_revision:
    .word 0x6d637573
flash_device_info:
    .word 0x400e0100                    /* pointers into the boot RAM */
partition_table:
    .word 0x400e0110
xip_setup:
    .word 0x400e0000

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
/* void *rom_table_lookup(uint32_t code, uint32_t flags) */
function rom_table_lookup
    ldr r2, =table
1:  ldrh r3, [r2], #6
    cbz r3, 2f
    cmp r3, r0
    bne 1b
    ldrh r3, [r2, #-4]
    tst r3, r1
    beq 1b
    ldrh r0, [r2, #-2]
    bx lr
2:  movs r0, #0
    bx lr
done rom_table_lookup

function rom_trap
    bkpt #0xfe
    b rom_trap
done rom_trap
function rom_no_flash_image
    bkpt #0xfd
    b rom_no_flash_image
done rom_no_flash_image
function rom_usb_boot
    bkpt #0xfc
    b rom_usb_boot
done rom_usb_boot
function rom_wait_for_vector
1:  wfe
    b 1b
done rom_wait_for_vector

/* After reset the simulator starts flash code by itself; firmware that comes here is started again from flash. */
function rom_reset
    ldr r0, =0xd0000000
    ldr r0, [r0]
    cmp r0, #0
    bne rom_wait_for_vector
    ldr r0, =0x10000000
    ldr r1, =0xe000ed08                 /* VTOR */
    str r0, [r1]
    ldr sp, [r0]
    ldr pc, [r0, #4]
done rom_reset

function rom_not_found
    mvn r0, #16                         /* BOOTROM_ERROR_NOT_FOUND */
    bx lr
done rom_not_found
