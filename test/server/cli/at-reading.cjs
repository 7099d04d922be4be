// Preloaded into the command line by a test: when the file `$READING` is read for the `$READING_TIME`th time, it goes
// away, or the signal `$READING_SIGNAL` comes.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const { READING, READING_TIME = '1', READING_SIGNAL } = process.env;
let times = 0;
let within = false;
// A file is read as a whole, or opened and read in pieces; the former may open it, too.
for (const name of ['readFileSync', 'openSync']) {
  const read = fs[name];
  fs[name] = (path, ...more) => {
    if (within) return read(path, ...more);
    if (path === READING && ++times === Number(READING_TIME)) {
      if (READING_SIGNAL) process.kill(process.pid, READING_SIGNAL);
      else fs.unlinkSync(READING);
    }
    within = true;
    try {
      return read(path, ...more);
    } finally {
      within = false;
    }
  };
}
syncBuiltinESMExports();
