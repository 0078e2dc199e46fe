/* Image definition of the RP2350: the boot ROM looks for it in the first 4 KiB of flash and starts the vector table at
 * the beginning (RP2350 datasheet, 5.9.5.1 as quoted: the least that makes an Arm executable). */
#include <stdint.h>

__attribute__((section(".boot_data"), used)) const uint32_t rp2350_image_def[5] = {
    0xFFFFDED3u, /* start of a block */
    0x10210142u, /* item: image type, executable, secure, Arm, RP2350 */
    0x000001FFu, /* last item, 1 word before it */
    0x00000000u, /* no other block: the loop is this one */
    0xAB123579u, /* end of a block */
};
