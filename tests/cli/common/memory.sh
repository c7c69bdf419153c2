# Scratch files in memory where there is room: a checkpoint after each iteration is a lot to wait for on some disks. What
# sources this, before expect.sh, needs less than 40 MB.
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 60000 ]; then
    TMPDIR=/dev/shm
    export TMPDIR
fi
