"""Makes a training run repeat itself: one seed for every random source, one thread, deterministic operations."""

from __future__ import annotations

import os


def prepare(seed: int) -> None:
    """Seed Python, numpy and TensorFlow; call before anything else uses TensorFlow.

    One thread, because sums of floats depend on how the work is divided. The same versions on the same kind of
    processor then give the same weights; another processor may round single weights the other way.
    """
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # its choice of kernels depends on the processor
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
