/** A person's own machine, from its `/proc/iomem` or its device tree. */
import type { ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import { boardFromDeviceTree, deviceNodeOf, parseDeviceTree } from '../../../simulator/machine/devicetree.ts';
import { boardFromIomem } from '../../../simulator/machine/iomem.ts';
import type { MachineFile } from '../messages.ts';
import type { Machine } from './protocol.ts';

/**
 * Reads the machine.
 * @param compatibles what the driver binds to, to find its node and with it its StreamID
 * @throws InputError for a file that cannot be understood
 */
export function readMachine(file: MachineFile, compatibles: readonly string[]): Machine {
  const { name } = file;
  if (file.kind === 'iomem') {
    return { name, board: boardFromIomem(file.text, { where: name, log: file.text }), input: {} };
  }
  const bytes = Uint8Array.from(atob(file.base64), (c) => c.charCodeAt(0));
  const tree = parseDeviceTree(bytes, name);
  const device = deviceNodeOf(tree.root, compatibles);
  const { board, streams, rmr } = boardFromDeviceTree(tree, {
    where: name,
    ...(device ? { device } : {}),
  });
  const stream = streams.find((s) => s.device === device);
  const input: ScenarioInput = {
    ...(stream ? { device: { streamId: stream.streamId } } : {}),
    iommu: { rmrStreams: streams.filter((s) => rmr.has(s.device)).map((s) => s.streamId) },
  };
  return { name, board, input };
}
