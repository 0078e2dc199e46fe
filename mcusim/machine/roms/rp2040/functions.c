/* Sine, cosine, tangent, exponential, logarithm and arc tangent in double precision: argument reduction, then a series.
   Each call of rom_dadd and its like is one rounding; the largest error is a few units in the last place. */
#include "numbers.h"

typedef union { double value; uint64_t bits; } number;
#define BITS(constant) (((number){.value = (constant)}).bits)
#define NEGATED(x) ((x) ^ (uint64_t)1 << 63)
#define IS_NEGATIVE(x) ((uint32_t)((x) >> 63))
#define EXPONENT(x) ((int32_t)((uint32_t)((x) >> 32) << 1 >> 21))
#define INFINITY_64 ((uint64_t)0x7ff00000 << 32)
#define COUNT(array) (sizeof(array) / sizeof *(array))
enum { BIAS = 1023, INFINITE = 2047 };

static const number ONE = {1.0};

/* first + z * (second + z * (third + ...)), stored from the last to the first */
static uint64_t series(uint64_t z, const number *terms, uint32_t count)
{
    uint64_t sum = terms->bits;
    while (--count)
        sum = rom_dadd(rom_dmul(sum, z), (++terms)->bits);
    return sum;
}

static uint64_t scaled(uint64_t x, int32_t exponent)
{
    return x + ((uint64_t)(int64_t)exponent << 52);
}

/* Taylor terms: 1/n! */
static const number SINE[] = {
    {1.0 / 355687428096000.0}, {-1.0 / 1307674368000.0}, {1.0 / 6227020800.0}, {-1.0 / 39916800.0},
    {1.0 / 362880.0}, {-1.0 / 5040.0}, {1.0 / 120.0}, {-1.0 / 6.0},
};
static const number COSINE[] = {
    {1.0 / 20922789888000.0}, {-1.0 / 87178291200.0}, {1.0 / 479001600.0}, {-1.0 / 3628800.0},
    {1.0 / 40320.0}, {-1.0 / 720.0}, {1.0 / 24.0}, {-0.5},
};
static const number EXPONENTIAL[] = {
    {1.0 / 6227020800.0}, {1.0 / 479001600.0}, {1.0 / 39916800.0}, {1.0 / 3628800.0}, {1.0 / 362880.0},
    {1.0 / 40320.0}, {1.0 / 5040.0}, {1.0 / 720.0}, {1.0 / 120.0}, {1.0 / 24.0}, {1.0 / 6.0}, {0.5}, {1.0},
};
static const number ARTANH[] = {
    {2.0 / 21.0}, {2.0 / 19.0}, {2.0 / 17.0}, {2.0 / 15.0}, {2.0 / 13.0}, {2.0 / 11.0}, {2.0 / 9.0}, {2.0 / 7.0},
    {2.0 / 5.0}, {2.0 / 3.0},
};
static const number ARCTANGENT[] = {
    {1.0 / 17.0}, {-1.0 / 15.0}, {1.0 / 13.0}, {-1.0 / 11.0}, {1.0 / 9.0}, {-1.0 / 7.0}, {1.0 / 5.0}, {-1.0 / 3.0},
};
/* pi/2 and ln 2 in parts whose products with small whole numbers are exact */
static const number HALF_PI[] = {{0x1.921fb544p+0}, {0x1.0b4611a6p-34}, {0x1.3198a2e037073p-69}};
static const number LN_2[] = {{0x1.62e42feep-1}, {0x1.a39ef35793c76p-33}};
/* arc tangents of 0, 1/4, 1/2, 3/4, 1 */
static const number ARCTANGENTS[] = {
    {0.0}, {0x1.f5b75f92c80ddp-3}, {0x1.dac670561bb4fp-2}, {0x1.4978fa3269ee1p-1}, {0x1.921fb54442d18p-1},
};
static const number QUARTERS[] = {{0.0}, {0.25}, {0.5}, {0.75}, {1.0}};

static int32_t rounded(uint64_t x)
{
    return rom_double2int(rom_dadd(x, BITS(0.5)));
}

/* |x| < 1024: sine and cosine */
void rom_dsincos_into(uint64_t x, uint64_t *sine, uint64_t *cosine)
{
    int32_t quadrant = rounded(rom_dmul(x, BITS(0x1.45f306dc9c883p-1)));
    uint64_t turns = rom_int2double(quadrant);
    for (uint32_t part = 0; part < COUNT(HALF_PI); part++)
        x = rom_dsub(x, rom_dmul(turns, HALF_PI[part].bits));
    uint64_t z = rom_dmul(x, x);
    uint64_t s = rom_dadd(x, rom_dmul(rom_dmul(x, z), series(z, SINE, COUNT(SINE))));
    uint64_t c = rom_dadd(ONE.bits, rom_dmul(z, series(z, COSINE, COUNT(COSINE))));
    if (quadrant & 1) {
        uint64_t other = s;
        s = c;
        c = NEGATED(other);
    }
    *sine = quadrant & 2 ? NEGATED(s) : s;
    *cosine = quadrant & 2 ? NEGATED(c) : c;
}

uint64_t rom_dsin(uint64_t x)
{
    uint64_t s, c;
    rom_dsincos_into(x, &s, &c);
    return s;
}

uint64_t rom_dcos(uint64_t x)
{
    uint64_t s, c;
    rom_dsincos_into(x, &s, &c);
    return c;
}

uint64_t rom_dtan(uint64_t x)
{
    uint64_t s, c;
    rom_dsincos_into(x, &s, &c);
    return rom_ddiv(s, c);
}

uint64_t rom_dexp(uint64_t x)
{
    if (EXPONENT(x) >= BIAS + 10)
        return IS_NEGATIVE(x) ? 0 : INFINITY_64;
    int32_t power = rounded(rom_dmul(x, BITS(0x1.71547652b82fep+0)));
    uint64_t turns = rom_int2double(power);
    x = rom_dsub(rom_dsub(x, rom_dmul(turns, LN_2[0].bits)), rom_dmul(turns, LN_2[1].bits));
    uint64_t result = rom_dadd(ONE.bits, rom_dmul(x, series(x, EXPONENTIAL, COUNT(EXPONENTIAL))));
    if (EXPONENT(result) + power < 1)
        return 0;
    return EXPONENT(result) + power > INFINITE - 1 ? INFINITY_64 : scaled(result, power);
}

uint64_t rom_dln(uint64_t x)
{
    if (!EXPONENT(x) || IS_NEGATIVE(x))
        return NEGATED(INFINITY_64);
    if (EXPONENT(x) == INFINITE)
        return INFINITY_64;
    int32_t power = EXPONENT(x) - BIAS;
    uint64_t fraction = scaled(x, -power);
    if (fraction > BITS(0x1.6a09e667f3bcdp+0)) { /* above the root of 2 */
        fraction = scaled(fraction, -1);
        power++;
    }
    uint64_t above = rom_dsub(fraction, ONE.bits);
    uint64_t s = rom_ddiv(above, rom_dadd(fraction, ONE.bits)), z = rom_dmul(s, s);
    uint64_t turns = rom_int2double(power);
    /* ln(1 + f) = f - s (f - z (2/3 + 2/5 z + ...)), so that the largest term is exact */
    uint64_t tail = rom_dmul(s, rom_dsub(above, rom_dmul(z, series(z, ARTANH, COUNT(ARTANH)))));
    uint64_t low = rom_dsub(rom_dmul(turns, LN_2[1].bits), tail);
    return rom_dadd(rom_dmul(turns, LN_2[0].bits), rom_dadd(above, low));
}

uint64_t rom_datan2(uint64_t y, uint64_t x)
{
    uint64_t y_sign = y & (uint64_t)1 << 63, x_negative = IS_NEGATIVE(x), is_steep;
    y ^= y_sign;
    x &= ~((uint64_t)1 << 63);
    if (EXPONENT(y) == INFINITE && EXPONENT(x) == INFINITE)
        y = x = ONE.bits;
    is_steep = y > x;
    if (is_steep) {
        uint64_t other = x;
        x = y;
        y = other;
    }
    uint64_t angle = 0;
    if (EXPONENT(y)) {
        uint64_t ratio = rom_ddiv(y, x);
        int32_t near = rounded(scaled(ratio, EXPONENT(ratio) > 2 ? 2 : 0));
        if (EXPONENT(ratio) < BIAS - 4)
            near = 0;
        uint64_t c = QUARTERS[near].bits;
        uint64_t t = rom_ddiv(rom_dsub(y, rom_dmul(c, x)), rom_dadd(x, rom_dmul(c, y))), z = rom_dmul(t, t);
        uint64_t arc = rom_dadd(t, rom_dmul(rom_dmul(t, z), series(z, ARCTANGENT, COUNT(ARCTANGENT))));
        angle = rom_dadd(ARCTANGENTS[near].bits, arc);
    }
    if (is_steep)
        angle = rom_dadd(rom_dsub(BITS(0x1.921fb54442d18p+0), angle), BITS(0x1.1a62633145c07p-54));
    if (x_negative)
        angle = rom_dadd(rom_dsub(BITS(0x1.921fb54442d18p+1), angle), BITS(0x1.1a62633145c07p-53));
    return angle | y_sign;
}
