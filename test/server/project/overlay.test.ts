import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { auditPaths } from '../../../server/project/project.ts';
import { jsonLines } from '../../../server/report/json.ts';
import { FactCache } from '../../../server/tree/cache/index.ts';
import type { Overlay } from '../../../server/tree/files.ts';
import { UnreadablePath } from '../../../server/tree/walk.ts';

let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quiesce-overlay-'));
  root = join(folder, 'tree');
  cpSync('test/fixtures/examples', root, { recursive: true });
  writeFileSync(join(root, 'Kbuild'), 'obj-y += camera/ platform/\n');
  writeFileSync(join(root, 'Makefile'), 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n');
  mkdirSync(join(root, 'include/linux'), { recursive: true });
  // Ten seconds on, or the files are too young to be remembered.
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 10_000);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function audited(options: { overlay?: Overlay; cache?: FactCache; path?: string } = {}) {
  const { path = root, ...rest } = options;
  const { drivers, totals, skipped } = await auditPaths({ paths: [path], jobs: 1, ...rest });
  expect(skipped).toEqual([]);
  return `${jsonLines(drivers)}${JSON.stringify(totals)}`;
}

function text(file: string): string {
  return readFileSync(join(root, file), 'latin1');
}

/** Makes on disk what the overlay says. */
function write(overlay: Overlay): void {
  for (const [path, content] of overlay) {
    mkdirSync(dirname(path), { recursive: true });
    if (content === null) rmSync(path);
    else writeFileSync(path, content, 'latin1');
  }
}

/** Changes to the tree, and a word that the audit says before or after only. */
const CHANGES: Record<string, { change: () => [string, string | null][]; tells: string }> = {
  'an edited source': {
    change: () => [
      ['platform/recorder_good.c', text('platform/recorder_good.c').replace(/^.*\.shutdown.*\n/m, '')],
    ],
    tells: '"hook":{"state":"present","function":"recorder_shutdown"',
  },
  'a source that is absent': {
    change: () => [['camera/camera_ring.c', null]],
    tells: 'camera/camera_ring.c',
  },
  'a header': {
    change: () => [
      [
        'camera/camera.h',
        text('camera/camera.h').replace(
          '#endif',
          'static inline void *camera_extra(struct camera *cam)\n{\n' +
            '\treturn dma_alloc_coherent(cam->dev, 4096, &cam->ring_dma, GFP_KERNEL);\n}\n#endif',
        ),
      ],
      [
        'camera/camera_ring.c',
        text('camera/camera_ring.c').replace(/dma_\w+_coherent\([^;]*;/g, 'camera_extra(cam);'),
      ],
    ],
    tells: 'camera_extra',
  },
  'a Makefile': {
    change: () => [['camera/Makefile', 'obj-m += other-camera.o\nother-camera-y := camera_main.o\n']],
    tells: 'camera/other-camera',
  },
  'a new directory with its Makefile': {
    change: () => [
      ['Kbuild', 'obj-y += camera/ platform/ made/up/\n'],
      ['made/up/Makefile', 'obj-m += made_up.o\n'],
      ['made/up/made_up.c', text('platform/recorder.c')],
    ],
    tells: 'made/up/made_up',
  },
  'another kernel version': {
    change: () => [['Makefile', 'VERSION = 5\nPATCHLEVEL = 4\nSUBLEVEL = 0\n']],
    tells: '',
  },
};

describe('an audit with an overlay', () => {
  for (const [name, { change, tells }] of Object.entries(CHANGES)) {
    it(`says of ${name} what it says when the disk has it`, async () => {
      const overlay = new Map(change().map(([file, content]) => [join(root, file), content]));
      const before = await audited();
      const over = await audited({ overlay });
      expect(await audited()).toBe(before);
      if (tells !== '') expect(before.includes(tells)).not.toBe(over.includes(tells));
      write(overlay);
      expect(over).toBe(await audited());
    });

    it(`leaves nothing of ${name} in the cache`, async () => {
      const overlay = new Map(change().map(([file, content]) => [join(root, file), content]));
      const [before, over] = [await audited(), await audited({ overlay })];
      for (const [given, expected] of [
        [{ overlay }, over],
        [{ overlay }, over],
        [{}, before],
        [{ overlay }, over],
        [{}, before],
      ] as const) {
        const cache = new FactCache({ folder: join(folder, 'cache'), code: '0123456789abcdef' });
        expect(await audited({ ...given, cache })).toBe(expected);
        cache.close();
      }
    });
  }

  it('takes a file or a folder that is on no disk as a named path, and not one that it says is absent', async () => {
    const overlay = new Map<string, string | null>([
      [join(root, 'made/up.c'), text('platform/recorder.c')],
      [join(root, 'platform/leds.c'), null],
    ]);
    expect(await audited({ overlay, path: join(root, 'made/up.c') })).toContain('made/up.c');
    expect(await audited({ overlay, path: join(root, 'made') })).toContain('made/up.c');
    await expect(audited({ overlay, path: join(root, 'platform/leds.c') })).rejects.toThrow(UnreadablePath);
  });
});
