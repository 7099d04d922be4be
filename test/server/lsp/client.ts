import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node.js';
import type { Diagnostic, InitializeResult, PublishDiagnosticsParams } from 'vscode-languageserver/node.js';

const CLI = resolve('dist/cli.js');
export const FIXTURES = resolve('test/fixtures');

/** What a test may change in a client's `initialize`. */
export interface ClientOptions {
  readonly folders?: readonly string[];
  readonly capabilities?: object;
  readonly initializationOptions?: object;
  readonly processId?: number | null;
  /** Added to the environment of the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A client that drives the real server process over standard input and output, and records what it is sent. */
export class TestClient {
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  readonly published: PublishDiagnosticsParams[] = [];
  readonly requests: { method: string; params: unknown }[] = [];
  readonly notifications: { method: string; params: unknown }[] = [];
  initialized!: InitializeResult;
  private versions = new Map<string, number>();
  private readonly waiting = new Set<() => void>();

  private constructor(execArgv: readonly string[], env: ClientOptions['env']) {
    const args = [...execArgv, CLI, 'lsp', '--stdio'];
    this.process = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.connection = createMessageConnection(
      new StreamMessageReader(this.process.stdout!),
      new StreamMessageWriter(this.process.stdin!),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.push(params);
      this.wake();
    });
    this.connection.onNotification((method, params) => {
      this.notifications.push({ method, params });
      this.wake();
    });
    this.connection.onRequest((method, params) => {
      this.requests.push({ method, params });
      this.wake();
      return null;
    });
    this.connection.listen();
  }

  /** Starts a server, by a Node with these options of its own, and initialises it. */
  static async start(options: ClientOptions = {}, execArgv: readonly string[] = []): Promise<TestClient> {
    const client = new TestClient(execArgv, options.env);
    client.initialized = await client.connection.sendRequest('initialize', {
      processId: options.processId === undefined ? process.pid : options.processId,
      rootUri: null,
      workspaceFolders: (options.folders ?? []).map((path) => ({ uri: uri(path), name: path })),
      capabilities: options.capabilities ?? {},
      initializationOptions: { backgroundIndex: false, ...options.initializationOptions },
    });
    await client.connection.sendNotification('initialized', {});
    return client;
  }

  request<T>(method: string, params: unknown): Promise<T> {
    return this.connection.sendRequest(method, params);
  }

  async open(path: string, text: string): Promise<void> {
    this.versions.set(path, 1);
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: uri(path), languageId: 'c', version: 1, text },
    });
  }

  /** Changes a range, or the whole text without one; returns the new version. */
  async change(path: string, text: string, range?: object): Promise<number> {
    const version = (this.versions.get(path) ?? 1) + 1;
    this.versions.set(path, version);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: uri(path), version },
      contentChanges: [range ? { range, text } : { text }],
    });
    return version;
  }

  async save(path: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didSave', { textDocument: { uri: uri(path) } });
  }

  /** The diagnostics of a file once they are those of a version (or later), or fit. */
  async diagnostics(
    path: string,
    version = this.versions.get(path) ?? 1,
    fits: (diagnostics: Diagnostic[]) => boolean = () => true,
  ): Promise<Diagnostic[]> {
    const found = (): PublishDiagnosticsParams | undefined =>
      this.published.findLast(
        (one) => one.uri === uri(path) && (one.version ?? 0) >= version && fits(one.diagnostics),
      );
    await this.until(() => found() !== undefined);
    return found()!.diagnostics;
  }

  /** Waits until something that was received makes `done` true. */
  async until(done: () => boolean, timeout = 15_000): Promise<void> {
    const end = Date.now() + timeout;
    while (!done()) {
      if (Date.now() > end) throw new Error('the server did not answer in time');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** `shutdown`, `exit`, and the process's exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode !== null) return this.process.exitCode;
    const ended = new Promise<number | null>((resolve) => this.process.once('exit', resolve));
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const code = await ended;
    this.connection.dispose();
    return code;
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}

export function uri(path: string): string {
  return pathToFileURL(path).href;
}

/** A workspace in a folder of its own. */
export interface Workspace {
  readonly root: string;
  path(file: string): string;
  write(file: string, text: string): string;
  remove(): void;
}

/** Makes a workspace of files, or a copy of a folder. */
export function workspace(files: Readonly<Record<string, string>>, copyOf?: string): Workspace {
  const root = mkdtempSync(join(tmpdir(), 'quiesce-lsp-'));
  if (copyOf) cpSync(copyOf, root, { recursive: true });
  const made: Workspace = {
    root,
    path: (file) => join(root, file),
    write: (file, text) => {
      const path = join(root, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  for (const [file, text] of Object.entries(files)) made.write(file, text);
  return made;
}

/** A position of the first (or `nth`) occurrence of a text, with UTF-16 columns. */
export function positionOf(text: string, what: string, nth = 0): { line: number; character: number } {
  let at = -1;
  for (let i = 0; i <= nth; i++) at = text.indexOf(what, at + 1);
  if (at < 0) throw new Error(`'${what}' is not there`);
  const before = text.slice(0, at).split('\n');
  return { line: before.length - 1, character: before.at(-1)!.length };
}

/** A range over a text. */
export function rangeOf(text: string, what: string): object {
  const start = positionOf(text, what);
  const lines = what.split('\n');
  const end =
    lines.length === 1
      ? { line: start.line, character: start.character + what.length }
      : { line: start.line + lines.length - 1, character: lines.at(-1)!.length };
  return { start, end };
}
