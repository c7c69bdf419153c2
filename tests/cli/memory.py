"""Memory: what runs into a limit ends in one line, and neither dimension nor threads take more than they must. MFG is the
program."""
import os
import subprocess

from common.program import MFG, run_tests

transport = ["--problem", "gaussian_transport", "--network.width", "4", "--network.rank", "2", "--optimizer", "lbfgs",
             "--training.samples", "8", "--training.iterations", "1", "--pictures", "no", "--quiet"]


def run(*words):
    """The peak of the memory in MiB and the page faults of a run that works."""
    child = subprocess.Popen([MFG, *map(str, words)])
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"mfg {' '.join(map(str, words))}: {child.returncode}"
    return used.ru_maxrss / 1024, used.ru_minflt


def limited(kilobytes, *words):
    """In a limited address space: the exit code and the message. Whatever happens, it ends soon."""
    done = subprocess.run(["sh", "-c", f'ulimit -v {kilobytes}; exec "$@"', "sh", MFG, *map(str, words)],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def address_space():
    """Batch systems limit it. OpenBLAS would try for ever to get a buffer, in any thread, and when it is loaded."""
    codes = set()
    for threads in (1, 3):
        for kilobytes in (100000, 200000, 250000, 400000, 800000):
            code, errors = limited(kilobytes, "solve", *transport, "--problem.dimension", 2, "--threads", threads,
                                   "--output", f"limited{threads}-{kilobytes}")
            codes.add(code)
            expected = "mfg: out of memory" if code else ""
            assert code in (0, 1) and errors.count("\n") == code and errors.startswith(expected), (kilobytes, errors)
    assert codes == {0, 1}
    assert limited(100000, "list", "method") == (0, "")


def dimensions():
    """Samples, errors and integrated paths are measured in parts."""
    peak, faults = run("solve", *transport, "--problem.dimension", 200, "--threads", 1, "--output", "high")
    assert peak < 340, f"{peak:.0f} MiB"
    assert faults < 1000000, f"{faults} page faults"


def threads():
    """A thread without work takes hardly any memory."""
    tiny = ["solve", "--problem", "ode", "--training.samples", 16, "--training.iterations", 1,
            "--training.validation_samples", 16, "--pictures", "no", "--quiet"]
    for count in (64, 256):
        peak, _ = run(*tiny, "--threads", count, "--output", f"threads{count}")
        assert peak < 400, f"{count} threads: {peak:.0f} MiB"


run_tests(address_space, dimensions, threads)
