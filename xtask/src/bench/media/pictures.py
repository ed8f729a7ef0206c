"""Draws the pictures of the bench: noise with the spectrum of landscapes, the same in every run.

Into the folder named first: the pictures that are timed, and under `drift/` those by which the two passes are compared,
each kind in a folder of its own.
"""

import pathlib
import sys

import numpy
from PIL import Image

FOLDER = pathlib.Path(sys.argv[1])


def waves(draws, width, height, softness):
    across, down = numpy.fft.rfftfreq(width)[None, :], numpy.fft.fftfreq(height)[:, None]
    frequency = numpy.hypot(across, down)
    frequency[0, 0] = 1
    noise = draws.standard_normal(frequency.shape) + 1j * draws.standard_normal(frequency.shape)
    noise /= frequency**softness
    noise[0, 0] = 0
    values = numpy.fft.irfft2(noise, (height, width))
    return values / values.std()


def picture(seed, width, height, softness=1.5, contrast=40, colour=24):
    draws = numpy.random.default_rng(seed)
    light = 128 + contrast * waves(draws, width, height, softness)
    warm, cold = (colour * waves(draws, width, height, softness + 0.2) for _ in range(2))
    return numpy.stack([light + warm, light, light + cold], -1)


def write(values, path, **settings):
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = Image.fromarray(numpy.clip(values, 0, 255).astype(numpy.uint8))
    shown.save(path, **({"quality": 85, "subsampling": 2} | settings))
    return shown


def timed():
    # The larger a picture, the softer is what lies within a few pixels: so softness is chosen for a like share of bits.
    for name, width, height, softness in [("512", 512, 512, 1.6), ("1080p", 1920, 1080, 1.5), ("12mp", 4000, 3000, 1.4)]:
        drawn = picture(1, width, height, softness)
        write(drawn, FOLDER / f"{name}.jpg")
    write(drawn, FOLDER / "progressive.jpg", progressive=True)
    Image.open(FOLDER / "512.jpg").convert("RGB").save(FOLDER / "512.ppm")


def drift(kind, name, values, **settings):
    write(values, FOLDER / "drift" / kind / f"{name}.jpg", **settings)


def compared():
    sides = [(512, 512), (640, 512), (800, 600), (1024, 768), (1000, 1500), (1601, 1003)]
    for seed in range(12):
        width, height = sides[seed % 6]
        soft = picture(seed, width, height, 1.6)
        rough = picture(seed, width, height, 1.0, 30)
        for quality in (50, 75, 92):
            for progressive in (False, True):
                settings = {"quality": quality, "subsampling": seed % 3, "progressive": progressive}
                name = f"{seed}-{quality}-{progressive}"
                drift("soft pictures", name, soft, **settings)
                drift("rough pictures", name, rough, **settings)
        tiles = numpy.indices((height, width)).sum(0) // 2 % 2 * 2 - 1
        strong = picture(seed, width, height, 1.6, 70, 70)
        drift("colours beyond what a screen shows", seed, strong * 1.5 - 64, subsampling=0)
        # As many checkers of two pure colours as fit: nothing of them is in the means.
        saturated = soft * 0.5 + 64 + tiles[:, :, None] * numpy.array([90, -90, 90])
        drift("a saturated checker over the picture", seed, saturated, subsampling=0)
        drift("a reset after each unit", seed, soft, restart_marker_blocks=1)
        drift("the coarsest quantisation", seed, soft, quality=3)
        # Of a picture of this size the reference takes every second pixel, where another picture hides from the means.
        seen, hidden = (picture(seed + more, 1024, 1024, 1.6) - 128 for more in (0, 100))
        stripes = (numpy.arange(1024) % 2 * 2 - 1)[None, :, None]
        built = 128 + seen / 2 + hidden * stripes / 2
        drift("built to deceive the first pass", seed, built, subsampling=0, quality=92)


timed()
compared()
