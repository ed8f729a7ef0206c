"""Answers questions with faiss on one thread: builds an index of a file of hashes, then serves a line at a time."""

import json
import sys
import time

import faiss
import numpy

BATCH_OF_HASHES = 1_000_000


def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * 4096


def build(bank, tables, bits, flips):
    start = time.perf_counter()
    index = faiss.IndexBinaryMultiHash(256, tables, bits)
    for first in range(0, len(bank), BATCH_OF_HASHES):
        index.add(numpy.ascontiguousarray(bank[first : first + BATCH_OF_HASHES]))
    index.nflip = flips
    return index, time.perf_counter() - start


def search(index, questions, radius, batch, seconds, at_least):
    """Asks batch after batch until the time is over; returns the rate and the matches of the first questions."""
    # faiss finds what is nearer than the radius that it is given.
    index.range_search(questions[:20], radius + 1)
    matches, asked, spent = [], 0, 0.0
    while asked < len(questions) and (spent < seconds or asked < at_least):
        few = questions[asked : asked + batch]
        start = time.perf_counter()
        limits, distances, entries = index.range_search(few, radius + 1)
        spent += time.perf_counter() - start
        if asked < at_least:
            for place in range(len(few)):
                for at in range(int(limits[place]), int(limits[place + 1])):
                    matches.append((asked + place, int(entries[at]), int(distances[at])))
        asked += len(few)
    return asked / spent, matches


def main():
    faiss.omp_set_num_threads(1)
    path, tables, bits, flips, radius, compared = sys.argv[1], *map(int, sys.argv[2:])
    before = resident()
    bank = numpy.fromfile(path, dtype=numpy.uint8).reshape(-1, 32)
    count = len(bank)
    index, took = build(bank, tables, bits, flips)
    del bank
    print(json.dumps({"build_seconds": took, "bytes_per_entry": (resident() - before) / count}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        questions = numpy.fromfile(asked["questions"], dtype=numpy.uint8).reshape(-1, 32)
        at_least = compared if asked["batch"] > 1 else 1
        rate, matches = search(index, questions, radius, asked["batch"], asked["seconds"], at_least)
        if asked["batch"] > 1:
            with open(asked["matches"], "w") as file:
                file.writelines(f"{query},{entry},{distance}\n" for query, entry, distance in matches)
        print(json.dumps({"per_second": rate}), flush=True)


main()
