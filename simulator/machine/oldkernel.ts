/** Where a boot loader puts the first kernel when nothing is recorded. */
import { findHole, InputError, type Span } from './address.ts';
import { KERNEL_ALIGN } from './placement.ts';

/**
 * The lowest 2 MiB boundary with room, above the first 2 MiB of RAM (boot loaders keep their own tables there; QEMU and
 * U-Boot load at base + 2 MiB).
 * @throws InputError when the image fits nowhere
 */
export function findBootloaderImage(free: readonly Span[], imageBytes: number): Span {
  const first = free[0]?.start ?? 0;
  const start =
    findHole(free, imageBytes, KERNEL_ALIGN, { min: first + KERNEL_ALIGN }) ??
    findHole(free, imageBytes, KERNEL_ALIGN);
  if (start === undefined) {
    throw new InputError(
      `a kernel of ${imageBytes} bytes does not fit into RAM`,
      'machine',
      'more RAM or a smaller image',
    );
  }
  return { start, end: start + imageBytes };
}
