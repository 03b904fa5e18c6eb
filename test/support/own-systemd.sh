#!/bin/sh
# Makes this process, the first of its namespaces, the systemd of a machine that is a copy of this one: whatever is written
# there is kept in memory and gone with it. It knows the units that stand in the folder of units alone, so that nothing of
# what runs on this machine starts a second time.
set -eu
world=$1 binary=$2 projects=$3 units=$4 systemd=$5

mount -t tmpfs tmpfs "$world"
mkdir "$world/upper" "$world/work" "$world/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$world/upper,workdir=$world/work" "$world/root"
cd "$world/root"

mount -t proc proc proc
mount --bind -o ro proc/sys proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for node in null zero full random urandom tty; do
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
ln -s /proc/self/fd dev/fd

echo 'mpq:x:61970:61970::/var/lib/mpq:/usr/sbin/nologin' >> etc/passwd
echo 'mpq:x:61970:' >> etc/group
mkdir -p mnt usr/local/bin etc/mpq
rm -f usr/local/bin/mpq
touch usr/local/bin/mpq
mount --bind -o ro "$binary" usr/local/bin/mpq
mount --bind "$projects" srv
rm -rf etc/systemd
mkdir -p etc/systemd/system
cp "$units"/* etc/systemd/system
for target in sysinit basic sockets network-online shutdown own; do
  printf '[Unit]\nDefaultDependencies=no\n' > "etc/systemd/system/$target.target"
done

pivot_root . mnt
umount -l mnt
export container=mpq-test SYSTEMD_UNIT_PATH=/etc/systemd/system
exec "$systemd" --system --unit=own.target --log-target=null --show-status=no
