/* The layers of netviz in C99, of which an exported header holds those that it needs. Rows are one at a time, channels last. */

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

/* The mean of each window, without what sticks out of the image. */
static inline void netviz_average_pool2d(const float *x, float *y, const netviz_windows *w)
{
    for (int u = 0; u < w->down; u++)
        for (int v = 0; v < w->across; v++, y += w->channels)
            for (int c = 0; c < w->channels; c++) {
                float sum = 0.0f;
                int count = 0;
                for (int i = 0; i < w->size_down; i++)
                    for (int j = 0; j < w->size_across; j++) {
                        const int row = u * w->stride_down + i - w->above, column = v * w->stride_across + j - w->left;
                        if (row < 0 || row >= w->height || column < 0 || column >= w->width)
                            continue;
                        sum += x[(row * w->width + column) * w->channels + c];
                        count++;
                    }
                y[c] = sum / (float)count;
            }
}

/* The largest number of each channel over all places. */
static inline void netviz_global_max(const float *x, float *y, int places, int channels)
{
    for (int c = 0; c < channels; c++) {
        y[c] = x[c];
        for (int place = 1; place < places; place++)
            y[c] = x[place * channels + c] > y[c] ? x[place * channels + c] : y[c];
    }
}

/* The mean of each channel over all places. */
static inline void netviz_global_mean(const float *x, float *y, int places, int channels)
{
    for (int c = 0; c < channels; c++) {
        y[c] = 0.0f;
        for (int place = 0; place < places; place++)
            y[c] += x[place * channels + c];
        y[c] /= (float)places;
    }
}

/* Each pixel repeated, so that the image is so many times as high and as wide. */
static inline void netviz_repeat2d(const float *x, float *y, int height, int width, int channels, int down, int across)
{
    for (int row = 0; row < height * down; row++)
        for (int column = 0; column < width * across; column++)
            for (int c = 0; c < channels; c++)
                *y++ = x[((row / down) * width + column / across) * channels + c];
}

/* Where pixel `at` of an enlarged line lies between the `length` pixels of the line; the part of the next one. */
static inline float netviz_between(int at, int factor, int length, int *pixel)
{
    float place = ((float)at + 0.5f) / (float)factor - 0.5f;
    place = place < 0.0f ? 0.0f : place > (float)(length - 1) ? (float)(length - 1) : place;
    *pixel = (int)place < length - 1 ? (int)place : length > 1 ? length - 2 : 0;
    return place - (float)*pixel;
}

/* An image so many times as high and as wide, read between its pixels in proportion. */
static inline void netviz_blend2d(const float *x, float *y, int height, int width, int channels, int down, int across)
{
    for (int row = 0; row < height * down; row++)
        for (int column = 0; column < width * across; column++) {
            int i, j;
            const float lower = netviz_between(row, down, height, &i), right = netviz_between(column, across, width, &j);
            const int k = i + 1 < height ? i + 1 : i, l = j + 1 < width ? j + 1 : j;
            for (int c = 0; c < channels; c++)
                *y++ = (1.0f - lower) * (1.0f - right) * x[(i * width + j) * channels + c]
                     + (1.0f - lower) * right * x[(i * width + l) * channels + c]
                     + lower * (1.0f - right) * x[(k * width + j) * channels + c]
                     + lower * right * x[(k * width + l) * channels + c];
        }
}

/* Zeros around an image. */
static inline void netviz_pad2d(const float *x, float *y, int height, int width, int channels,
                                int above, int below, int left, int right)
{
    for (int row = -above; row < height + below; row++)
        for (int column = -left; column < width + right; column++)
            for (int c = 0; c < channels; c++) {
                const int inside = row >= 0 && row < height && column >= 0 && column < width;
                *y++ = inside ? x[(row * width + column) * channels + c] : 0.0f;
            }
}

/* The three axes of an array in another order: axis i of y is axis order[i] of x. */
static inline void netviz_permute(const float *x, float *y, const int *shape, const int *order)
{
    const int step[3] = {shape[1] * shape[2], shape[2], 1};
    for (int i = 0; i < shape[order[0]]; i++)
        for (int j = 0; j < shape[order[1]]; j++)
            for (int k = 0; k < shape[order[2]]; k++)
                *y++ = x[i * step[order[0]] + j * step[order[1]] + k * step[order[2]]];
}

/* x * factor + shift for each channel, in place: batch normalization with its moving mean and variance worked in. */
static inline void netviz_affine(float *x, const float *factor, const float *shift, int before, int channels, int behind)
{
    for (int i = 0; i < before; i++)
        for (int c = 0; c < channels; c++)
            for (int k = 0; k < behind; k++, x++)
                *x = *x * factor[c] + shift[c];
}

/* Each of `rows` stretches of n numbers brought to mean 0 and variance 1, then times gamma plus beta, in place. */
static inline void netviz_layer_norm(float *x, const float *gamma, const float *beta, int rows, int n, float epsilon)
{
    for (int row = 0; row < rows; row++, x += n) {
        float mean = 0.0f, variance = 0.0f;
        for (int i = 0; i < n; i++)
            mean += x[i] / (float)n;
        for (int i = 0; i < n; i++)
            variance += (x[i] - mean) * (x[i] - mean) / (float)n;
        for (int i = 0; i < n; i++) {
            x[i] = (x[i] - mean) / sqrtf(variance + epsilon);
            x[i] = x[i] * (gamma ? gamma[i] : 1.0f) + (beta ? beta[i] : 0.0f);
        }
    }
}

/* x * factor + shift with the same two numbers everywhere, in place. */
static inline void netviz_rescale(float *x, int n, float factor, float shift)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] * factor + shift;
}

/* x + y, in x. */
static inline void netviz_add(float *x, const float *y, int n)
{
    for (int i = 0; i < n; i++)
        x[i] += y[i];
}

/* The numbers of x in y. */
static inline void netviz_copy(const float *x, float *y, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = x[i];
}

/* Features in their own units to the scale of the training, (x - mean) / deviation. */
static inline void netviz_scale(const float *x, float *y, const double *mean, const double *deviation, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = (float)(((double)x[i] - mean[i]) / deviation[i]);
}

/* Predictions back to the units of the targets, y * deviation + mean, in place. */
static inline void netviz_unscale(float *y, const double *mean, const double *deviation, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = (float)((double)y[i] * deviation[i] + mean[i]);
}

/* max(x, 0), in place. */
static inline void netviz_relu(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] < 0.0f ? 0.0f : x[i];
}

/* x where x > threshold, else slope * (x - threshold); at most the ceiling; in place. */
static inline void netviz_relu_layer(float *x, int n, float slope, float threshold, float ceiling)
{
    for (int i = 0; i < n; i++) {
        x[i] = x[i] > threshold ? x[i] : slope * (x[i] - threshold);
        x[i] = x[i] > ceiling ? ceiling : x[i];
    }
}

/* x where x > 0, else alpha * x with an alpha for each number, in place. */
static inline void netviz_prelu(float *x, int n, const float *alpha)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] > 0.0f ? x[i] : alpha[i] * x[i];
}

/* x where x > 0, else alpha * (exp(x) - 1), in place. */
static inline void netviz_elu(float *x, int n, float alpha)
{
    for (int i = 0; i < n; i++)
        x[i] = x[i] > 0.0f ? x[i] : alpha * expm1f(x[i]);
}

/* 1 / (1 + exp(-x)), in place. */
static inline void netviz_sigmoid(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = 1.0f / (1.0f + expf(-x[i]));
}

/* tanh(x), in place. */
static inline void netviz_tanh(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = tanhf(x[i]);
}

/* log(1 + exp(x)), in place. */
static inline void netviz_softplus(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = (x[i] > 0.0f ? x[i] : 0.0f) + log1pf(expf(-fabsf(x[i])));
}

/* x times the share of the standard normal below x, in place. */
static inline void netviz_gelu(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = 0.5f * x[i] * erfcf(-0.70710678f * x[i]);
}

/* GELU as the tanh that comes near it, in place. */
static inline void netviz_gelu_tanh(float *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = 0.5f * x[i] * (1.0f + tanhf(0.79788456f * (x[i] + 0.044715f * x[i] * x[i] * x[i])));
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
