"""Numbers for PictureMetricsTest: PSNR, MSE and SSIM by torchmetrics on pictures made by the rule.

SSIM is the mean over pixels whose 11x11 window lies inside the picture, as Wang et al. have it; today's torchmetrics takes
the mean over all pixels of a reflected picture, so its map is cut here.
"""
import torch
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

import rule


def picture(name, shape):
    return rule.uniform(name, shape, scale=1.0).double() / 2 + 0.5


a = picture("metrics.a", (1, 3, 24, 32))
b = (a + 0.1 * (picture("metrics.b", (1, 3, 24, 32)) - 0.5)).clamp(0, 1)
mask = torch.zeros(24, 32, dtype=torch.double)
mask[5:15, 8:20] = 1
for title, keep in (("everywhere", torch.ones_like(mask)), ("outside", 1 - mask)):
    x, y = a * keep, b * keep
    similarity = structural_similarity_index_measure(x, y, data_range=1.0, return_full_image=True)[1]
    print(title, "mse %.12f" % (x - y).square().mean(), "psnr %.9f" % peak_signal_noise_ratio(x, y, data_range=1.0),
          "ssim %.9f" % similarity[..., 5:-5, 5:-5].mean())
