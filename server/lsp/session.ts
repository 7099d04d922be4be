import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ClientCapabilities, Connection } from 'vscode-languageserver/node.js';
import type { LiveWorkspace } from '../project/live.ts';
import type { LiveConfig } from './config.ts';
import { type Encoding, Lines } from './position.ts';
import type { Settings } from './settings.ts';

/** A document that the client has open. */
export interface OpenDocument {
  readonly uri: string;
  readonly path: string;
  version: number;
  text: string;
}

/** What every feature of the server works with. */
export interface Session {
  readonly connection: Connection;
  readonly live: LiveWorkspace;
  readonly encoding: Encoding;
  readonly capabilities: ClientCapabilities;
  /** Absolute paths of the workspace's folders. */
  folders: string[];
  settings: Settings;
  readonly documents: Map<string, OpenDocument>;
  /** Called with absolute paths whose drivers may have changed. */
  readonly onJudged: ((paths: readonly string[]) => void)[];
  /** Called with the absolute path of a file that has findings by itself, before its module is read. */
  readonly onGlanced: ((path: string) => Promise<void>)[];
  /** Resolves when there is something to show of a file; true when that is only what it says by itself. */
  firstKnown(path: string): Promise<boolean>;
  /** Judges a file that changed, soon; resolves when its drivers are up to date. */
  judged(path: string): Promise<void>;
  /** Judges a file again, soon: something around it changed. */
  rejudge(path: string): void;
  /** What projects configured. */
  readonly config: LiveConfig;
  /** Takes in what is configured now. */
  configChanged(): void;
  /** Starts or starts over the background index. */
  reindex(): void;
}

/** Absolute path of a `file:` URI, undefined for any other. */
export function pathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

/** The URI of an absolute path, spelled as the client does where the file is open. */
export function uriOf(session: Session, path: string): string {
  for (const document of session.documents.values()) if (document.path === path) return document.uri;
  return pathToFileURL(path).href;
}

const CACHE = 32;
const recent = new Map<string, Lines>();

/** A file's text by lines, in the client's encoding; undefined when it can't be read. */
export function linesOf(session: Session, path: string): Lines | undefined {
  const text = session.live.textOf(path);
  if (text === undefined) return undefined;
  const known = recent.get(path);
  if (known?.text === text) return known;
  const lines = new Lines(text, session.encoding);
  keepLines(path, lines);
  return lines;
}

/** Remembers a file's lines: after a change they are told by those before. */
export function keepLines(path: string, lines: Lines): void {
  recent.delete(path);
  recent.set(path, lines);
  if (recent.size > CACHE) recent.delete(recent.keys().next().value!);
}
