"""Which function is taken for the inference; the spellings are those of the runtimes' own sources."""

from __future__ import annotations

import pytest

from mcusim.firmware.image import SymbolBinding, SymbolKind
from mcusim.firmware.recognise import recognise
from mcusim.firmware.runtimes import runtimes
from tests.unit.firmware.test_symbols import symbol, table

INVOKE = "_ZN6tflite16MicroInterpreter6InvokeEv"
EXECUTE = "_ZN10executorch7runtime6Method7executeEv"
LOCAL = SymbolBinding.LOCAL


def found_in(symbols):
    """The inference function and its runtime."""
    found = recognise(symbols)
    return (found.inference, found.runtime) if found else None


@pytest.mark.parametrize(
    ("linkage_name", "runtime"),
    [
        ("mcusim_infer", "mcusim kernels"),
        (INVOKE, "TensorFlow Lite Micro"),
        (EXECUTE, "ExecuTorch"),
        ("_ZN5torch8executor6Method7executeEv", "ExecuTorch"),
        ("tvmgen_default_run", "TVM ahead-of-time"),
        ("tvmgen_kws___tvm_main__", "TVM ahead-of-time"),
        ("stai_network_run", "ST Edge AI"),
        ("ai_network_run", "X-CUBE-AI"),
        ("ai_kws_run", "X-CUBE-AI"),
        ("trained_model_invoke", "Edge Impulse EON"),
        ("tflite_learn_4_invoke", "Edge Impulse EON"),
        ("run_classifier", "Edge Impulse"),
        ("model_run", "NNoM"),
        ("tm_run", "TinyMaix"),
        ("aialgo_inference_model", "AIfES"),
        ("eml_net_predict", "emlearn"),
        ("_ZN8Eloquent2ML4Port12RandomForest7predictEPf", "m2cgen or micromlgen"),
        ("th_infer", "MLPerf Tiny harness"),
        ("invoke", "TinyEngine"),
        ("entry", "onnx2c"),
        ("digits_predict", "perhaps m2cgen or emlearn"),
    ],
)
def test_each_runtime_is_known_by_its_function(linkage_name, runtime):
    wanted = symbol(linkage_name, 0x10, 8)

    assert found_in(table(symbol("main", 0, 8), wanted)) == (wanted, runtime)


def test_no_known_name_is_no_inference_function():
    assert found_in(table(symbol("main", 0, 8), symbol("invoker", 8, 8))) is None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (INVOKE, "th_infer"),
        (INVOKE, "run_classifier"),
        ("trained_model_invoke", "run_classifier"),
        ("tvmgen_default_run", "tvmgen_default___tvm_main__"),
        ("ai_network_run", "ai_kws_run"),
        ("ai_network_run", "aiRun"),
        ("tm_run", "entry"),
        ("th_infer", "invoke"),
    ],
)
def test_the_network_itself_comes_before_what_wraps_it(better, worse):
    found = found_in(table(symbol(worse, 0, 8), symbol(better, 8, 8)))

    assert found is not None
    assert found[0].linkage_name == better


def test_a_generic_name_that_two_functions_have_is_not_believed():
    first = symbol("invoke", 0, 8, binding=LOCAL, source_file="a.c")
    second = symbol("invoke", 8, 8, binding=LOCAL, source_file="b.c")

    assert found_in(table(first, second)) is None


def test_a_generic_name_from_the_right_file_is_believed():
    """TinyEngine's code generator writes genModel.c."""
    other = symbol("invoke", 0, 8, binding=LOCAL, source_file="a.c")
    ours = symbol("invoke", 8, 8, binding=LOCAL, source_file="src/genModel.c")

    assert found_in(table(other, ours)) == (ours, "TinyEngine")


def test_a_variable_of_the_name_is_not_the_function():
    assert found_in(table(symbol("tm_run", 0, 4, SymbolKind.OBJECT))) is None


def test_a_specialised_copy_is_the_function_and_a_fragment_is_not():
    copy = symbol("tm_run.constprop.0", 0, 8, binding=LOCAL)
    fragment = symbol("tm_run.part.0", 8, 8, binding=LOCAL)

    assert found_in(table(copy, fragment)) == (copy, "TinyMaix")
    assert found_in(table(fragment)) is None


def test_of_two_models_the_first_by_name_is_taken():
    symbols = table(symbol("ai_b_run", 0, 8), symbol("ai_a_run", 8, 8))

    assert found_in(symbols) == (symbols.find("ai_a_run"), "X-CUBE-AI")


def test_every_row_of_the_data_files_has_a_source():
    rows = [
        row
        for each in runtimes()
        for row in (
            *(names for inference in each.inference for names in inference.names),
            *each.dispatchers,
            *each.layers,
            *each.helpers,
            *each.arenas,
        )
    ]

    assert len(rows) > len(runtimes())
    assert [row for row in rows if not row.source] == []
