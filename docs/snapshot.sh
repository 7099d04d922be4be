#!/bin/sh
# Describes this machine for `quiesce board`: which devices, which drivers, which SMMU, which memory.
#
#   sh snapshot.sh > machine.txt
#
# It only reads, installs nothing, needs no root and writes nothing but its output. What is read is listed here by name:
# serial numbers, MAC addresses, host names and the rest of the command line are never looked at.
LC_ALL=C
export LC_ALL
root=${QUIESCE_ROOT-}

note() { echo "note $1"; }

# The last part of where a link leads, nothing where there is no link.
target() {
  [ -e "$1" ] || return 0
  t=$(cd -P "$1" 2>/dev/null && pwd -P)
  echo "${t##*/}"
}

one() { [ -r "$1" ] && read -r line < "$1" 2>/dev/null && echo "$line"; }

echo 'quiesce-snapshot 1'
echo "release $(uname -r)"
echo "arch $(uname -m)"

words=
for word in $(cat "$root/proc/cmdline" 2>/dev/null); do
  case $word in
    iommu=* | iommu.* | arm-smmu* | crashkernel=* | swiotlb=* | kexec* | reset_devices) words="$words $word" ;;
  esac
done
echo "cmdline$words"

echo '== config'
if [ -r "$root/proc/config.gz" ]; then
  gzip -dc "$root/proc/config.gz" 2>/dev/null | grep '^CONFIG_[A-Za-z0-9_]*=[ym]$'
elif [ -r "$root/boot/config-$(uname -r)" ]; then
  grep '^CONFIG_[A-Za-z0-9_]*=[ym]$' "$root/boot/config-$(uname -r)"
else
  note 'the configuration is neither in /proc/config.gz nor readable in /boot'
fi

echo '== modules'
while read -r name size rest; do echo "$name $size 0"; done < "$root/proc/modules" 2>/dev/null
echo '== builtin'
cat "$root/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null

echo '== iomem'
if grep -q '^ *[0-9a-f]*[1-9a-f][0-9a-f]*-' "$root/proc/iomem" 2>/dev/null; then
  cat "$root/proc/iomem"
else
  note 'the addresses in /proc/iomem: root would have shown them'
fi

echo '== tree'
base=$root/proc/device-tree
[ -d "$base" ] || base=$root/sys/firmware/devicetree/base
if [ -d "$base" ]; then
  base=$(cd -P "$base" && pwd -P)
  find "$base" -type f \( -name compatible -o -name status -o -name model -o -name device_type -o -name reg \
    -o -name ranges -o -name dma-ranges -o -name phandle -o -name linux,phandle -o -name iommus -o -name iommu-map \
    -o -name iommu-map-mask -o -name iommu-addresses -o -name stream-match-mask -o -name no-map -o -name reusable \
    -o -name '#address-cells' -o -name '#size-cells' -o -name '#iommu-cells' -o -name dma-coherent \
    -o -name arm,primecell-periphid -o -name cpu-idle-states \) 2>/dev/null |
    while read -r file; do
      hex=$(od -An -v -tx1 "$file" 2>/dev/null | tr -d ' \n')
      echo "p ${file#"$base"} $hex"
    done
fi

echo '== devices'
for bus in platform amba pci virtio auxiliary fsl-mc cdx host1x usb mmc sdio nvme scsi hid serio i2c spi; do
  for device in "$root/sys/bus/$bus/devices"/*; do
    [ -d "$device" ] || continue
    node=
    [ -d "$device/of_node" ] && node=$(cd -P "$device/of_node" && pwd -P)
    case $node in
      */devicetree/base*) node=${node#*/devicetree/base} ;;
      *) node= ;;
    esac
    set -- "$bus" "${device##*/}" "driver=$(target "$device/driver")" "module=$(target "$device/driver/module")" \
      "group=$(target "$device/iommu_group")" "mask=$(one "$device/dma_mask_bits")" "node=$node" \
      "modalias=$(one "$device/modalias")" "id=$([ "$bus" != amba ] || one "$device/id")"
    echo "d	$1	$2	$3	$4	$5	$6	$7	$8	$9"
  done
done

echo '== groups'
for group in "$root/sys/kernel/iommu_groups"/*; do
  [ -d "$group" ] || continue
  type=$(one "$group/type")
  [ -n "$type" ] || hidden=yes
  echo "g ${group##*/} $type"
  [ -r "$group/reserved_regions" ] || continue
  while read -r start end kind; do echo "r ${group##*/} $start $end $kind"; done < "$group/reserved_regions"
done
[ -z "$hidden" ] || note 'the types of the IOMMU groups: root would have shown them'
echo '== end'
