"""CRC unit, random numbers, semaphores, identity, and what is absent."""

from __future__ import annotations

import pytest

CHECK = b"123456789"


def _feed(bench):
    for byte in CHECK:
        bench.device.write(0, 1, byte)
    return bench.read("DR")


def test_the_reset_configuration_is_crc_32_mpeg_2(make):
    """Check value 0x0376E6E7 of the RevEng catalogue, CRC-32/MPEG-2."""
    assert _feed(make("stm32_crc")) == 0x0376_E6E7


def test_reversals_make_it_the_crc_of_zip(make):
    """Check value 0xCBF43926, CRC-32/ISO-HDLC, which inverts at the end."""
    bench = make("stm32_crc")
    bench.write("CR", 1 << 7 | 0b01 << 5 | 1)

    assert _feed(bench) ^ 0xFFFF_FFFF == 0xCBF4_3926


@pytest.mark.parametrize(
    ("size", "polynomial", "initial", "expected"),
    [(0b01, 0x1021, 0xFFFF, 0x29B1), (0b10, 0x07, 0x00, 0xF4), (0b11, 0x09, 0x00, 0x75)],
    ids=["CRC-16/IBM-3740", "CRC-8/SMBUS", "CRC-7/MMC"],
)
def test_shorter_polynomials_have_their_catalogued_check_values(size, polynomial, initial, expected, make):
    bench = make("stm32_crc")
    bench.write("POL", polynomial)
    bench.write("CR", size << 3)
    bench.write("INIT", initial)

    assert expected == _feed(bench)


def test_a_word_counts_as_its_bytes_from_the_highest_on(make):
    first, second = make("stm32_crc"), make("stm32_crc", is_fixed=True)
    for byte in b"1234":
        first.device.write(0, 1, byte)
    second.write("DR", int.from_bytes(b"1234", "big"))

    assert first.read("DR") == second.read("DR")


def test_random_numbers_are_xorshift32_and_the_same_after_a_reset(make):
    """Marsaglia's triple (13, 17, 5) from the seed 0x2545F491."""
    bench = make("stm32_rng")
    state = 0x2545_F491
    expected = []
    for _ in range(3):
        state ^= (state << 13) & 0xFFFF_FFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFF_FFFF
        expected.append(state)
    off = (bench.read("SR"), bench.read("DR"))
    bench.write("CR", 1 << 2)
    first = [bench.read("DR") for _ in range(3)]
    bench.device.reset()
    bench.write("CR", 1 << 2)

    assert ((0, 0), expected, expected[0], 1) == (off, first, bench.read("DR"), bench.read("SR"))


def test_a_semaphore_is_taken_once_and_freed_by_its_owner(make, host):
    """RM0433, HSEM: RLR reads LOCK and the core that has it (3: Cortex-M7)."""
    bench = make("stm32_hsem")
    bench.write("IER", 1 << 4)
    taken = bench.read("RLR4")
    bench.write("R4", 1 << 8)  # another core cannot free it
    still = bench.read("R4")
    bench.write("R4", 3 << 8)

    assert (0x8000_0300, 0x8000_0300, 0, True) == (taken, still, bench.read("R4"), host.irqs[7])


def test_the_factory_words_are_in_memory_after_a_reset(make, host):
    make("stm32_dbgmcu", uid_addr=0x1FFF_7590, flash_size_addr=0x1FFF_75E0, flash_kib=1024)

    assert (12, b"\x00\x04") == (len(host.memory[0x1FFF_7590]), host.memory[0x1FFF_75E0])


def test_an_absent_accelerator_reads_zero_says_so_and_ends_a_wait(make, host):
    bench = make("absent", name="CORDIC")
    bench.device.write(4, 4, 5)
    values = {bench.device.read(0, 4) for _ in range(9_999)}
    patient = list(host.endings)
    bench.device.read(0, 4)

    assert ({0}, []) == (values, patient)
    assert ["CORDIC is not modelled: results of it are wrong"] == host.warnings
    assert "waits for CORDIC" in host.endings[0]
