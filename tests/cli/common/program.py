"""What the scripts in Python share. MFG is the program."""
import os
import subprocess
import tempfile
import time

MFG = os.environ["MFG"]


def mfg(*words, code=0, timeout=300, **more):
    """With its exit code, within the time; `more` is for subprocess.run."""
    done = subprocess.run([MFG, *map(str, words)], capture_output=True, text=True, errors="surrogateescape",
                          timeout=timeout, **more)
    assert done.returncode == code, f"mfg {' '.join(map(str, words))}: {done.returncode}: {done.stdout} {done.stderr}"
    return done


def refused(text, *words, code=1, **more):
    """With a message of one line that has the text."""
    errors = mfg(*words, code=code, **more).stderr
    assert errors.startswith("mfg: ") and errors.count("\n") == 1 and text in errors, f"no '{text}' in: {errors}"
    return errors


def run_tests(*tests):
    """One after the other in a directory that is gone at the end."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        for test in tests:
            begin = time.monotonic()
            test()
            print(f"{test.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
        os.chdir("/")
