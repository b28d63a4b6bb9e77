"""Answers to the exercises of chapter 1: name -> (right, wrong, another wrong)."""

import numpy as np


def blur_by_hand(picture, kernel):
    turned = kernel[::-1, ::-1]
    tall, wide = kernel.shape
    padded = np.pad(picture, ((tall // 2, tall // 2), (wide // 2, wide // 2)))
    blurred = np.zeros_like(picture)
    for i in range(tall):
        for j in range(wide):
            blurred += turned[i, j] * padded[i : i + picture.shape[0], j : j + picture.shape[1]]
    return blurred


def correlate_by_hand(picture, kernel):
    return blur_by_hand(picture, kernel[::-1, ::-1])


def mirrored(picture, kernel):
    tall, wide = (side // 2 for side in kernel.shape)
    padded = np.pad(picture, ((tall, tall), (wide, wide)), mode="reflect")
    whole = blur_by_hand(padded, kernel)
    return whole[tall : tall + picture.shape[0], wide : wide + picture.shape[1]]


def average(frames, gamma):
    return ((frames**gamma).sum(axis=0) / len(frames)) ** (1 / gamma)


def wiener(transfer, noise_to_signal):
    return 1 / transfer * np.abs(transfer) ** 2 / (np.abs(transfer) ** 2 + noise_to_signal)


def psnr(sharp, restored, data_range):
    return 20 * np.log10(data_range) - 10 * np.log10(((sharp - restored) ** 2).mean())


def crop(blurred, sharp, top, left, size):
    return tuple(half[top : top + size, left : left + size] for half in (blurred, sharp))


def swapped_halves(blurred, sharp, top, left, size):
    return crop(sharp, blurred, top, left, size)


def swapped_axes(blurred, sharp, top, left, size):
    return crop(blurred, sharp, left, top, size)


def reach(layers):
    seen = 1
    for side, stride in reversed(layers):  # from the output down: n pixels need (n - 1) · stride + side
        seen = (seen - 1) * stride + side
    return seen


def line():
    kernel = np.zeros((9, 9))
    kernel[4, :] = 1 / 9
    return kernel


# Numbers worked out on paper.
ANSWERS = {
    "00.half_the_error": (3.01, 6.02, 2),
    "00.unknowns": (921600, 307200, 640),
    "11.kernel_sum": (0.45, 0.5, 0.9),
    "11.blur_by_hand": (blur_by_hand, correlate_by_hand, mirrored),
    "11.adjoint": (correlate_by_hand, blur_by_hand, lambda y, k: mirrored(y, k[::-1, ::-1])),
    "11.matrix": (16777216, 4096, 102400),
    "12.line_kernel": (line(), line().T, 9 * line()),
    "12.frames": (average, lambda f, g: f.mean(axis=0), lambda f, g: (f**g).mean(axis=0)),
    "12.half_shift": (0.5, 1.5, 0),
    "13.noise_db": (26.02, 13.01, -26.02),
    "13.amplification": (50, 2500, 0.02),
    "13.wiener": (wiener, lambda k, r: 1 / k, lambda k, r: k / (abs(k) ** 2 + r)),
    "13.brightness": (0.909, 1.1, 0.9),
    "14.psnr_by_hand": (psnr, lambda s, r, p: -psnr(s, r, p), lambda s, r, p: psnr(s, r, 1)),
    "14.double_error": (6.02, 3.01, -6.02),
    "14.range": (48.13, 24.07, 48.16),
    "14.peak": (6.02, 3.01, -6.02),
    "14.mean_of_psnr": (7.03, 30, 22.97),
    "15.crop": (crop, swapped_halves, swapped_axes),
    "15.turns": (8, 4, 16),
    "15.batches": (62, 62.5, 63),
    "16.receptive_field": (21, 30, 20),
    "16.parameters": (1344, 1296, 480),
    "16.identity": (20, 0, 40),
    "16.reach": (reach, lambda layers: reach(layers[::-1]), lambda layers: 1 + sum(k - 1 for k, _ in layers)),
}
