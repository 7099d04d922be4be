// Preloaded into the server by a test: counts what it asks the file system, and the threads and processes that it
// starts. At SIGUSR2 the counts so far are written to `$LOOKUPS`.
const fs = require('node:fs');
const threads = require('node:worker_threads');
const processes = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');

const counts = { lookups: 0, reads: 0, started: 0 };
const KINDS = {
  lookups: ['existsSync', 'lstatSync', 'statSync', 'realpathSync', 'accessSync'],
  reads: ['readFileSync', 'openSync', 'readdirSync', 'readFile', 'open', 'readdir'],
};
for (const [kind, names] of Object.entries(KINDS)) {
  for (const name of names) {
    const real = fs[name];
    fs[name] = (...given) => {
      counts[kind]++;
      return real(...given);
    };
  }
}
const { fork } = processes;
processes.fork = (...given) => {
  counts.started++;
  return fork(...given);
};
threads.Worker = class extends threads.Worker {
  constructor(...given) {
    counts.started++;
    super(...given);
  }
};
syncBuiltinESMExports();
process.on('SIGUSR2', () => {
  const file = process.env.LOOKUPS;
  const text = JSON.stringify(counts);
  fs.writeFileSync(`${file}.part`, text);
  fs.renameSync(`${file}.part`, file);
});
