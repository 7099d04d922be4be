// What a client starts over node's IPC; `quiesce lsp --stdio` is the same over standard input and output.
import { connect, runServer } from './server.ts';

runServer(connect());
