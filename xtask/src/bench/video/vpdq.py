"""The rival: the vPDQ of a file, in the text form, and on the last line the CPU seconds of that call alone.

Neither the interpreter's start nor the import counts. One thread: with more of them it takes more CPU time, not less.
"""
import resource
import sys

import vpdq


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


before = processor_seconds()
frames = vpdq.computeHash(sys.argv[1], seconds_per_hash=float(sys.argv[2]), thread_count=1)
seconds = processor_seconds() - before
for frame in frames:
    print(frame.frame_number, frame.quality, frame.hex, frame.timestamp, sep=",")
print(seconds)
