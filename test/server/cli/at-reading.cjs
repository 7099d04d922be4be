// Preloaded into the command line by a test: when the file `$READING` is read for the `$READING_TIME`th time, it goes
// away, or the signal `$READING_SIGNAL` comes.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const { READING, READING_TIME = '1', READING_SIGNAL } = process.env;
const read = fs.readFileSync;
let times = 0;
fs.readFileSync = (path, ...more) => {
  if (path === READING && ++times === Number(READING_TIME)) {
    if (READING_SIGNAL) process.kill(process.pid, READING_SIGNAL);
    else fs.unlinkSync(READING);
  }
  return read(path, ...more);
};
syncBuiltinESMExports();
