#!/bin/sh
# Noise of training samples and of validation, as tables: docs/sampling.md. Needs a build with tests; takes five minutes.
set -eu
build=${BUILD:-$(dirname "$0")/../../build}
cmake --build "$build" --target sampling_benchmark >&2
exec "$build/bin/sampling_benchmark"
