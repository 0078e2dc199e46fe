/* Double precision of the stand-in for the RP2040's boot ROM; conventions as in float.c. */
#include "numbers.h"

#define SIGN_64 ((uint64_t)SIGN << 32)
#define INFINITY_64 ((uint64_t)0x7ff00000 << 32)
#define FRACTION_64 (((uint64_t)1 << 52) - 1)
#define HIDDEN_64 ((uint64_t)1 << 52)
enum { INFINITE = 2047, BIAS = 1023 };
#define HIGH(x) ((uint32_t)((x) >> 32))
#define EXPONENT(x) ((int32_t)(HIGH(x) << 1 >> 21))
#define FRACTION(x) (((x) & FRACTION_64) | HIDDEN_64)
#define SIGN_OF(x) ((x) & SIGN_64)

/* Rounds `fraction`, whose hidden one is bit 55, and packs it. */
static inline uint64_t packed(uint64_t sign, int32_t exponent, uint64_t fraction)
{
    fraction = (fraction + 3 + ((uint32_t)fraction >> 3 & 1)) >> 3;
    if (exponent < 1)
        return sign;
    if (exponent > INFINITE - 1)
        return sign | INFINITY_64;
    return sign | (((uint64_t)(uint32_t)exponent << 52) + fraction - HIDDEN_64);
}

static inline uint32_t leading_zeros_64(uint64_t x)
{
    return HIGH(x) ? leading_zeros(HIGH(x)) : 32 + leading_zeros((uint32_t)x);
}

uint64_t rom_dadd(uint64_t x, uint64_t y)
{
    if (x << 1 < y << 1) {
        uint64_t other = x;
        x = y;
        y = other;
    }
    int32_t exponent = EXPONENT(x), distance = exponent - EXPONENT(y);
    uint64_t sign = SIGN_OF(x);
    if (distance == exponent)
        return exponent ? (exponent == INFINITE ? sign | INFINITY_64 : x) : SIGN_OF(x & y);
    if (exponent == INFINITE)
        return sign | INFINITY_64;
    if (distance > 55)
        return x;
    uint64_t a = FRACTION(x) << 3, whole = FRACTION(y) << 3, b = shifted_right(whole, (uint32_t)distance);
    if (shifted_left(b, (uint32_t)distance) != whole)
        b |= 1;
    if (!((HIGH(x) ^ HIGH(y)) >> 31)) {
        a += b;
        if (HIGH(a) >> 24) {
            a = a >> 1 | (a & 1);
            exponent++;
        }
        return packed(sign, exponent, a);
    }
    a -= b;
    if (!a)
        return 0;
    if (!(HIGH(a) >> 23)) {
        uint32_t shift = leading_zeros_64(a) - 8;
        a = shifted_left(a, shift);
        exponent -= (int32_t)shift;
    }
    return packed(sign, exponent, a);
}

uint64_t rom_dsub(uint64_t x, uint64_t y)
{
    return rom_dadd(x, y ^ SIGN_64);
}

/* 32 by 32 bits */
static inline uint64_t product(uint32_t x, uint32_t y)
{
    uint32_t low = (x & 0xffff) * (y & 0xffff), high = (x >> 16) * (y >> 16);
    uint32_t middle = (x >> 16) * (y & 0xffff), other = (x & 0xffff) * (y >> 16) + (low >> 16);
    middle += other & 0xffff; /* cannot carry: (2^16 - 1)^2 + 2^16 - 1 */
    high += (other >> 16) + (middle >> 16);
    return (uint64_t)high << 32 | middle << 16 | (low & 0xffff);
}

uint64_t rom_dmul(uint64_t x, uint64_t y)
{
    uint64_t sign = SIGN_OF(x ^ y);
    int32_t ex = EXPONENT(x), ey = EXPONENT(y), exponent = ex + ey - BIAS;
    if (!ex || !ey)
        return sign;
    if (ex == INFINITE || ey == INFINITE)
        return sign | INFINITY_64;
    x = FRACTION(x) << 11; /* 64 bits: the product's high 64 bits have the hidden one at 63 or 62 */
    y = FRACTION(y) << 11;
    uint64_t low = product((uint32_t)x, (uint32_t)y), high = product(HIGH(x), HIGH(y));
    uint64_t a = product(HIGH(x), (uint32_t)y), b = product((uint32_t)x, HIGH(y));
    uint64_t middle = (uint64_t)HIGH(low) + (uint32_t)a + (uint32_t)b;
    high += (uint64_t)HIGH(a) + HIGH(b) + HIGH(middle);
    uint32_t is_inexact = (uint32_t)low | (uint32_t)middle;
    if (!(HIGH(high) >> 31))
        high <<= 1;
    else
        exponent++;
    is_inexact |= (uint32_t)high & 0xff;
    return packed(sign, exponent, high >> 8 | !!is_inexact);
}

uint64_t rom_ddiv(uint64_t x, uint64_t y)
{
    uint64_t sign = SIGN_OF(x ^ y);
    int32_t ex = EXPONENT(x), ey = EXPONENT(y), exponent = ex - ey + BIAS;
    if (!ex || ey == INFINITE)
        return ex == INFINITE ? sign | INFINITY_64 : sign;
    if (!ey || ex == INFINITE)
        return sign | INFINITY_64;
    x = FRACTION(x);
    y = FRACTION(y);
    if (x < y) {
        x <<= 1;
        exponent--;
    }
    /* 1 + 5 x 11 bits. A digit is estimated with the divider from the high parts, never too small by the choice of the
       divisor and at most 2 too large, and then corrected. y has 53 bits, a remainder times 2^11 fits 64. */
    uint32_t top = (uint32_t)(y >> 32); /* 21 bits */
    uint64_t quotient = 1, rest = x - y;
    for (uint32_t step = 0; step < 5; step++) {
        rest <<= 11;
        divide(HIGH(rest), top);
        uint32_t digit = QUOTIENT;
        int64_t left = (int64_t)(rest - ((uint64_t)(top * digit) << 32) - product((uint32_t)y, digit));
        while (left < 0) {
            left += (int64_t)y;
            digit--;
        }
        quotient = quotient << 11 | digit;
        rest = (uint64_t)left;
    }
    return packed(sign, exponent, quotient | (rest != 0));
}

uint64_t rom_dsqrt(uint64_t x)
{
    int32_t exponent = EXPONENT(x);
    if (!exponent)
        return SIGN_OF(x);
    if (HIGH(x) >> 31)
        return SIGN_64 | INFINITY_64;
    if (exponent == INFINITE)
        return INFINITY_64;
    uint64_t fraction = FRACTION(x) << (exponent & 1 ? 10 : 11);
    uint64_t root = 0, rest = 0;
    for (uint32_t bit = 0; bit < 55; bit++) {
        rest = rest << 2 | HIGH(fraction) >> 30;
        fraction <<= 2;
        uint64_t trial = root << 2 | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    return packed(0, (exponent + BIAS) >> 1, root << 1 | (rest != 0));
}

int32_t rom_dcmp(uint64_t x, uint64_t y)
{
    if (!EXPONENT(x))
        x = 0;
    if (!EXPONENT(y))
        y = 0;
    int64_t a = HIGH(x) >> 31 ? -(int64_t)(x & ~SIGN_64) : (int64_t)x;
    int64_t b = HIGH(y) >> 31 ? -(int64_t)(y & ~SIGN_64) : (int64_t)y;
    return a < b ? -1 : a > b;
}

/* --- conversions --- */

uint64_t rom_float2double(uint32_t x)
{
    uint32_t exponent = x << 1 >> 24;
    uint64_t sign = (uint64_t)(x & SIGN) << 32;
    if (!exponent)
        return sign;
    if (exponent == 255)
        return sign | INFINITY_64;
    return sign | (((uint64_t)(x & ~SIGN) << 29) + ((uint64_t)(BIAS - 127) << 52));
}

uint32_t rom_double2float(uint64_t x)
{
    int32_t exponent = EXPONENT(x) - BIAS + 127;
    uint32_t sign = HIGH(x) & SIGN;
    if (exponent < 1)
        return sign;
    if (exponent > 254)
        return sign | 0x7f800000;
    uint32_t fraction = (HIGH(x) & 0xfffff) << 6 | (uint32_t)x >> 26 | !!((uint32_t)x << 6);
    fraction = (fraction + 3 + (fraction >> 3 & 1)) >> 3;
    return sign | (((uint32_t)exponent << 23) + fraction);
}

static uint64_t from_64(uint64_t magnitude, uint64_t sign, int32_t places)
{
    if (!magnitude)
        return 0;
    uint32_t shift = leading_zeros_64(magnitude);
    magnitude = shifted_left(magnitude, shift);
    return packed(sign, BIAS + 63 - (int32_t)shift - places, magnitude >> 8 | !!((uint32_t)magnitude & 0xff));
}

uint64_t rom_fix642double(int64_t value, int32_t places)
{
    return value < 0 ? from_64(-(uint64_t)value, SIGN_64, places) : from_64((uint64_t)value, 0, places);
}
uint64_t rom_ufix642double(uint64_t value, int32_t places) { return from_64(value, 0, places); }
uint64_t rom_int642double(int64_t value) { return rom_fix642double(value, 0); }
uint64_t rom_uint642double(uint64_t value) { return from_64(value, 0, 0); }
uint64_t rom_fix2double(int32_t value, int32_t places) { return rom_fix642double(value, places); }
uint64_t rom_ufix2double(uint32_t value, int32_t places) { return from_64(value, 0, places); }
uint64_t rom_int2double(int32_t value) { return rom_fix642double(value, 0); }
uint64_t rom_uint2double(uint32_t value) { return from_64(value, 0, 0); }

uint64_t rom_double2ufix64(uint64_t x, int32_t places)
{
    int32_t shift = EXPONENT(x) - BIAS - 52 + places;
    if (HIGH(x) >> 31 || !EXPONENT(x) || shift < -52)
        return 0;
    if (EXPONENT(x) == INFINITE || shift > 11)
        return UINT64_MAX;
    return shift < 0 ? shifted_right(FRACTION(x), (uint32_t)-shift) : shifted_left(FRACTION(x), (uint32_t)shift);
}

int64_t rom_double2fix64(uint64_t x, int32_t places)
{
    uint64_t magnitude = rom_double2ufix64(x & ~SIGN_64, places);
    if (!(HIGH(x) >> 31))
        return HIGH(magnitude) >> 31 ? INT64_MAX : (int64_t)magnitude;
    int32_t shift = EXPONENT(x) - BIAS - 52 + places;
    if (EXPONENT(x) && shift < 0)
        magnitude += shift < -52 || shifted_left(FRACTION(x), (uint32_t)(64 + shift)) != 0;
    return HIGH(magnitude) >> 31 ? INT64_MIN : -(int64_t)magnitude;
}

uint32_t rom_double2ufix(uint64_t x, int32_t places)
{
    uint64_t value = rom_double2ufix64(x, places);
    return HIGH(value) ? UINT32_MAX : (uint32_t)value;
}

int32_t rom_double2fix(uint64_t x, int32_t places)
{
    int64_t value = rom_double2fix64(x, places);
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

int32_t rom_double2int(uint64_t x) { return rom_double2fix(x, 0); }
uint32_t rom_double2uint(uint64_t x) { return rom_double2ufix(x, 0); }
int64_t rom_double2int64(uint64_t x) { return rom_double2fix64(x, 0); }
uint64_t rom_double2uint64(uint64_t x) { return rom_double2ufix64(x, 0); }
