/* Single precision of the stand-in for the RP2040's boot ROM (RP2040 datasheet, 2.8.3.2): to the nearest, ties to even;
   denormals count as zeros and NaNs as infinities, results that are too small become zero. Fixed-point conversions round
   towards minus infinity and saturate. */
#include "numbers.h"

enum { EXPONENT_BITS = 0x7f800000, FRACTION_BITS = 0x7fffff, HIDDEN = 0x800000, INFINITE = 255, BIAS = 127 };
#define EXPONENT(x) ((int32_t)((x) << 1 >> 24))

/* Rounds `fraction`, whose hidden one is bit 26, and packs it. */
static inline uint32_t packed(uint32_t sign, int32_t exponent, uint32_t fraction)
{
    fraction = (fraction + 3 + (fraction >> 3 & 1)) >> 3;
    if (exponent < 1)
        return sign;
    if (exponent > INFINITE - 1)
        return sign | EXPONENT_BITS;
    return sign | (((uint32_t)exponent << 23) + fraction - HIDDEN); /* a carry moves on to the exponent */
}

uint32_t rom_fadd(uint32_t x, uint32_t y)
{
    if (x << 1 < y << 1) {
        uint32_t other = x;
        x = y;
        y = other;
    }
    int32_t exponent = EXPONENT(x), distance = exponent - EXPONENT(y);
    uint32_t sign = x & SIGN;
    if (distance == exponent) /* y is zero */
        return exponent ? (exponent == INFINITE ? sign | EXPONENT_BITS : x) : x & y & SIGN;
    if (exponent == INFINITE)
        return sign | EXPONENT_BITS;
    if (distance > 26)
        return x;
    uint32_t a = ((x & FRACTION_BITS) | HIDDEN) << 3, whole = ((y & FRACTION_BITS) | HIDDEN) << 3;
    uint32_t b = whole >> distance;
    if (b << distance != whole)
        b |= 1;
    if ((int32_t)(x ^ y) >= 0) {
        a += b;
        if (a >> 27) {
            a = a >> 1 | (a & 1);
            exponent++;
        }
        return packed(sign, exponent, a);
    }
    a -= b;
    if (!a)
        return 0;
    if (!(a >> 26)) {
        uint32_t shift = leading_zeros(a) - 5;
        a <<= shift;
        exponent -= (int32_t)shift;
    }
    return packed(sign, exponent, a);
}

uint32_t rom_fsub(uint32_t x, uint32_t y)
{
    return rom_fadd(x, y ^ SIGN);
}

uint32_t rom_fmul(uint32_t x, uint32_t y)
{
    uint32_t sign = (x ^ y) & SIGN;
    int32_t ex = EXPONENT(x), ey = EXPONENT(y), exponent = ex + ey - BIAS;
    if (!ex || !ey)
        return sign;
    if (ex == INFINITE || ey == INFINITE)
        return sign | EXPONENT_BITS;
    x = (x & FRACTION_BITS) | HIDDEN;
    y = (y & FRACTION_BITS) | HIDDEN;
    uint32_t low = (x & 0xff) * (y & 0xff), middle = (x >> 8) * (y & 0xff) + (x & 0xff) * (y >> 8) + (low >> 8);
    uint32_t fraction = (x >> 8) * (y >> 8) + (middle >> 8); /* the product's bits 16 and up */
    uint32_t is_inexact = (middle & 0xff) | (low & 0xff);
    if (fraction >> 31) {
        fraction = fraction >> 1 | (fraction & 1);
        exponent++;
    }
    /* bits 30 to 0: the hidden one goes to bit 26 */
    is_inexact |= fraction & 0xf;
    return packed(sign, exponent, fraction >> 4 | !!is_inexact);
}

uint32_t rom_fdiv(uint32_t x, uint32_t y)
{
    uint32_t sign = (x ^ y) & SIGN;
    int32_t ex = EXPONENT(x), ey = EXPONENT(y), exponent = ex - ey + BIAS;
    if (!ex || ey == INFINITE)
        return ex == INFINITE ? sign | EXPONENT_BITS : sign;
    if (!ey || ex == INFINITE)
        return sign | EXPONENT_BITS;
    x = (x & FRACTION_BITS) | HIDDEN;
    y = (y & FRACTION_BITS) | HIDDEN;
    if (x < y) {
        x <<= 1;
        exponent--;
    }
    /* 1 + 8 + 8 + 8 + 2 bits of the quotient, each step with the hardware divider */
    uint32_t quotient = 1, rest = x - y;
    for (uint32_t step = 0; step < 3; step++) {
        divide(rest << 8, y);
        quotient = quotient << 8 | QUOTIENT;
        rest = REMAINDER;
    }
    divide(rest << 2, y);
    quotient = quotient << 2 | QUOTIENT;
    return packed(sign, exponent, quotient | !!REMAINDER);
}

uint32_t rom_fsqrt(uint32_t x)
{
    int32_t exponent = EXPONENT(x);
    if (!exponent)
        return x & SIGN;
    if (x >> 31)
        return SIGN | EXPONENT_BITS;
    if (exponent == INFINITE)
        return EXPONENT_BITS;
    uint32_t fraction = (x & FRACTION_BITS) | HIDDEN;
    if (!(exponent & 1))
        fraction <<= 1;
    /* 26 bits of the root: two of `fraction` (Q23, 1 to 4) and as many zeros behind it at a time */
    uint32_t root = 0, rest = 0;
    fraction <<= 7;
    for (uint32_t bit = 0; bit < 26; bit++) {
        rest = rest << 2 | fraction >> 30;
        fraction <<= 2;
        uint32_t trial = root << 2 | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    return packed(0, (exponent + BIAS) >> 1, root << 1 | !!rest);
}

int32_t rom_fcmp(uint32_t x, uint32_t y)
{
    if (!EXPONENT(x))
        x = 0;
    if (!EXPONENT(y))
        y = 0;
    int32_t a = x >> 31 ? -(int32_t)(x & ~SIGN) : (int32_t)x, b = y >> 31 ? -(int32_t)(y & ~SIGN) : (int32_t)y;
    return a < b ? -1 : a > b;
}

/* --- conversions; `places` is the number of fraction bits --- */

static uint32_t from_64(uint64_t magnitude, uint32_t sign, int32_t places)
{
    uint32_t high = (uint32_t)(magnitude >> 32), low = (uint32_t)magnitude;
    if (!(high | low))
        return 0;
    uint32_t shift = high ? leading_zeros(high) : 32 + leading_zeros(low);
    magnitude = shifted_left(magnitude, shift);
    high = (uint32_t)(magnitude >> 32);
    return packed(sign, BIAS + 63 - (int32_t)shift - places, high >> 5 | !!(high & 31) | !!(uint32_t)magnitude);
}

uint32_t rom_fix642float(int64_t value, int32_t places)
{
    return value < 0 ? from_64(-(uint64_t)value, SIGN, places) : from_64((uint64_t)value, 0, places);
}
uint32_t rom_ufix642float(uint64_t value, int32_t places) { return from_64(value, 0, places); }
uint32_t rom_int642float(int64_t value) { return rom_fix642float(value, 0); }
uint32_t rom_uint642float(uint64_t value) { return from_64(value, 0, 0); }

static uint32_t from_32(uint32_t magnitude, uint32_t sign, int32_t places)
{
    if (!magnitude)
        return 0;
    uint32_t shift = leading_zeros(magnitude);
    magnitude <<= shift;
    return packed(sign, BIAS + 31 - (int32_t)shift - places, magnitude >> 5 | !!(magnitude & 31));
}

uint32_t rom_fix2float(int32_t value, int32_t places)
{
    return value < 0 ? from_32(-(uint32_t)value, SIGN, places) : from_32((uint32_t)value, 0, places);
}
uint32_t rom_ufix2float(uint32_t value, int32_t places) { return from_32(value, 0, places); }
uint32_t rom_int2float(int32_t value) { return rom_fix2float(value, 0); }
uint32_t rom_uint2float(uint32_t value) { return from_32(value, 0, 0); }

uint64_t rom_float2ufix64(uint32_t x, int32_t places)
{
    int32_t shift = EXPONENT(x) - BIAS - 23 + places;
    if (x >> 31 || !EXPONENT(x) || shift < -23)
        return 0;
    if (EXPONENT(x) == INFINITE || shift > 40)
        return UINT64_MAX;
    uint32_t fraction = (x & FRACTION_BITS) | HIDDEN;
    return shift < 0 ? fraction >> -shift : shifted_left(fraction, (uint32_t)shift);
}

int64_t rom_float2fix64(uint32_t x, int32_t places)
{
    uint64_t magnitude = rom_float2ufix64(x & ~SIGN, places);
    if (!(x >> 31))
        return magnitude >> 63 ? INT64_MAX : (int64_t)magnitude;
    int32_t shift = EXPONENT(x) - BIAS - 23 + places;
    if (EXPONENT(x) && shift < 0) { /* what was cut off makes it smaller */
        uint32_t fraction = (x & FRACTION_BITS) | HIDDEN;
        magnitude += shift < -23 || fraction << (32 + shift) != 0;
    }
    return magnitude >> 63 ? INT64_MIN : -(int64_t)magnitude;
}

uint32_t rom_float2ufix(uint32_t x, int32_t places)
{
    int32_t shift = EXPONENT(x) - BIAS - 23 + places;
    if (x >> 31 || !EXPONENT(x) || shift < -23)
        return 0;
    if (EXPONENT(x) == INFINITE || shift > 8)
        return UINT32_MAX;
    uint32_t fraction = (x & FRACTION_BITS) | HIDDEN;
    return shift < 0 ? fraction >> -shift : fraction << shift;
}

int32_t rom_float2fix(uint32_t x, int32_t places)
{
    uint32_t magnitude = rom_float2ufix(x & ~SIGN, places);
    if (!(x >> 31))
        return magnitude >> 31 ? INT32_MAX : (int32_t)magnitude;
    int32_t shift = EXPONENT(x) - BIAS - 23 + places;
    if (EXPONENT(x) && shift < 0)
        magnitude += shift < -23 || ((x & FRACTION_BITS) | HIDDEN) << (32 + shift) != 0;
    return magnitude >> 31 ? INT32_MIN : -(int32_t)magnitude;
}

int32_t rom_float2int(uint32_t x) { return rom_float2fix(x, 0); }
uint32_t rom_float2uint(uint32_t x) { return rom_float2ufix(x, 0); }
int64_t rom_float2int64(uint32_t x) { return rom_float2fix64(x, 0); }
uint64_t rom_float2uint64(uint32_t x) { return rom_float2ufix64(x, 0); }

/* --- functions: through double precision, rounded once --- */

void rom_fsincos(uint32_t x, uint32_t *sine, uint32_t *cosine)
{
    uint64_t s, c;
    rom_dsincos_into(rom_float2double(x), &s, &c);
    *sine = rom_double2float(s);
    *cosine = rom_double2float(c);
}
uint32_t rom_fcos(uint32_t x) { return rom_double2float(rom_dcos(rom_float2double(x))); }
uint32_t rom_ftan(uint32_t x) { return rom_double2float(rom_dtan(rom_float2double(x))); }
uint32_t rom_fexp(uint32_t x) { return rom_double2float(rom_dexp(rom_float2double(x))); }
uint32_t rom_fln(uint32_t x) { return rom_double2float(rom_dln(rom_float2double(x))); }
uint32_t rom_fatan2(uint32_t y, uint32_t x)
{
    return rom_double2float(rom_datan2(rom_float2double(y), rom_float2double(x)));
}
