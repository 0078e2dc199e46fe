/* Last in the link order: where the floating-point code ends. */
    .text
    .global rom_float_end, rom_double_end
rom_float_end:
rom_double_end:
    .hword 0
