#!/bin/sh
# Turns the folder $1 into the whole world of this process and starts its systemd; run in namespaces of its own.
set -eu
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
ip link set lo up
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup sys/fs/cgroup
mount -t tmpfs run run
mount --rbind /dev dev
mount -t tmpfs shm dev/shm 2>/dev/null || true
pivot_root . mnt
umount -l /mnt
exec env -i container=farmsight PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=null
