#!/bin/busybox sh
# Runs in the guest as its init: loads a module for every modalias, writes what it finds as a tar to the first disk.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /out
chmod 777 /out
hostname "$(cat /etc/hostname)"

# What udev does; a second and third time for the devices that the modules brought.
for round in 1 2 3; do
  find /sys/devices -name modalias -exec cat {} + | sort -u | xargs modprobe -q -a 2>/dev/null
  sleep 2
done
ip link set eth0 up

# bus, device, driver and module, of every device of every bus: `-` where there is none.
for device in /sys/bus/*/devices/*; do
  bus=${device#/sys/bus/}
  driver=-
  module=-
  [ -e "$device/driver" ] && driver=$(basename "$(readlink -f "$device/driver")")
  [ -e "$device/driver/module" ] && module=$(basename "$(readlink -f "$device/driver/module")")
  echo "${bus%%/*} ${device##*/} $driver $module"
done > /out/links.txt
cp /sys/firmware/fdt /out/live.dtb
cp /proc/modules /out/lsmod.txt

# The snapshot: on a root that nothing can write to, by nobody and by root.
mount -o remount,ro /
touch /written 2>/dev/null && echo writable > /out/root-is-writable
su -s /bin/sh nobody -c 'busybox sh /snapshot.sh > /out/user.txt 2> /out/user.err'
busybox sh /snapshot.sh > /out/root.txt 2> /out/root.err

# Real faults: two devices told to reach an address that no driver has mapped for them.
find_pci() {
  for one in /sys/bus/pci/devices/*; do
    [ "$(cat "$one/vendor") $(cat "$one/device")" = "$1 $2" ] && echo "$one" && return
  done
}
address() { sed -n "$(($2 + 1))p" "$1/resource" | cut -d' ' -f1; }
poke() { devmem $(($1 + $2)) "$3" "$4"; }
# Memory space and Bus Master on: the command register, at 4.
enable() { printf '\006' | dd of="$1/config" bs=1 seek=4 conv=notrunc 2>/dev/null; }

# QEMU's teaching device has no driver: vfio-pci takes it, so that it gets an IOMMU domain. Its DMA engine has a source
# (0x80), a destination (0x88), a length (0x90) and a command (0x98: 1 starts, 2 is towards memory).
edu=$(find_pci 0x1234 0x11e8)
modprobe -q vfio-pci
echo vfio-pci > "$edu/driver_override"
echo "${edu##*/}" > /sys/bus/pci/drivers_probe
enable "$edu"
bar=$(address "$edu" 0)
poke "$bar" 0x80 64 0x40000
poke "$bar" 0x88 64 0xbad000
poke "$bar" 0x90 64 64
poke "$bar" 0x98 64 3
sleep 1
busybox sh /snapshot.sh > /out/fault.txt 2> /out/fault.err

# A network card bound to its own driver: its transmitter on (TCTL, 0x400), eight descriptors at an address that nobody
# has mapped (TDBAL 0x3800, TDBAH 0x3804, TDLEN 0x3808, TDH 0x3810), of which one is ready (TDT, 0x3818).
card=$(find_pci 0x8086 0x100e)
bar=$(address "$card" 0)
poke "$bar" 0x400 32 0x2
poke "$bar" 0x3800 32 0xbee0000
poke "$bar" 0x3804 32 0
poke "$bar" 0x3808 32 128
poke "$bar" 0x3810 32 0
poke "$bar" 0x3818 32 1
sleep 1
dmesg > /out/dmesg.txt
tar c -C /out . > /dev/vda
sync
poweroff -f
