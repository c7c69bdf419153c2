#!/usr/bin/env bash
# Tries ./quickstart on fresh machines: tests/machines/run.sh FOLDER [SUITE...]
#
# For each Debian suite (bookworm and trixie by default) it makes two machines in FOLDER with debootstrap: a bare one,
# and one that has python3-scipy and libboost-dev. On each it runs ./quickstart on the last commit, installs these two
# packages (which must be possible afterwards as well), and makes a short run. At the end the parameters of these runs
# must agree to 1e-12. It needs root, debootstrap, NumPy, about 4 GB a machine, and twenty minutes each.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,8s/^# \?//p' "$0"; exit 2; }
folder=$(realpath -m "$1")
shift
suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie)
source=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
mkdir -p "$folder"

# A program finds its libraries by the place of its own file, which it reads from /proc.
machine=
leave() { [ -z "$machine" ] || ! mountpoint -q "$machine/proc" || umount "$machine/proc"; }
trap leave EXIT

inside() { chroot "$machine" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
install() { inside apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }

short_run() {
    inside bash -c "cd /root/mfg && build/bin/mfg solve optimal_transport_2d --training.samples 256,256 \
        --training.iterations 5,5 --pictures no --quiet --output /root/short --overwrite"
}

machines=()
for suite in "${suites[@]}"; do
    [ -d "$folder/$suite" ] || debootstrap --variant=minbase "$suite" "$folder/$suite.part" >/dev/null
    [ -d "$folder/$suite" ] || mv "$folder/$suite.part" "$folder/$suite"
    for neighbours in no yes; do
        leave
        machine=$folder/$suite-neighbours-$neighbours
        leave  # of an earlier call that was killed
        echo "== $suite, with python3-scipy and libboost-dev: $neighbours"
        rm -rf --one-file-system "$machine"
        cp -a "$folder/$suite" "$machine"
        cp /etc/resolv.conf "$machine/etc/"
        mount -t proc proc "$machine/proc"
        mkdir "$machine/root/mfg"
        git -C "$source" archive HEAD | tar xf - -C "$machine/root/mfg"
        inside apt-get update -qq
        [ "$neighbours" = no ] || install python3-scipy libboost-dev
        inside bash -c "cd /root/mfg && ./quickstart" >"$machine/quickstart.log" 2>&1 ||
            { tail -n 20 "$machine/quickstart.log"; exit 1; }
        tail -n 3 "$machine/quickstart.log"
        install python3-scipy libboost-dev
        short_run
        machines+=("$machine")
    done
done

python3 - "${machines[@]}" <<'PYTHON'
import sys
import numpy

first, *others = [numpy.load(machine + "/root/short/parameters.npy") for machine in sys.argv[1:]]
for machine, other in zip(sys.argv[2:], others):
    distance = abs(other - first).max() / abs(first).max()
    print(f"{machine}: parameters differ by {distance:.1e}")
    assert distance < 1e-12
PYTHON
echo "all machines pass"
