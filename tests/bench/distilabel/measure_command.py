"""measure_command.py COMMAND ARGUMENT ...: the processor time of a command and all below it.

Prints {"processorSeconds", "seconds", "exitCode"} as JSON; the command's output goes to standard
error. A process whose parent ended without waiting for it becomes a child of this one (Linux's
"subreaper", prctl(2)), which waits for all of them: so none is missed.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("expected a system that hands orphans over (Linux)")
    began = time.monotonic()
    command = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
    exit_code = command.wait()
    seconds = time.monotonic() - began
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor_seconds = usage.ru_utime + usage.ru_stime
    figures = {"processorSeconds": processor_seconds, "seconds": seconds, "exitCode": exit_code}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
