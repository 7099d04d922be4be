import type { Device, Machine, Smmu } from './model.ts';

/** A PCI host bridge: what is below it has StreamIDs of its own, by `iommu-map`. */
const HOST_BRIDGE = /\/pcie?@[^/]*$/;

/**
 * The device as which another does its DMA: itself where it has StreamIDs, or else the nearest node above it that has
 * `iommus`. The children of a wrapper (a serial engine's bus controllers, a codec's decoder) map their buffers for it:
 * behind an SMMU nothing else would reach memory.
 */
export function masterOf({ devices }: Pick<Machine, 'devices'>, device: Device): Device {
  const { node, streams, domain } = device;
  if (node === null || streams.length > 0 || domain !== 'none') return device;
  const above = devices.filter(
    (one) =>
      one.node && one.streams.length > 0 && node.startsWith(`${one.node}/`) && !HOST_BRIDGE.test(one.node),
  );
  return above.reduce<Device>(
    (best, one) => (best === device || one.id.length > best.id.length ? one : best),
    device,
  );
}

/** The SMMU that a master's DMA passes; undefined: none does, or none that the inputs name. */
export function smmuOf({ smmus }: Pick<Machine, 'smmus'>, { domain, streams }: Device): Smmu | undefined {
  if (domain === 'none') return undefined;
  const enabled = smmus.filter((smmu) => smmu.enabled);
  // A group without StreamIDs (PCI behind several host bridges) passes an SMMU all the same.
  return streams[0] ? enabled.find(({ id }) => id === streams[0]!.smmu) : enabled[0];
}
