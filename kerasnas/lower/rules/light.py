"""What does no multiply-accumulate, by name: 0 is said, not guessed; shapes may come from a ghost."""

from __future__ import annotations

from .base import LIGHT

LAYERS = (
    "Activation", "Add", "AlphaDropout", "AugMix", "Average", "AveragePooling1D", "AveragePooling2D",
    "AveragePooling3D", "BatchNormalization", "CategoryEncoding", "CenterCrop", "Concatenate", "Cropping1D",
    "Cropping2D", "Cropping3D", "Discretization", "Dropout", "ELU", "Embedding", "Equalization", "Flatten",
    "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
    "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D",
    "GroupNormalization", "HashedCrossing", "Hashing", "Identity", "IntegerLookup", "LayerNormalization",
    "LeakyReLU", "Masking", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Maximum", "Minimum", "MixUp",
    "Multiply", "Normalization", "PReLU", "Permute", "RMSNormalization", "RandAugment", "RandomBrightness",
    "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop",
    "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale",
    "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation",
    "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "ReLU",
    "RepeatVector", "Rescaling", "Reshape", "Resizing", "Softmax", "Solarization", "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "StringLookup", "Subtract", "UnitNormalization", "UpSampling1D",
    "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
)  # fmt: skip
OPERATIONS = (
    "abs", "absolute", "add", "all", "amax", "amin", "any", "arange", "argmax", "argmin", "argsort",
    "average", "broadcast_to", "cast", "ceil", "celu", "clip", "concatenate", "copy", "cos",
    "count_nonzero", "cumprod", "cumsum", "diff", "divide", "elu", "equal", "erf", "exp", "expand_dims",
    "expm1", "flip", "floor", "floor_divide", "full_like", "gelu", "glu", "greater", "greater_equal",
    "hard_sigmoid", "hard_silu", "identity", "isfinite", "isnan", "layer_normalization", "leaky_relu",
    "less", "less_equal", "log", "log1p", "log_softmax", "logical_and", "logical_not", "logical_or",
    "logsumexp", "max", "maximum", "mean", "median", "min", "minimum", "mod", "moveaxis",
    "multiply", "negative", "norm", "normalize", "not_equal", "one_hot", "ones_like", "pad", "power",
    "prod", "quantile", "reciprocal", "relu", "relu6", "repeat", "reshape", "rms_normalization", "roll",
    "round", "rsqrt", "segment_max", "segment_sum", "selu", "shape", "sigmoid", "sign", "silu", "sin",
    "slice", "softmax", "softplus", "softsign", "sort", "split", "sqrt", "square", "squeeze", "stack",
    "std", "stop_gradient", "subtract", "sum", "swapaxes", "swish", "take", "take_along_axis", "tanh",
    "tile", "top_k", "transpose", "tril", "triu", "true_divide", "unstack", "var", "where", "zeros_like",
)  # fmt: skip

LIGHT.update(f"keras.layers:{name}" for name in LAYERS)
LIGHT.update(f"keras.ops:{name}" for name in OPERATIONS)
LIGHT.add("operator:getitem")
