"""Pretrained networks in TensorFlow. `pytorch` offers the same names in PyTorch."""

import numpy as np
from safetensors.numpy import load_file

from helpers.networks import names, weights
from helpers.settings import quiet_start

with quiet_start():
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):  # take memory as needed, not all of it
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.get_logger().setLevel("ERROR")  # each small head is a new graph, which is no mistake here

import keras
from keras import layers

KERAS_WEIGHTS = "https://storage.googleapis.com/tensorflow/keras-applications/"
BGR_MEAN = (103.939, 116.779, 123.68)  # what Keras subtracts for VGG and ResNet
STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the seven stages of EfficientNet
BUILDERS = {
    "mobilenet_v2": keras.applications.MobileNetV2,
    "resnet50": keras.applications.ResNet50,
    "vgg16": keras.applications.VGG16,
    "vgg19": keras.applications.VGG19,
}


@keras.saving.register_keras_serializable("course")
class Normalise(layers.Layer):
    """Shift and scale pixels 0–255 to the range that a network was trained on."""

    def __init__(self, mean, std, bgr=False, **kwargs):
        super().__init__(**{"trainable": False} | kwargs)
        self.mean, self.std, self.bgr = tuple(mean), tuple(std), bgr

    def call(self, pixels):
        pixels = pixels[..., ::-1] if self.bgr else pixels
        return (pixels - np.float32(self.mean)) / np.float32(self.std)

    def get_config(self):
        return super().get_config() | {"mean": self.mean, "std": self.std, "bgr": self.bgr}


class Network(keras.Model):
    """A network trained on ImageNet: pixels → normalise → backbone → features → head → logits.

    Calling it takes `float32 (n, height, width, 3)`, RGB in 0–255, and gives `(n, 1000)` logits.
    `normalise`, `backbone` (gives the features, `(n, d)`) and `head` can be used one by one.
    `layer_outputs` maps names, early to late, to the layers that `activations` can look at.
    """

    def __init__(self, name, backbone, head, normalise, layer_outputs):
        super().__init__(name=name)
        self.class_names = names.class_names()
        self.normalise, self.backbone, self.head = normalise, backbone, head
        self.layer_outputs = layer_outputs

    def call(self, pixels):
        # Inference mode also inside `fit`: the running statistics of batch norm stay.
        return self.head(self.backbone(self.normalise(pixels), training=False))

    @property
    def layer_names(self) -> list[str]:
        """Names of the layers that `activations` knows, from early to late."""
        return list(self.layer_outputs)

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


def gradient_batch() -> int:
    """Return how many photographs to compute gradients of at a time: few on a processor."""
    return names.GRADIENT_BATCH["cuda" if tf.config.list_physical_devices("GPU") else "cpu"]


def load_network(name: str = "efficientnet_lite0") -> Network:
    """Return a network with its ImageNet weights, ready for inference.

    `name` is one of `networks.NETWORKS`. The EfficientNet-Lite weights come with the
    installation. The others are fetched on first use through Keras.
    Raises ValueError for an unknown name, WeightsError when the weights cannot be had.
    """
    entry = names.facts(name)
    if entry.wheel:
        return _lite(name, load_file(weights.shared_weights(name)))
    file_name = entry.keras_file.rpartition("/")[2]
    folder, url = weights.weights_folder(), KERAS_WEIGHTS + entry.keras_file
    path = weights.official_weights(
        name,
        file_name,
        url,
        published=entry.keras_md5,
        fetch=lambda: keras.utils.get_file(file_name, url, cache_dir=folder, cache_subdir=""),
    )
    return _keras_application(name, weights=str(path))


def bare_backbone(name: str) -> keras.Model:
    """Return the convolutional part of a network without its pretrained weights, to time it.

    It takes normalised inputs. VGG's fully connected layers, 90 % of its weights, are left out.
    """
    if names.facts(name).wheel:
        return load_network(name).backbone
    return BUILDERS[name](weights=None, include_top=False, input_shape=(224, 224, 3))


def _lite(name, tensors) -> Network:
    """Build EfficientNet-Lite from its tensors: their shapes give the channels and kernels."""
    x = inputs = keras.Input((None, None, 3))
    x = _convolution(x, tensors, "conv_stem", "bn1", strides=2)
    outputs = {"stem": "bn1_relu"}
    for stage, stage_stride in enumerate(STAGE_STRIDES):
        count = len({key.split(".")[2] for key in tensors if key.startswith(f"blocks.{stage}.")})
        for index in range(count):
            stride = stage_stride if index == 0 else 1
            x = _block(x, tensors, f"blocks.{stage}.{index}.", stride)
        last = f"blocks.{stage}.{count - 1}.{'bn2' if stage else 'bn1'}"
        outputs[f"stage {stage + 1}"] = f"{last}_relu"
    x = _convolution(x, tensors, "conv_head", "bn2")
    outputs["last"] = "bn2_relu"
    backbone = keras.Model(inputs, layers.GlobalAveragePooling2D()(x), name=f"{name}_backbone")
    head = layers.Dense(1000, name="head")
    head.build((None, tensors["classifier.weight"].shape[1]))
    head.set_weights([tensors["classifier.weight"].T, tensors["classifier.bias"]])
    normalise = Normalise((127.0,) * 3, (128.0,) * 3)
    return Network(name, backbone, head, normalise, outputs)


def _block(x, tensors, prefix, stride):
    """One (inverted) residual block. Source: Sandler et al., MobileNetV2, 2018."""
    shortcut = x
    if f"{prefix}conv_pwl.weight" in tensors:  # expand, depthwise, project
        x = _convolution(x, tensors, f"{prefix}conv_pw", f"{prefix}bn1")
        x = _convolution(x, tensors, f"{prefix}conv_dw", f"{prefix}bn2", stride)
        x = _convolution(x, tensors, f"{prefix}conv_pwl", f"{prefix}bn3", relu=False)
    else:  # the first stage does not expand
        x = _convolution(x, tensors, f"{prefix}conv_dw", f"{prefix}bn1", stride)
        x = _convolution(x, tensors, f"{prefix}conv_pw", f"{prefix}bn2", relu=False)
    return layers.Add()([shortcut, x]) if stride == 1 and shortcut.shape == x.shape else x


def _convolution(x, tensors, convolution, norm, strides=1, relu=True):
    """Convolution, batch norm and ReLU6 with the given tensors."""
    kernel = tensors[f"{convolution}.weight"]  # PyTorch order: out, in, height, width
    settings = dict(
        kernel_size=kernel.shape[2:], strides=strides, padding="same", use_bias=False,
        name=convolution,
    )  # fmt: skip
    if convolution.endswith("conv_dw"):
        layer, kernel = layers.DepthwiseConv2D(**settings), kernel.transpose(2, 3, 0, 1)
    else:
        layer = layers.Conv2D(kernel.shape[0], **settings)
        kernel = kernel.transpose(2, 3, 1, 0)
    x = layer(x)
    layer.set_weights([kernel])
    batch_norm = layers.BatchNormalization(epsilon=1e-3, name=norm)
    x = batch_norm(x)
    parts = ("weight", "bias", "running_mean", "running_var")
    batch_norm.set_weights([tensors[f"{norm}.{part}"] for part in parts])
    return layers.ReLU(6.0, name=f"{norm}_relu")(x) if relu else x


def _keras_application(name, weights) -> Network:
    model = BUILDERS[name](weights=weights, classifier_activation=None)
    head = model.layers[-1]
    backbone = keras.Model(model.inputs, head.input, name=f"{name}_backbone")
    if name == "mobilenet_v2":
        normalise = Normalise((127.5,) * 3, (127.5,) * 3)
    else:
        normalise = Normalise(BGR_MEAN, (1.0,) * 3, bgr=True)
    kind = layers.Conv2D if name.startswith("vgg") else (layers.ReLU, layers.Activation)
    outputs = {layer.name: layer.name for layer in backbone.layers if isinstance(layer, kind)}
    return Network(name, backbone, head, normalise, outputs)
