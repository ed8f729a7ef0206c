"""Decodes and hashes pictures in turn on one core, as a worker of the reference service does."""

import io
import json
import pathlib
import sys
import time

import numpy
import pdqhash
from PIL import Image

pictures = [path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).iterdir())]
end = time.perf_counter() + float(sys.argv[2])
start = time.perf_counter()
done = 0
while time.perf_counter() < end:
    image = Image.open(io.BytesIO(pictures[done % len(pictures)])).convert("RGB")
    pdqhash.compute(numpy.asarray(image))
    done += 1
print(json.dumps({"per_second": done / (time.perf_counter() - start)}))
