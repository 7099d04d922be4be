// Inserts the suggested hook into every driver below some folders that lacks one, and says what became of the finding:
// node test/run.js test/tools/hook-sample.ts TREE FOLDER… [--print]
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { apply, buildHook, canInsert } from '../../server/fix/insert.ts';
import { LiveWorkspace } from '../../server/project/live.ts';
import { walkPaths } from '../../server/tree/walk.ts';

const [tree, ...rest] = process.argv.slice(2);
if (!tree) {
  process.stderr.write('usage: hook-sample.ts TREE FOLDER… [--print]\n');
  process.exit(2);
}
const print = rest.includes('--print');
const folders = rest.filter((word) => !word.startsWith('--'));
const live = await LiveWorkspace.create();
const counts = { drivers: 0, built: 0, todo: 0, nothing: 0, still: 0 };
for (const path of walkPaths(folders.map((folder) => join(resolve(tree), folder))).files) {
  if (!path.endsWith('.c')) continue;
  const text = readFileSync(path, 'latin1');
  if (!/_driver\b/.test(text)) continue;
  live.setOpen(path, text);
  await live.judge(path);
  const { root, file } = live.locate(path);
  for (const driver of live.driversOf(path)) {
    if (!driver.findings.some(({ rule }) => /^missing-shutdown/.test(rule)) || !canInsert(driver)) continue;
    counts.drivers++;
    const hook = await buildHook(root, driver, text);
    if (!hook) counts.nothing++;
    else if (hook.by === null) counts.todo++;
    else {
      counts.built++;
      const after = await root.judgeText(file, apply(text, hook.insertions));
      const same = after.find(({ instance }) => instance === driver.instance);
      const left = same?.findings.filter(({ rule }) => /missing|empty|ineffective/.test(rule)) ?? [];
      if (left.length > 0) counts.still++;
    }
    if (print && hook) {
      process.stdout.write(`== ${file}:${driver.line} ${driver.instance} (${hook.by ?? 'TODO'})\n`);
      for (const { text: added } of hook.insertions) process.stdout.write(`${added}\n`);
    }
  }
  live.close(path);
}
await live.dispose();
process.stdout.write(`${JSON.stringify(counts)}\n`);
