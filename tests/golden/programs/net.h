/*
 * A neural network with its weights, trained by netviz, in C99 (and C++) without dependencies.
 *
 *     #include "net.h"
 *     float y[NETVIZ_OUTPUTS];
 *     netviz_predict(x, y);
 *
 * Takes rows of 4 x 4 x 1 numbers, in their own units.
 * Gives a number for each class: cat, dog, axolotl.
 *
 *     layer          kind           output     weights
 *     look           Conv2D relu    4 x 4 x 2       20
 *     max_pooling2d  MaxPooling2D   2 x 2 x 2        0
 *     flatten        Flatten        8                0
 *     dropout        Dropout        8                0
 *     class          Dense softmax  3               27
 *
 * Trained by netviz 1.0, seed 7.
 * Data: arrays, 6 rows.
 * SHA-256 of the data: 65c8be55ad4ad3b3c920d68e481506f5019523af8d0d87af3bc4a250fa078d82
 * 5 epochs, 5 updates; at the end loss 0.5, val_loss 0.75.
 * 188 bytes of weights. Link with -lm.
 */

#ifndef NETVIZ_NET_H
#define NETVIZ_NET_H

#include <math.h>
#include <stddef.h>

#define NETVIZ_INPUTS 16 /* 4 x 4 x 1 */
#define NETVIZ_OUTPUTS 3 /* 3 */

#define NETVIZ_CLASSES 3
static const char *const netviz_classes[3] = {
    "cat", "dog", "axolotl",
};

/* Windows that slide over images; a sequence is an image of height 1. */
typedef struct {
    int height, width, channels, down, across, size_down, size_across;
    int stride_down, stride_across, above, left, rate_down, rate_across;
} netviz_windows;

static const netviz_windows netviz_look_windows = {4, 4, 1, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1};
static const netviz_windows netviz_max_pooling2d_windows = {4, 4, 2, 2, 2, 2, 2, 2, 2, 0, 0, 1, 1};

static const double netviz_feature_mean[16] = { /* 4 x 4 x 1 */
    24.0, 25.0, 26.0, 27.0, 28.0, 29.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0, 37.0, 38.0, 39.0,
};

static const double netviz_feature_deviation[16] = { /* 4 x 4 x 1 */
    17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832,
    17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832,
    17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832, 17.88854381999832,
    17.88854381999832,
};

static const float netviz_look_kernel[18] = { /* 3 x 3 x 1 x 2 */
    -1.0f, -0.875f, -0.75f, -0.625f, -0.5f, -0.375f, -0.25f, -0.125f, 0.0f, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f,
    0.75f, 0.875f, 1.0f, -1.0f,
};

static const float netviz_look_bias[2] = { /* 2 */
    -0.875f, -0.75f,
};

static const float netviz_class_kernel[24] = { /* 8 x 3 */
    -0.625f, -0.5f, -0.375f, -0.25f, -0.125f, 0.0f, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f, 1.0f,
    -1.0f, -0.875f, -0.75f, -0.625f, -0.5f, -0.375f, -0.25f, -0.125f, 0.0f, 0.125f,
};

static const float netviz_class_bias[3] = { /* 3 */
    0.25f, 0.375f, 0.5f,
};

/* y = x * kernel + bias for each of n vectors; kernel (inputs, units), bias may be NULL. */
static inline void netviz_dense(const float *x, float *y, const float *kernel, const float *bias, int n, int inputs, int units)
{
    for (int row = 0; row < n; row++, x += inputs, y += units) {
        for (int u = 0; u < units; u++)
            y[u] = bias ? bias[u] : 0.0f;
        for (int i = 0; i < inputs; i++)
            for (int u = 0; u < units; u++)
                y[u] += x[i] * kernel[i * units + u];
    }
}

/* Windows times a kernel (height, width, channels of a group, filters); what sticks out of the image is 0. */
static inline void netviz_conv2d(const float *x, float *y, const float *kernel, const float *bias,
                                 const netviz_windows *w, int filters, int groups)
{
    const int channels = w->channels / groups, each = filters / groups;
    for (int u = 0; u < w->down; u++)
        for (int v = 0; v < w->across; v++, y += filters) {
            for (int f = 0; f < filters; f++)
                y[f] = bias ? bias[f] : 0.0f;
            for (int i = 0; i < w->size_down; i++)
                for (int j = 0; j < w->size_across; j++) {
                    const int row = u * w->stride_down + i * w->rate_down - w->above;
                    const int column = v * w->stride_across + j * w->rate_across - w->left;
                    if (row < 0 || row >= w->height || column < 0 || column >= w->width)
                        continue;
                    const float *pixel = x + (row * w->width + column) * w->channels;
                    const float *at = kernel + (i * w->size_across + j) * channels * filters;
                    for (int g = 0; g < groups; g++)
                        for (int c = 0; c < channels; c++)
                            for (int f = g * each; f < (g + 1) * each; f++)
                                y[f] += pixel[g * channels + c] * at[c * filters + f];
                }
        }
}

/* The largest number of each window, without what sticks out of the image. */
static inline void netviz_max_pool2d(const float *x, float *y, const netviz_windows *w)
{
    for (int u = 0; u < w->down; u++)
        for (int v = 0; v < w->across; v++, y += w->channels)
            for (int c = 0; c < w->channels; c++) {
                float best = -INFINITY;
                for (int i = 0; i < w->size_down; i++)
                    for (int j = 0; j < w->size_across; j++) {
                        const int row = u * w->stride_down + i - w->above, column = v * w->stride_across + j - w->left;
                        if (row < 0 || row >= w->height || column < 0 || column >= w->width)
                            continue;
                        const float value = x[(row * w->width + column) * w->channels + c];
                        best = value > best ? value : best;
                    }
                y[c] = best;
            }
}

/* Features in their own units to the scale of the training, (x - mean) / deviation. */
static inline void netviz_scale(const float *x, float *y, const double *mean, const double *deviation, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = (float)(((double)x[i] - mean[i]) / deviation[i]);
}

/* max(x, 0), in place. */
static inline void netviz_relu(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] < 0.0f ? 0.0f : x[i];
}

/* exp(x) / sum of exp(x) along the middle of three axes, in place. */
static inline void netviz_softmax(float *x, int before, int n, int behind)
{
    for (int i = 0; i < before; i++)
        for (int k = 0; k < behind; k++) {
            float *row = x + i * n * behind + k, most = row[0], sum = 0.0f;
            for (int j = 1; j < n; j++)
                most = row[j * behind] > most ? row[j * behind] : most;
            for (int j = 0; j < n; j++)
                sum += row[j * behind] = expf(row[j * behind] - most);
            for (int j = 0; j < n; j++)
                row[j * behind] /= sum;
        }
}

/* The results of layers, 192 bytes, lie on the stack;
 * define NETVIZ_BUFFER as static or as nothing to have it otherwise. */
#ifndef NETVIZ_BUFFER
#define NETVIZ_BUFFER
#endif

/* Prediction for one row x of features in their own units, in y. */
static inline void netviz_predict(const float *x, float *y)
{
    NETVIZ_BUFFER float a[16], b[32];
    netviz_scale(x, a, netviz_feature_mean, netviz_feature_deviation, 16); /* features to the scale of the training */
    netviz_conv2d(a, b, netviz_look_kernel, netviz_look_bias, &netviz_look_windows, 2, 1); /* look: 4 x 4 x 2 */
    netviz_relu(b, 32);
    netviz_max_pool2d(b, a, &netviz_max_pooling2d_windows); /* max_pooling2d: 2 x 2 x 2 */
    /* flatten: 8: nothing to compute */
    /* dropout: 8: nothing to compute */
    netviz_dense(a, y, netviz_class_kernel, netviz_class_bias, 1, 8, 3); /* class: 3 */
    netviz_softmax(y, 1, 3, 1);
}

/* The number of the class that a prediction y speaks for; netviz_classes has its name. */
static inline int netviz_class(const float *y)
{
    int best = 0;
    for (int i = 1; i < NETVIZ_OUTPUTS; i++)
        best = y[i] > y[best] ? i : best;
    return best;
}

#endif /* NETVIZ_NET_H */

// The settings, scales and history of the training, for netviz to open this file again:
// netviz.json {"netviz": "0.1.0", "experiment": {"dataset": {"type": "arrays", "x": {"array": "dataset.x"}, "y": {|
// netviz.json "array": "dataset.y"}, "task": "classification", "weights": null, "validation_rows": 2}, "layers": [|
// netviz.json {"type": "conv2d", "filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "dilat|
// netviz.json ion_rate": [1, 1], "groups": 1, "activation": {"type": "relu"}, "use_bias": true, "kernel_initialize|
// netviz.json r": {"type": "glorot_uniform"}, "bias_initializer": {"type": "zeros"}, "kernel_regularizer": null, "|
// netviz.json bias_regularizer": null, "name": "look"}, {"type": "max_pooling2d", "pool_size": [2, 2], "strides": |
// netviz.json null, "padding": "valid", "name": ""}, {"type": "flatten", "name": ""}, {"type": "dropout", "rate": |
// netviz.json 0.25, "name": ""}, {"type": "dense", "units": 3, "activation": {"type": "softmax"}, "use_bias": true|
// netviz.json , "kernel_initializer": {"type": "glorot_uniform"}, "bias_initializer": {"type": "zeros"}, "kernel_r|
// netviz.json egularizer": {"type": "l2", "l2": 0.001}, "bias_regularizer": null, "name": "class"}], "loss": {"typ|
// netviz.json e": "categorical_crossentropy", "label_smoothing": 0.1}, "optimizer": {"type": "adamw", "learning_ra|
// netviz.json te": 0.002, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07, "amsgrad": false, "use_ema": false, "e|
// netviz.json ma_momentum": 0.99, "ema_overwrite_frequency": null, "weight_decay": 0.01, "clipnorm": null, "global|
// netviz.json _clipnorm": null, "clipvalue": null}, "schedule": {"type": "constant"}, "metrics": [], "preprocessin|
// netviz.json g": {"validation_split": 0.2, "split": "stratified", "standardize": "on", "standardize_targets": fal|
// netviz.json se}, "stopping": null, "class_weight": [], "epochs": 100, "batch_size": 4, "shuffle": true, "seed": |
// netviz.json 7, "surgery": [], "mistakes": [], "dtype": "float32"}, "layers": ["look", "max_pooling2d", "flatten"|
// netviz.json , "dropout", "class"], "input_shape": [4, 4, 1], "from_logits": false, "features": [], "classes": ["|
// netviz.json cat", "dog", "axolotl"], "feature_scale": {"mean": [[[24.0], [25.0], [26.0], [27.0]], [[28.0], [29.0|
// netviz.json ], [30.0], [31.0]], [[32.0], [33.0], [34.0], [35.0]], [[36.0], [37.0], [38.0], [39.0]]], "deviation"|
// netviz.json : [[[17.88854381999832], [17.88854381999832], [17.88854381999832], [17.88854381999832]], [[17.888543|
// netviz.json 81999832], [17.88854381999832], [17.88854381999832], [17.88854381999832]], [[17.88854381999832], [17|
// netviz.json .88854381999832], [17.88854381999832], [17.88854381999832]], [[17.88854381999832], [17.8885438199983|
// netviz.json 2], [17.88854381999832], [17.88854381999832]]]}, "target_scale": null, "provenance": {"netviz": "1.0|
// netviz.json ", "seed": 7, "data": {"type": "arrays", "rows": 6, "sha256": "65c8be55ad4ad3b3c920d68e481506f501952|
// netviz.json 3af8d0d87af3bc4a250fa078d82"}, "epochs": 5, "updates": 5, "history": {"epoch": [1.0, 5.0], "loss": [|
// netviz.json 1.25, 0.5], "val_loss": [1.5, 0.75]}}, "places": {"look/kernel": ["netviz_look_kernel", [3, 3, 1, 2]|
// netviz.json ], "look/bias": ["netviz_look_bias", [2]], "class/kernel": ["netviz_class_kernel", [8, 3]], "class/b|
// netviz.json ias": ["netviz_class_bias", [3]]}}|
