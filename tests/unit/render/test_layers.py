"""The network on the screen: its line in the summary, and the table of its layers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.render.layers import arena_lines, layer_lines, network_line
from mcusim.render.text import TextRenderer
from mcusim.report.network import Arena, LayerCost, Network
from mcusim.report.quantity import Band
from mcusim.report.report import Report

CONV = "tflite::(anonymous namespace)::Eval(TfLiteContext*, TfLiteNode*)"


def layer(index: int, operator: str, cycles: int, **changes: object) -> LayerCost:
    row = LayerCost(
        index=index,
        kind="layer",
        operator=operator,
        name=CONV,
        kernel="arm_convolve_s8",
        source_file="conv.cc",
        calls_count=1,
        cycles=cycles,
        share_ratio=cycles / 4100,
        energy_j=Band(cycles * 1e-10, 0.0, 1.0, "datasheet"),
    )
    return replace(row, **changes)  # type: ignore[arg-type]


LAYERS = (
    layer(
        0, "CONV_2D", 3000, input_shapes=((1, 32, 32, 3),), output_shapes=((1, 30, 30, 8),), macs_count=1000
    ),
    layer(1, "", 1000, name="pool_run", kernel="pool_run"),
    layer(-1, "", 100, kind="between", name="between", kernel=""),
)
TABLE = """\
#  Layer               kernel           output   cycles  share   energy
0  CONV_2D             arm_convolve_s8  30x30x8   3 000  73.2%   300 nJ  █████▉
1  pool_run                                       1 000  24.4%   100 nJ  ██
   between the layers                               100   2.4%  10.0 nJ  ▎
"""


@pytest.fixture
def networked(report: Report) -> Report:
    return replace(report, network=Network("TensorFlow Lite Micro", "Invoke()", "g_model", LAYERS))


def test_layers_are_in_the_order_of_the_inference(networked):
    assert TABLE.splitlines() == layer_lines(networked, 80)


def test_a_template_function_is_shown_without_its_return_type_and_arguments(networked):
    """As binutils' c++filt spells the reference kernel of TensorFlow Lite Micro: the arguments hold "::" too."""
    kernel = "void tflite::ops::Full<signed char>(tflite::Params const&, tflite::RuntimeShape const&, signed char*)"
    network = replace(networked.network, layers=(replace(LAYERS[0], kernel=kernel),))

    assert "  Full<signed char>  " in layer_lines(replace(networked, network=network), 80)[1]


def test_the_summary_names_runtime_layers_and_cycles_per_multiplication(networked):
    """4100 cycles, 1000 multiplications."""
    assert "TensorFlow Lite Micro, 2 layers, 1.00 kMACs, 4.1 cycles/MAC" == network_line(networked)


def test_the_table_is_between_summary_and_kernels(networked):
    text = TextRenderer().text(networked)

    assert "Network   TensorFlow Lite Micro, 2 layers" in text
    assert text.index("Peak RAM") < text.index("\n#  Layer") < text.index("\nKernel, per call")


def test_the_layers_shorten_the_kernels(networked):
    kernels = networked.kernels * 4

    assert "18 more" in TextRenderer().text(replace(networked, kernels=kernels))
    assert "12 more" in TextRenderer().text(replace(networked, kernels=kernels, network=None))


@pytest.mark.parametrize("width", [60, 70, 80, 100, 140])
def test_no_line_is_wider_than_the_screen(networked, width):
    long_kernel = "arm_depthwise_conv_s8_opt_with_a_very_long_name_that_nobody_can_read"
    layers = tuple(
        replace(each, kernel=long_kernel, operator="DEPTHWISE_CONV_2D", cycles=123_456_789) for each in LAYERS
    )
    assert networked.network is not None
    wide = replace(networked, network=replace(networked.network, layers=layers))

    assert max(map(len, layer_lines(wide, width))) <= width


def test_of_many_layers_the_dearest_are_shown_in_their_order_and_the_rest_is_summed(networked):
    layers = tuple(layer(index, f"OP_{index}", 10 + index % 2 * 100) for index in range(40))
    many = replace(networked, network=Network("", "infer", "", layers))

    lines = layer_lines(many, 80)

    assert [f"OP_{index}" for index in range(1, 40, 2)] == [line.split()[1] for line in lines[1:-1]]
    assert ["20", "more", "200"] == lines[-1].split()[:3]


def test_an_inference_without_layers_has_no_table(networked):
    plain = replace(networked, network=Network("emlearn", "eml_net_predict", "", LAYERS[2:]))

    assert [] == layer_lines(plain, 80)
    assert "emlearn, no calls that are layers in eml_net_predict()" == network_line(plain)


def test_without_a_network_nothing_is_said(report):
    assert ("", []) == (network_line(report), layer_lines(report, 80))


def test_a_name_cannot_steer_the_terminal(networked):
    layers = (layer(0, "\x1b[2Jconv", 10, kernel="\x1b[31mkernel"),)
    lines = layer_lines(replace(networked, network=Network("\x1b[0m", "infer", "", layers)), 80)

    assert not any("\x1b" in line for line in lines)


def test_an_arena_says_what_would_do(networked):
    arena = Arena("tensor_arena", 0x2000_0000, 60 * 1024, 41 * 1024, 44 * 1024)

    assert ["tensor_arena 60.0 KiB: 41.0 KiB touched; about 44.0 KiB would do for this input"] == arena_lines(
        replace(networked, arenas=(arena,))
    )
