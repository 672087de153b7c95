"""Runs commands in turns and tells what each run cost.

usage: launch.py ROUNDS < JSON list of {"argv": [...], "env": {...}, "input": "..." or null}
Prints one JSON line a run: which command, CPU and wall time in ms, peak memory in kB, exit status.
The operating system counts the processor time of a child exactly; Node cannot ask it.
"""
import json
import os
import subprocess
import sys
import time

rounds = int(sys.argv[1])
commands = json.load(sys.stdin)
nothing = open(os.devnull, "r+b")
for _ in range(rounds):
    for which, command in enumerate(commands):
        text = command.get("input")
        started = time.monotonic_ns()
        child = subprocess.Popen(
            command["argv"],
            env=command["env"],
            cwd=command.get("cwd"),
            stdin=nothing if text is None else subprocess.PIPE,
            stdout=nothing,
            stderr=nothing,
        )
        if text is not None:
            child.stdin.write(text.encode())
            child.stdin.close()
        _, status, used = os.wait4(child.pid, 0)
        ended = time.monotonic_ns()
        child.returncode = os.waitstatus_to_exitcode(status)
        print(json.dumps({
            "which": which,
            "cpuMs": (used.ru_utime + used.ru_stime) * 1000,
            "wallMs": (ended - started) / 1e6,
            "peakKb": used.ru_maxrss,
            "status": child.returncode,
        }), flush=True)
