"""Each runtime is told by its functions, its layers and its memory; names as in the runtimes' own sources."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from mcusim.errors import DataFileError, UnknownNameError, UsageError
from mcusim.firmware.image import SymbolBinding, SymbolKind
from mcusim.firmware.recognise import operator_names, recognise
from mcusim.firmware.runtimes import load_runtime, runtimes
from tests.unit.firmware.test_symbols import symbol, table

INVOKE = "_ZN6tflite16MicroInterpreter6InvokeEv"
INVOKE_SUBGRAPH = "_ZN6tflite21MicroInterpreterGraph14InvokeSubgraphEi"
RESET_TEMP = "_ZN6tflite26SingleArenaBufferAllocator20ResetTempAllocationsEv"
EXECUTE = "_ZN10executorch7runtime6Method7executeEv"
CORTEX_M_CONV = "_ZN8cortex_m6native20quantized_conv2d_outERv"
PORTABLE_ADD = "_ZN5torch8executor6native7add_outERv"


@dataclass(frozen=True)
class Firmware:
    """What a linked program of one runtime has, in the order of its addresses, and what is to be found in it."""

    runtime: str
    functions: tuple[str, ...]
    inference: str
    dispatchers: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    variables: tuple[tuple[str, int], ...] = ()
    arenas: tuple[str, ...] = ()

    @property
    def symbols(self):
        functions = [symbol(name, 16 * place, 16) for place, name in enumerate(self.functions)]
        objects = [
            symbol(name, 0x800 + 16 * place, size, SymbolKind.OBJECT)
            for place, (name, size) in enumerate(self.variables)
        ]
        return table(*functions, *objects)


FIRMWARE = [
    Firmware(
        "TensorFlow Lite Micro",
        ("main", "memcpy", INVOKE, INVOKE_SUBGRAPH, RESET_TEMP, "MicroPrintf"),
        INVOKE,
        dispatchers=(INVOKE, INVOKE_SUBGRAPH),
        variables=(("g_model", 3000), ("tensor_arena", 2048), ("tensor_arena_size", 4)),
        arenas=("tensor_arena",),
    ),
    Firmware(  # linked with -flto: Invoke is inlined
        "TensorFlow Lite Micro",
        ("main", "memcpy", INVOKE_SUBGRAPH, RESET_TEMP),
        INVOKE_SUBGRAPH,
        dispatchers=(INVOKE_SUBGRAPH,),
        variables=(("arena", 2048),),
        arenas=("arena",),
    ),
    Firmware(
        "CMSIS-NN",
        (
            "th_infer",
            "arm_convolve_wrapper_s8",
            "arm_convolve_wrapper_s8_get_buffer_size",
            "arm_nn_mat_mult_nt_t_s8",
        ),
        "th_infer",
        layers=("arm_convolve_wrapper_s8",),
    ),
    Firmware(
        "ExecuTorch",
        ("main", EXECUTE, CORTEX_M_CONV, PORTABLE_ADD),
        EXECUTE,
        layers=(CORTEX_M_CONV, PORTABLE_ADD),
        variables=(("method_allocation_pool", 65536), ("temp_allocation_pool", 4096)),
        arenas=("method_allocation_pool", "temp_allocation_pool"),
    ),
    Firmware(
        "TVM ahead-of-time",
        ("tvmgen_default_run", "tvmgen_default___tvm_main__", "tvmgen_default_fused_nn_conv2d_add_nn_relu"),
        "tvmgen_default_run",
        layers=("tvmgen_default_fused_nn_conv2d_add_nn_relu",),
        variables=(("global_workspace", 50944),),
        arenas=("global_workspace",),
    ),
    Firmware(
        "TVM graph executor",
        ("TVMGraphExecutor_Run", "tvmgen_default_fused_nn_dense"),
        "TVMGraphExecutor_Run",
        layers=("tvmgen_default_fused_nn_dense",),
    ),
    Firmware(
        "emlearn",
        ("digits_predict", "eml_net_predict", "eml_net_infer", "eml_net_layer_forward", "eml_net_forward"),
        "eml_net_infer",
        layers=("eml_net_layer_forward", "eml_net_forward"),
        variables=(("mlp_buf1", 256), ("mlp_buf2", 128), ("mlp_layers", 40)),
        arenas=("mlp_buf1", "mlp_buf2"),
    ),
    Firmware(
        "perhaps m2cgen or emlearn",
        ("main", "digits_predict", "digits_tree_0"),
        "digits_predict",
        ("digits_predict",),
    ),
    Firmware(
        "TinyMaix",
        ("tm_load", "tm_run", "tml_conv2d_dwconv2d", "tml_gap", "tml_fc"),
        "tm_run",
        layers=("tml_conv2d_dwconv2d", "tml_gap", "tml_fc"),
        variables=(("mdl_buf", 1464), ("mdl_data", 2000)),
        arenas=("mdl_buf",),
    ),
    Firmware(
        "NNoM",
        ("layer_run", "model_run_to", "model_run", "conv2d_run", "nnom_us_get"),
        "model_run",
        dispatchers=("layer_run", "model_run_to", "model_run"),
        variables=(("static_buf", 8192), ("nnom_static_buf", 4)),
        arenas=("static_buf",),
    ),
    Firmware(
        "TinyEngine",
        ("invoke", "getInput", "convolve_1x1_s8", "add"),
        "invoke",
        dispatchers=("invoke",),
        variables=(("buffer", 262568),),
        arenas=("buffer",),
    ),
    Firmware(
        "TinyEngine",
        ("end2endinference", "invoke_1patch", "invoke", "memcpy"),
        "end2endinference",
        dispatchers=("end2endinference", "invoke_1patch", "invoke"),
    ),
    Firmware(
        "onnx2c",
        ("entry", "node_conv1_Conv", "node_Gemm_3"),
        "entry",
        layers=("node_conv1_Conv", "node_Gemm_3"),
        variables=(("tu0", 4096), ("tu1", 1024)),
        arenas=("tu0", "tu1"),
    ),
    Firmware(
        "X-CUBE-AI",
        (
            "MX_X_CUBE_AI_Process",
            "ai_network_run",
            "forward_conv2d_sssa8_ch_nl_pool",
            "forward_dense_integer_SSSA_ch",
            "node_convert",
        ),
        "ai_network_run",
        layers=("forward_conv2d_sssa8_ch_nl_pool", "forward_dense_integer_SSSA_ch", "node_convert"),
        variables=(("pool0", 30000), ("data_activations0", 4)),
        arenas=("pool0",),
    ),
    Firmware(
        "ST Edge AI",
        (
            "stai_network_run",
            "forward_lite_conv2d_deep_sssa8_ch",
            "forward_lite__GRU_output_0",
            "forward_gru",
        ),
        "stai_network_run",
        layers=("forward_lite_conv2d_deep_sssa8_ch", "forward_lite__GRU_output_0", "forward_gru"),
        variables=(("activations_1", 1236), ("data_activations", 4)),
        arenas=("activations_1",),
    ),
    Firmware(
        "Edge Impulse EON",
        ("run_classifier", "_Z20trained_model_invokev", "ei_printf"),
        "_Z20trained_model_invokev",
        dispatchers=("_Z20trained_model_invokev",),
        variables=(("_ZN12_GLOBAL__N_112tensor_arenaE", 21552),),
        arenas=("_ZN12_GLOBAL__N_112tensor_arenaE",),
    ),
    Firmware(
        "AIfES",
        ("aialgo_inference_model", "ailayer_dense_forward"),
        "aialgo_inference_model",
        layers=("ailayer_dense_forward",),
    ),
    Firmware(
        "mcusim kernels",
        ("mcusim_infer", "conv_2d_s8", "mac_rows_4_columns"),
        "mcusim_infer",
        dispatchers=("mcusim_infer",),
        variables=(("arena_even", 2048), ("g_logits", 10)),
        arenas=("arena_even",),
    ),
]


def names_at(symbols, addrs) -> tuple[str, ...]:
    return tuple(symbols.function_at(addr).linkage_name for addr in addrs)


@pytest.mark.parametrize("firmware", FIRMWARE, ids=lambda each: f"{each.runtime}-{each.inference}")
def test_a_runtime_is_told_with_its_layers_and_its_memory(firmware):
    symbols = firmware.symbols
    found = recognise(symbols)

    assert found is not None
    assert (firmware.runtime, firmware.inference) == (found.runtime, found.inference.linkage_name)
    assert firmware.dispatchers == names_at(symbols, found.dispatcher_addrs)
    assert firmware.layers == names_at(symbols, found.layer_addrs)
    assert firmware.arenas == tuple(each.linkage_name for each in found.arenas)


@pytest.mark.parametrize("firmware", FIRMWARE, ids=lambda each: f"{each.runtime}-{each.inference}")
def test_no_layer_is_a_helper_and_every_dispatcher_is_one(firmware):
    """A dispatcher that another calls is no layer, whichever of the two the compiler inlined."""
    found = recognise(firmware.symbols)

    assert set(found.layer_addrs) & found.helper_addrs == set()
    assert set(found.dispatcher_addrs) <= found.helper_addrs


def test_the_allocator_the_log_and_the_c_library_are_helpers_of_the_interpreter():
    symbols = FIRMWARE[0].symbols

    assert {"memcpy", RESET_TEMP, "MicroPrintf", INVOKE, INVOKE_SUBGRAPH} == set(
        names_at(symbols, recognise(symbols).helper_addrs)
    )


def test_a_kernel_that_begins_like_a_function_of_the_c_library_is_no_helper():
    """TinyEngine's strided_slice_3Dto3D beside strcpy."""
    symbols = table(symbol("invoke", 0, 8), symbol("strided_slice_3Dto3D", 16, 8), symbol("strcpy", 32, 8))

    assert ("invoke", "strcpy") == names_at(symbols, sorted(recognise(symbols).helper_addrs))


# --- what the user says ---


def test_a_function_that_the_user_names_is_measured_and_the_runtime_in_it_still_has_the_layers():
    symbols = table(symbol("run_inference", 0, 8), symbol(INVOKE, 16, 8), symbol(INVOKE_SUBGRAPH, 32, 8))
    found = recognise(symbols, inference="run_inference")

    assert ("run_inference", "TensorFlow Lite Micro") == (found.inference.name, found.runtime)
    assert (INVOKE, INVOKE_SUBGRAPH) == names_at(symbols, found.dispatcher_addrs)


def test_without_a_known_runtime_the_users_function_dispatches_its_own_layers():
    symbols = table(symbol("classify", 0, 8), symbol("dense", 16, 8))
    found = recognise(symbols, inference="classify")

    assert recognise(symbols) is None
    assert ("", ("classify",), ()) == (
        found.runtime,
        names_at(symbols, found.dispatcher_addrs),
        found.layer_addrs,
    )


def test_a_users_function_over_kernels_of_cmsis_nn_has_them_as_layers():
    symbols = table(symbol("classify", 0, 8), symbol("arm_softmax_s8", 16, 8), symbol("arm_add_f32", 32, 8))
    found = recognise(symbols, inference="classify")

    assert ("CMSIS-NN", ("arm_softmax_s8",)) == (found.runtime, names_at(symbols, found.layer_addrs))


def test_a_users_function_that_a_runtime_knows_is_taken_as_that_runtimes():
    """A firmware with two models: the layers are those of the one that is measured."""
    symbols = table(
        symbol("tm_run", 0, 8),
        symbol("tml_softmax", 8, 8),
        symbol("eml_net_infer", 16, 8),
        symbol("eml_net_forward", 32, 8),
    )
    found = recognise(symbols, inference="tm_run")

    assert "TinyMaix" == found.runtime


def test_an_everyday_name_that_the_user_gave_says_nothing_of_the_runtime():
    """my_predict() may be anybody's, also a wrapper around a network that is known for certain."""
    alone = recognise(table(symbol("my_predict", 0, 8), symbol("helper", 16, 8)), inference="my_predict")
    around = recognise(
        table(symbol("my_predict", 0, 8), symbol("eml_net_infer", 16, 8), symbol("eml_net_forward", 32, 8)),
        inference="my_predict",
    )

    assert ("", "emlearn") == (alone.runtime, around.runtime)


def test_an_everyday_name_elsewhere_is_not_looked_for_inside_the_users_function():
    symbols = table(symbol("classify", 0, 8), symbol("score", 16, 8), symbol("invoke", 32, 8))
    found = recognise(symbols, inference="classify")

    assert ("", ("classify",)) == (found.runtime, names_at(symbols, found.dispatcher_addrs))


def test_the_users_layers_replace_those_of_the_runtime():
    """A pattern fits C names and the last part of C++ names."""
    symbols = table(
        symbol("tm_run", 0, 8),
        symbol("tml_fc", 16, 8),
        symbol("conv_1", 32, 8),
        symbol("_ZN3net6conv_2Ev", 48, 8),
    )
    found = recognise(symbols, layer_patterns=("conv_*",))

    assert ("conv_1", "_ZN3net6conv_2Ev") == names_at(symbols, found.layer_addrs)
    assert found.dispatcher_addrs == ()


def test_a_pattern_that_fits_nothing_suggests_names():
    with pytest.raises(UnknownNameError, match="did you mean 'tml_fc'"):
        recognise(table(symbol("tm_run", 0, 8), symbol("tml_fc", 16, 8)), layer_patterns=("tml_fcc",))


def test_a_variable_is_no_inference_function():
    with pytest.raises(UsageError, match="'arena' is a variable"):
        recognise(table(symbol("arena", 0, 64, SymbolKind.OBJECT)), inference="arena")


# --- operators ---

RESOLVER = (
    "ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND BROADCAST_ARGS"
    " BROADCAST_TO CALL_ONCE CAST CEIL CIRCULAR_BUFFER CONCATENATION CONV_2D COS CUMSUM TFLM_DECODE SignalDelay"
    " DEPTH_TO_SPACE DEPTHWISE_CONV_2D DEQUANTIZE TFLite_Detection_PostProcess DIV DYNAMIC_UPDATE_SLICE"
    " EMBEDDING_LOOKUP SignalEnergy ELU EQUAL ethos-u EXP EXPAND_DIMS SignalFftAutoScale FILL SignalFilterBank"
    " SignalFilterBankLog SignalFilterBankSquareRoot SignalFilterBankSpectralSubtraction FLOOR FLOOR_DIV FLOOR_MOD"
    " SignalFramer FULLY_CONNECTED GATHER GATHER_ND GREATER GREATER_EQUAL HARD_SWISH IF SignalIrfft"
    " L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOGISTIC"
    " LOG_SOFTMAX MAXIMUM MAX_POOL_2D MIRROR_PAD MEAN MINIMUM MUL NEG NOT_EQUAL SignalOverlapAdd PACK PAD PADV2"
    " SignalPCAN PRELU QUANTIZE READ_VARIABLE REDUCE_ALL REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR"
    " RESIZE_NEAREST_NEIGHBOR REVERSE_V2 SignalRfft ROUND RSQRT SELECT_V2 SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND"
    " SPACE_TO_DEPTH SPLIT SPLIT_V SQUEEZE SQRT SQUARE SQUARED_DIFFERENCE STRIDED_SLICE SignalStacker SUB SUM SVDF"
    " TANH TRANSPOSE_CONV TRANSPOSE UNPACK UNIDIRECTIONAL_SEQUENCE_LSTM VAR_HANDLE WHILE SignalWindow ZEROS_LIKE"
).split()
"""What the Add… methods of tflite-micro's micro_mutable_op_resolver.h register (revision 90b983c2)."""
NEEDS_THE_MODEL = {"PADV2"}
"""PAD's function computes it too (kernels/pad.cc)."""


def test_every_operator_of_the_interpreters_resolver_has_a_function_or_a_file():
    (runtime,) = [each for each in runtimes() if each.name == "TensorFlow Lite Micro"]
    named = {row.operator for row in (*runtime.operator_functions, *runtime.operator_files)}

    assert set(RESOLVER) - named == NEEDS_THE_MODEL
    assert named - set(RESOLVER) == set()


@pytest.mark.parametrize(
    ("function_name", "source_file", "operator"),
    [
        ("tflite::(anonymous namespace)::Eval(TfLiteContext*, TfLiteNode*)", "conv.cc", "CONV_2D"),
        ("tflite::(anonymous namespace)::EvalInt8(TfLiteContext*, TfLiteNode*)", "kernels/cmsis_nn/mul.cc", "MUL"),
        ("tflite::(anonymous namespace)::Eval(TfLiteContext*, TfLiteNode*)", "C:\\tflm\\tanh.cc", "TANH"),
        ("tflite::(anonymous namespace)::AverageEval(TfLiteContext*, TfLiteNode*)", "pooling.cc", "AVERAGE_POOL_2D"),
        ("tflite::(anonymous namespace)::MaxEvalInt8(TfLiteContext*, TfLiteNode*)", "pooling.cc", "MAX_POOL_2D"),
        ("tflite::ops::micro::activations::Relu6Eval(TfLiteContext*, TfLiteNode*)", "activations.cc", "RELU6"),
        ("tflite::(anonymous namespace)::SoftmaxEvalInt8_Int16(TfLiteContext*, TfLiteNode*)", "", "SOFTMAX"),
        ("tflite::(anonymous namespace)::ConvEval(TfLiteContext*, TfLiteNode*) [clone .isra.0]", "", "CONV_2D"),
        (
            "TfLiteStatus tflite::(anonymous namespace)::Eval<(tflite::(anonymous namespace)::KernelType)0,"
            " tflite::(anonymous namespace)::MinimumOp>(TfLiteContext*, TfLiteNode*)",
            "maximum_minimum.cc",
            "MINIMUM",
        ),
        ("tflite::EvalQuantizeReference(TfLiteContext*, TfLiteNode*)", "", "QUANTIZE"),
        ("tflite::(anonymous namespace)::PadEval(TfLiteContext*, TfLiteNode*)", "pad.cc", "PAD"),
        ("my::OwnEval(TfLiteContext*, TfLiteNode*)", "own.cc", ""),
    ],
)  # fmt: skip
def test_an_operator_of_the_interpreter_is_told_by_its_function_or_its_file(
    function_name, source_file, operator
):
    assert operator == operator_names("TensorFlow Lite Micro").operator_of(function_name, source_file)


@pytest.mark.parametrize(
    ("runtime", "function_name", "operator"),
    [
        ("CMSIS-NN", "arm_depthwise_conv_wrapper_s8", "DEPTHWISE_CONV_2D"),
        ("CMSIS-NN", "arm_transpose_conv_s8", "TRANSPOSE_CONV"),
        ("CMSIS-NN", "arm_transpose_s8", "TRANSPOSE"),
        ("CMSIS-NN", "arm_convolve_HWC_q7_basic", "CONV_2D"),
        ("ExecuTorch", "cortex_m::native::quantized_linear_out(int)", "cortex_m::quantized_linear"),
        ("ExecuTorch", "torch::executor::native::opt_add_out(int)", "aten::add"),
        ("ExecuTorch", "torch::executor::native::native_layer_norm_out(int)", "aten::native_layer_norm"),
        ("TVM ahead-of-time", "tvmgen_default_fused_nn_contrib_dense_pack_add_1", "nn.dense"),
        ("TVM ahead-of-time", "tvmgen_kws_fused_nn_conv2d_add_fixed_point_multiply_clip_cast", "nn.conv2d"),
        ("TVM ahead-of-time", "tvmgen_default_fused_squeeze", "squeeze"),
        ("TVM graph executor", "tvmgen_default_fused_nn_softmax", "nn.softmax"),
        ("TinyMaix", "tml_softmax", "SOFTMAX"),
        ("NNoM", "dw_conv2d_run", "DW_Conv2D"),
        ("TinyEngine", "depthwise_kernel3x3_stride1_inplace_CHW_fpreq", "DEPTHWISE_CONV_2D"),
        ("TinyEngine", "convolve_1x1_s8_ch48", "CONV_2D"),
        ("onnx2c", "node_anonymous_Conv_0", "Conv"),
        ("onnx2c", "node__classifier_classifier_0_Gemm", "Gemm"),
        ("onnx2c", "node_model_dense_BiasAdd", ""),
        ("X-CUBE-AI", "forward_conv2d_sssa8_ch_nl_pool", "CONV2D"),
        ("X-CUBE-AI", "forward_dw_3x3_sssa8_ch", "DEPTHWISE_CONV2D"),
        ("X-CUBE-AI", "forward_sm_integer", "SM"),
        ("X-CUBE-AI", "node_convert_integer", "NL"),
        ("X-CUBE-AI", "forward_my_dense_thing", ""),
        ("ST Edge AI", "forward_lite_node_convert_integer_is8of32", "NL"),
        ("ST Edge AI", "forward_lite_nl_softmax_is8os8", "SM"),
        ("ST Edge AI", "forward_lite_eltwise_integer_INT8_eltwise_0", "ELTWISE"),
        ("ST Edge AI", "forward_lite__dense_Relu_output_0", ""),
        ("Edge Impulse EON", "tflite::ops::micro::activations::SoftmaxEval(int)", "SOFTMAX"),
        ("AIfES", "ailayer_relu_forward", "relu"),
        ("mcusim kernels", "depthwise_conv_2d_3x3_s8", "DEPTHWISE_CONV_2D"),
        ("mcusim kernels", "conv_2d_1x1_s8", "CONV_2D"),
        ("no such runtime", "arm_convolve_s8", ""),
    ],
)
def test_an_operator_is_told_by_its_function(runtime, function_name, operator):
    assert operator == operator_names(runtime).operator_of(function_name, "")


# --- the files ---

GOOD = 'name = "A"\n[[inference]]\nrank = "network"\nnames = ["a_run"]\nsource = "a.c"\n'


def test_every_runtime_has_its_own_name_and_a_way_to_be_found():
    names = [each.name for each in runtimes()]

    assert len(names) == len(set(names)) > 20
    assert [each.name for each in runtimes() if not (each.inference or each.layers)] == ["C library"]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ('[[layer]]\nnames = ["a"]\nsource = "a.c"\n[[layer]]\nnames = ["b"]\n', "'source' is missing"),
        ('[[layer]]\nnames = ["a"]\nsource = "a.c"\nfile = ["a.c"]\n', "unknown key 'file'"),
        ('[[inference]]\nrank = "best"\nnames = ["b"]\nsource = "b.c"\n', "'rank' cannot be 'best'"),
        ('[operators_by_function]\na = "A"\n', "'source' is missing"),
        ('[operators_by_function]\nsource = "a.c"\na = "A"\nb = 2\n', "'b' must be a text"),
        ('[[layers]]\nnames = ["a"]\n', "unknown key 'layers'"),
    ],
)
def test_a_mistake_in_a_file_is_found_behind_what_is_right(tmp_path, mistake, message):
    path = tmp_path / "a.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_runtime(path).name == "A"
    path.write_text(GOOD + mistake, encoding="utf-8")

    with pytest.raises(DataFileError, match=message):
        load_runtime(path)


def test_an_unknown_format_of_models_is_refused(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('models = ["tinymaix", "tiny"]\n' + GOOD, encoding="utf-8")

    with pytest.raises(DataFileError, match="'tiny' is no format of models"):
        load_runtime(path)


def test_a_local_function_of_the_right_file_comes_before_a_better_known_name_elsewhere():
    ours = symbol("invoke", 0, 8, binding=SymbolBinding.LOCAL, source_file="lib/genModel.cpp")

    assert recognise(table(ours, symbol("entry", 16, 8))).runtime == "TinyEngine"
