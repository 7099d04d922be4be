#!/usr/bin/env node
/**
 * What `quiesce` starts. The server is another bundle: an editor does not wait for the rest of the command line to load,
 * and whoever checks a file does not wait for the server.
 */
const SERVER_FLAGS = /^--(?:stdio|node-ipc|clientProcessId=\d+)$/;
const [command, ...flags] = process.argv.slice(2);
const isServer = command === 'lsp' && flags.length > 0 && flags.every((flag) => SERVER_FLAGS.test(flag));
// Anything that is wrong with the flags, the command line says.
await import(new URL(isServer ? './server.js' : './main.js', import.meta.url).href);
