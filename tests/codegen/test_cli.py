"""From a model to an ELF and a report by the command line; what goes wrong is said before anything is compiled."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest

from mcusim.cli.main import main
from mcusim.firmware.elf import load_image
from tests.codegen.small_models import classifier, hybrid, large

BOARD = ["--board", "nucleo_f446re"]
RUN = ["run", "net.tflite", *BOARD]
needs_gcc = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Models and other files that the commands name."""
    monkeypatch.chdir(tmp_path)
    models = {
        "net.tflite": classifier(),
        "float.tflite": classifier(element="float32"),
        "hybrid.tflite": hybrid(),
        "empty.tflite": b"",
        "short.tflite": classifier()[:200],
        "text.tflite": b"this is no model",
        "heavy.tflite": large(2000, 1000),
        "wide.tflite": large(140_000, 1),
        "fw.elf": b"\x7fELF",
        "notes.txt": b"keep me",
    }
    for name, data in models.items():
        (tmp_path / name).write_bytes(data)
    np.save("four.npy", np.arange(32, dtype="int8").reshape(4, 8))
    np.save("other.npy", np.zeros((4, 9), "int8"))
    return tmp_path


@pytest.fixture
def without_compiler(monkeypatch):
    """Nothing is on the PATH, and the ziglang package is not there."""
    import importlib.util

    monkeypatch.setenv("PATH", "")
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "ziglang" else find_spec(name, *more)
    )


def printed(capsys, *words: str, code: int = 0) -> str:
    assert code == main(words)
    return capsys.readouterr().out


# --- build ---


@needs_gcc
def test_build_says_what_it_built_and_how_to_run_it(capsys, folder):
    shown = printed(capsys, "build", "net.tflite", *BOARD, "-o", "net.elf", "--inputs", "four.npy")

    assert "2 operators, 32 MACs; int8 [1, 8] to int8 [1, 4]" in shown  # 8 inputs times 4 units
    assert "4 inferences on four.npy" in shown
    assert re.search(r"^weights +\d", shown, re.MULTILINE)
    assert re.search(r" arena \d.* fullest: .*features 8 B.*scores/MatMul 4 B", " ".join(shown.split()))
    assert "of 512.0 KiB" in shown  # flash of the STM32F446RE (its datasheet, table 2)
    assert "mcusim run net.elf --board nucleo_f446re" in shown
    assert load_image(folder / "net.elf").symbols


@needs_gcc
def test_the_command_that_build_shows_runs(capsys):
    shown = printed(capsys, "build", "net.tflite", *BOARD, "-o", "net.elf")
    command = shown.splitlines()[-1].split()

    assert "mcusim_infer()" in printed(capsys, *command[1:])


@needs_gcc
def test_an_elf_is_built_again_byte_for_byte(folder):
    for name in ("one.elf", "two.elf", "one.elf"):
        assert 0 == main(["build", "net.tflite", *BOARD, "-o", name, "--quiet"])

    assert (folder / "one.elf").read_bytes() == (folder / "two.elf").read_bytes()


@needs_gcc
def test_the_generated_c_can_be_kept(folder):
    assert 0 == main(["build", "net.tflite", *BOARD, "-o", "net.elf", "--keep-sources", "c", "--quiet"])

    assert "void mcusim_infer(void)" in next((folder / "c").rglob("network.c")).read_text()


# --- run ---


@needs_gcc
def test_a_model_is_run_as_if_it_were_a_firmware(capsys):
    shown = printed(capsys, *RUN)

    assert shown.startswith("net.tflite on ")
    assert "2 layers" in shown
    assert re.search(r"^0 +FULLY_CONNECTED .* 4 ", shown, re.MULTILINE)
    assert re.search(r"^1 +SOFTMAX ", shown, re.MULTILINE)


@needs_gcc
def test_the_json_names_layers_shapes_and_what_was_built(capsys):
    report = json.loads(printed(capsys, *RUN, "--inputs", "ramp", "--inputs-count", "3", "--json", "-"))

    dense, softmax, *_ = report["network"]["layers"]
    assert ("net", "scores/MatMul", 32) == (report["network"]["model"], dense["name"], dense["macs"])
    assert [[1, 8], [4, 8], [4]] == dense["input_shapes"]
    assert [[1, 4]] == softmax["output_shapes"]
    assert ["network_arena"] == [each["name"] for each in report["arenas"]] or not report["arenas"]
    assert ("net.tflite", "ramp", 3) == tuple(
        report["built"][key] for key in ("model", "inputs", "inferences")
    )
    assert report["built"]["compiler"].startswith("arm-none-eabi-gcc ")


@needs_gcc
def test_two_runs_of_a_model_give_the_same_bytes_and_no_path_of_this_machine(capsys, folder):
    one, two = (printed(capsys, *RUN, "--json", "-", "--touched-ram") for _ in range(2))

    assert one == two
    assert str(folder.parent) not in one
    assert "mcusim-" not in one.replace("mcusim-build", "")
    assert "/tmp" not in one


@needs_gcc
def test_the_temporary_firmware_is_gone_after_the_run(tmp_path, monkeypatch, capsys):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    printed(capsys, *RUN)

    assert [] == list((tmp_path / "temporary").iterdir())


@needs_gcc
def test_other_commands_take_a_model_too(capsys):
    explained = printed(capsys, "explain", "net.tflite", "layer_1_softmax", *BOARD)
    life = printed(
        capsys, "battery", "net.tflite", *BOARD, "--every", "10s", "--battery", "cr2032", "--json", "-"
    )

    assert "layer_1_softmax" in explained
    assert "net.tflite" == json.loads(life)["firmware"]["path"]


@needs_gcc
def test_a_sweep_builds_for_each_board_and_says_which_cannot_hold_the_network(capsys):
    boards = "nucleo_f446re,nucleo_l053r8,raspberry_pi_pico"
    shown = printed(
        capsys,
        "sweep",
        "heavy.tflite",
        "--board",
        "nucleo_h743zi,nucleo_l053r8",
        "--json",
        "-",
        "--jobs",
        "2",
    )
    rows = json.loads(shown)["rows"]
    assert [True, False] == [each["result"] is not None for each in rows]
    assert "does not fit" in json.dumps(rows[1])

    results = json.loads(printed(capsys, "sweep", "net.tflite", "--board", boards, "--json", "-"))["rows"]
    assert [True] * 3 == [each["result"] is not None for each in results]


# --- reference ---


@needs_gcc
@pytest.mark.parametrize("model", ["net.tflite", "float.tflite"])
def test_the_firmware_computes_what_the_interpreter_computes(capsys, model):
    pytest.importorskip("tflite_micro")
    words = ["run", model, *BOARD, "--inputs", "random:3", "--inputs-count", "25", "--reference"]

    assert "outputs of 25 inferences equal TFLM's bit for bit" in printed(capsys, *words)
    check = json.loads(printed(capsys, *words, "--json", "-"))["built"]["reference"]
    assert {"equal": True, "within_tolerance": True, "compared": 25, "differing": 0} == {
        key: check[key] for key in ("equal", "within_tolerance", "compared", "differing")
    }


@needs_gcc
def test_a_wrong_output_is_exit_code_1_and_says_where(capsys, monkeypatch):
    """The reference is given another input than the firmware: some output must differ."""
    pytest.importorskip("tflite_micro")
    from mcusim.codegen import reference

    honest = reference.reference_outputs

    def wrong(model, graph, inputs):
        return honest(model, graph, (inputs[0], *([(bytes(8),)] * (len(inputs) - 1))))

    monkeypatch.setattr(reference, "reference_outputs", wrong)
    shown = printed(capsys, *RUN, "--inputs", "four.npy", "--reference", code=1)

    assert re.search(r"outputs of 3 of 4 inferences\s+differ\s+from\s+TFLM's", shown)
    assert "first in inference 1, element" in " ".join(shown.split())


# --- refusals ---


REFUSED = [
    ("run empty.tflite", ["the model 'empty' is empty"]),
    ("run short.tflite", ["the model 'short' is damaged"]),
    ("run text.tflite", ["is not a TensorFlow Lite model"]),
    ("run hybrid.tflite", ["a hybrid layer", "quantize the model"]),
    ("run gone.tflite", ["there is no file 'gone.tflite'"]),
    ("run heavy.tflite", ["does not fit the flash of 'nucleo_f446re'", "B too many", "2000000 B"]),
    ("run wide.tflite", ["does not fit the RAM of 'nucleo_f446re'", "B too many", "'features'"]),
    ("run net.tflite --inputs other.npy", ["[4, 9] (36 elements)", "int8 [1, 8] (8 elements)"]),
    ("run net.tflite --inputs notes.txt", ["has 7 bytes, one inference takes 8"]),
    ("run net.tflite --inputs four.npy --inputs-count 5", ["inputs for 4 inferences, not for 5"]),
    ("run net.tflite --inputs random:one", ["'one' is no seed"]),
    ("run net.tflite --inputs-count 0", ["between 1 and"]),
    ("run net.tflite --inputs-count 1.5", ["inferences are whole numbers"]),
    ("run net.tflite --compiler tcc", ["there is no compiler 'tcc'"]),
    ("run net.tflite --console uart", ["invalid choice: 'uart'"]),
    ("run net.tflite --keep-sources notes.txt", ["'notes.txt' is a file"]),
    ("run net.tflite --json net.tflite", ["--json: 'net.tflite' is a file that this run reads"]),
    ("run net.tflite --inputs four.npy --json four.npy", ["'four.npy' is a file that this run reads"]),
    ("run net.tflite --console none --reference", ["exclude each other"]),
    ("run fw.elf --inputs zeros", ["--inputs is for a .tflite model", "--input SYMBOL=FILE"]),
    ("run fw.elf --compiler gcc", ["--compiler is for a .tflite model"]),
    ("run fw.elf --reference", ["--reference needs a .tflite model"]),
    ("build fw.elf -o a.elf", ["'fw.elf' is not a .tflite model"]),
    ("build net.tflite -o notes.txt", ["'notes.txt' exists and is no ELF file"]),
    ("build net.tflite -o net.tflite", ["is a file that this run reads"]),
    ("build net.tflite -o none/a.elf", ["there is no folder 'none'"]),
    ("build net.tflite", ["the following arguments are required: -o"]),
    ("sweep heavy.tflite", ["does not fit the flash"]),
    ("sweep fw.elf --inputs zeros", ["--inputs is for a .tflite model"]),
    ("sweep net.tflite --csv net.tflite", ["is a file that this run reads"]),
]


@pytest.mark.parametrize(("words", "messages"), REFUSED, ids=[words for words, _ in REFUSED])
def test_wrong_input_is_explained_and_nothing_is_compiled(capsys, monkeypatch, folder, words, messages):
    def compiled(*_):
        raise AssertionError("the compiler was started")

    monkeypatch.setattr("mcusim.codegen.build.compile_firmware", compiled)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    assert 2 == main([*words.split(), *BOARD])

    out, err = capsys.readouterr()
    assert "" == out
    for each in messages:
        assert each in err
    assert "Traceback" not in err
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("words", ["run net.tflite --board nucleo_x", "sweep net.tflite --board nucleo_x"])
def test_an_unknown_board_is_named(capsys, words):
    assert 2 == main(words.split())
    assert "no board called 'nucleo_x'" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["run net.tflite", "build net.tflite -o a.elf"])
def test_no_board_is_wrong_input(capsys, words):
    assert 2 == main(words.split())
    assert "no board was named" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["run"], ["sweep"]])
def test_without_a_compiler_the_message_has_one_line_for_each_that_can_be_installed(
    capsys, without_compiler, command
):
    assert 2 == main([*command, "net.tflite", *BOARD])

    err = capsys.readouterr().err
    lines = [line.strip() for line in err.splitlines()]
    assert "pip install 'mcusim[compile]'" in lines
    assert any(line.startswith("apt-get install gcc-arm-none-eabi") for line in lines)


def test_validate_refuses_a_model_and_says_what_to_do(capsys, folder):
    (folder / "points.csv").write_text(
        "name,elf,board,published,unit,tolerance_percent,source\n"
        "a,net.tflite,nucleo_f446re,1,cycles,5,nowhere\n",
        encoding="utf-8",
    )
    assert 2 == main(["validate", "points.csv"])
    assert "mcusim build" in capsys.readouterr().out


def test_the_operators_are_listed_with_their_types(capsys):
    shown = printed(capsys, "operators")

    assert re.search(r"^FULLY_CONNECTED +.*\bint8\b", shown, re.MULTILINE)
