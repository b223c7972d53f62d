"""Pretrained networks in TensorFlow. `pytorch` offers the same names in PyTorch."""

import os
import sys
from functools import partial
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from helpers.downloads.places import fetch
from helpers.networks import names
from helpers.networks.weights import published_files, shared_weights, weights_folder

# TensorFlow's C++ code says on standard error that it found no GPU, before any setting can silence
# it: what the process prints there is dropped meanwhile. Python's errors are raised as usual.
kept = os.dup(2)
with open(os.devnull, "w") as nowhere:
    os.dup2(nowhere.fileno(), 2)
# Keras would load scikit-learn and pyplot, for parts that no lesson uses: a third of its start.
spared = [name for name in ("sklearn", "matplotlib.pyplot") if name not in sys.modules]
sys.modules.update(dict.fromkeys(spared))
try:
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):  # take memory as needed, not all of it
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.get_logger().setLevel("ERROR")  # each small head is a new graph, which is no mistake here
    import keras
    from keras import layers
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
finally:
    os.dup2(kept, 2)
    os.close(kept)
    for name in spared:
        del sys.modules[name]

if keras.backend.backend() != "tensorflow":
    raise RuntimeError("Keras runs here with another backend. Restart the kernel, begin again.")
# Whatever ~/.keras/keras.json says: the same numbers on every computer.
keras.config.set_floatx("float32")
keras.config.set_dtype_policy("float32")
keras.config.set_image_data_format("channels_last")
keras.config.set_epsilon(1e-7)

EPSILON = 1e-3  # of the batch norms of EfficientNet-Lite
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the seven stages of EfficientNet


class Network(keras.Model):
    """A network trained on ImageNet: pixels → normalise → backbone → features → head → logits.

    Calling it takes `float32 (n, height, width, 3)`, RGB in 0–255, and gives `(n, 1000)` logits.
    `normalise`, `backbone` (gives the features, `(n, d)`) and `head` can be used one by one.
    `layer_outputs` maps names, early to late, to the layers that `activations` can look at.
    """

    def __init__(self, name, backbone, head, normalise, layer_outputs):
        super().__init__(name=name)
        self.normalise, self.backbone, self.head = normalise, backbone, head
        self.layer_outputs, self.layer_names = layer_outputs, list(layer_outputs)

    def call(self, pixels):
        # Inference mode also inside `fit`: the running statistics of batch norm stay.
        return self.head(self.backbone(self.normalise(pixels), training=False))

    def activations(self, photos: np.ndarray, layer: str) -> np.ndarray:
        """Return what one layer gives after its ReLU.

        `photos` is `uint8 (n, height, width, 3)`, the result `float32 (n, height, width,
        channels)`. KeyError for an unknown layer.
        """
        output = self.backbone.get_layer(self.layer_outputs[layer]).output
        tap = keras.Model(self.backbone.inputs, output)
        return tap(self.normalise(to_pixels(photos)), training=False).numpy()


def to_pixels(photos: np.ndarray) -> tf.Tensor:
    """Return `uint8 (n, height, width, 3)` photographs as `float32`, values 0–255."""
    return tf.cast(photos, tf.float32)


def has_bfloat16() -> bool:
    """Return True when a processor without a GPU computes bfloat16 in hardware; Linux tells it."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags and not tf.config.list_physical_devices("GPU")


def as_constants(function):
    """Return a compiled function in which the weights are constants: faster to go through.

    `function` is a `tf.function` with an `input_signature`. Under a `GradientTape` it gives the
    gradients of its inputs; a function with variables would also compute those of all weights.
    """
    return convert_variables_to_constants_v2(function.get_concrete_function())


def load_network(name: str = names.DEFAULT, folded: bool = False) -> Network:
    """Return a network with its ImageNet weights, ready for inference.

    `name` is one of `networks.NETWORKS`. The weights of EfficientNet-Lite come with the
    installation; the others, those of Keras, are fetched on first use. `folded` makes each batch
    norm of an EfficientNet-Lite a part of the convolution before it: the same logits but for
    rounding, in less time. ValueError: an unknown name; DownloadError: no weights to be had.
    """
    entry = names.facts(name)
    if entry.wheel:
        return _lite(name, load_file(shared_weights(name)), folded)
    path = fetch(published_files(name)["tensorflow"], weights_folder())
    build = getattr(keras.applications, entry.keras_builder)
    model = build(weights=str(path), classifier_activation=None)
    head = model.layers[-1]
    backbone = keras.Model(model.inputs, head.input, name=f"{name}_backbone")
    kind = layers.Conv2D if name.startswith("vgg") else (layers.ReLU, layers.Activation)
    outputs = {layer.name: layer.name for layer in backbone.layers if isinstance(layer, kind)}
    return Network(name, backbone, head, normalisation(name), outputs)


def normalisation(name: str) -> layers.Layer:
    """Return what brings pixels 0–255 to the range that a network of Keras was trained on."""
    # Layers, not the function of Keras: a file that holds it is saved, but never opened again.
    if name == "mobilenet_v2":
        return layers.Rescaling(1 / 127.5, offset=-1, name="normalise")
    pixels, means = keras.Input((None, None, 3)), [-103.939, -116.779, -123.68]  # blue, green, red
    centred = layers.Rescaling(1, offset=means)(keras.ops.flip(pixels, axis=-1))
    return keras.Model(pixels, centred, name="normalise")


def bare_backbone(name: str) -> keras.Model:
    """Return the convolutional part of a network, to time it; its weights do not count."""
    entry = names.facts(name)
    if entry.wheel:
        return load_network(name).backbone
    build = getattr(keras.applications, entry.keras_builder)
    return build(weights=None, include_top=False, input_shape=(224, 224, 3))


def _lite(name, tensors, folded) -> Network:
    """Build EfficientNet-Lite from its tensors: their shapes give the channels and kernels."""
    convolve = partial(_convolution, tensors, folded)
    inputs = keras.Input((None, None, 3))
    x = convolve(inputs, "conv_stem", "bn1", strides=2)
    outputs = {"stem": "bn1_relu"}
    for stage, stage_stride in enumerate(STAGE_STRIDES):
        count = len({key.split(".")[2] for key in tensors if key.startswith(f"blocks.{stage}.")})
        for index in range(count):
            stride = stage_stride if index == 0 else 1
            x = _block(x, convolve, f"blocks.{stage}.{index}.", stride, expand=stage > 0)
        last = f"blocks.{stage}.{count - 1}.{'bn2' if stage else 'bn1'}"
        outputs[f"stage {stage + 1}"] = f"{last}_relu"
    x = convolve(x, "conv_head", "bn2")
    outputs["last"] = "bn2_relu"
    backbone = keras.Model(inputs, layers.GlobalAveragePooling2D()(x), name=f"{name}_backbone")
    head = layers.Dense(1000, name="head")
    head.build(backbone.output_shape)
    head.set_weights([tensors["classifier.weight"].T, tensors["classifier.bias"]])
    normalise = layers.Rescaling(1 / 128, offset=-127 / 128, name="normalise")
    return Network(name, backbone, head, normalise, outputs)


def _block(x, convolve, prefix, stride, expand):
    """One (inverted) residual block. Source: Sandler et al., MobileNetV2, 2018."""
    shortcut = x
    if expand:  # expand, depthwise, project
        x = convolve(x, f"{prefix}conv_pw", f"{prefix}bn1")
        x = convolve(x, f"{prefix}conv_dw", f"{prefix}bn2", stride)
        x = convolve(x, f"{prefix}conv_pwl", f"{prefix}bn3", relu=False)
    else:  # the first stage does not expand
        x = convolve(x, f"{prefix}conv_dw", f"{prefix}bn1", stride)
        x = convolve(x, f"{prefix}conv_pw", f"{prefix}bn2", relu=False)
    return layers.Add()([shortcut, x]) if stride == 1 and shortcut.shape == x.shape else x


def _convolution(tensors, folded, x, name, norm, strides=1, relu=True):
    """Convolution, batch norm (folded: inside the convolution) and ReLU6 with these tensors."""
    kernel = tensors[f"{name}.weight"]  # PyTorch order: out, in, height, width
    gamma, beta, mean, variance = parts = [
        tensors[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
    ]
    scale = gamma / np.sqrt(variance + EPSILON)
    weights = [kernel]
    if folded:
        weights = [kernel * scale[:, None, None, None], beta - mean * scale]
    settings = dict(strides=strides, padding="same", use_bias=folded, name=name)
    if name.endswith("conv_dw"):
        layer = layers.DepthwiseConv2D(kernel.shape[2:], **settings)
        weights[0] = weights[0].transpose(2, 3, 0, 1)
    else:
        layer = layers.Conv2D(kernel.shape[0], kernel.shape[2:], **settings)
        weights[0] = weights[0].transpose(2, 3, 1, 0)
    x = layer(x)
    layer.set_weights(weights)
    if not folded:
        batch_norm = layers.BatchNormalization(epsilon=EPSILON, name=norm)
        x = batch_norm(x)
        batch_norm.set_weights(parts)
    return layers.ReLU(6.0, name=f"{norm}_relu")(x) if relu else x
