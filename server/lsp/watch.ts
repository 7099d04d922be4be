import { existsSync, lstatSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DidChangeWatchedFilesNotification } from 'vscode-languageserver/node.js';
import { isMakefile } from '../project/live-root.ts';
import { isSource } from '../tree/walk.ts';
import { CONFIG_GLOB } from './config.ts';
import { pathOf, type Session } from './session.ts';

/** Events come in bursts: a checkout, a build. They are looked at when it is quiet, and at the latest after a second. */
const QUIET_MS = 150;
const LATEST_MS = 1000;
/** More changed sources than this: the index is made anew. */
const MANY = 64;
const POLL_MS = 4000;

/** Notices changes outside of the editor: asks the client to watch, or looks at the files in use itself. */
export function registerWatch(session: Session): { stop(): void } {
  const { connection, capabilities, settings, live } = session;
  const pending = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let first = 0;
  /** Folders of build output or none, as they were at `builtAt`: a build may begin in any. */
  const built = new Map<string, boolean>();
  let builtAt = 0;

  connection.onDidChangeWatchedFiles(({ changes }) => {
    const now = Date.now();
    if (now - builtAt > LATEST_MS) {
      built.clear();
      builtAt = now;
    }
    for (const { uri } of changes) {
      const path = pathOf(uri);
      if (path !== undefined && (session.config.concerns(path) || isOfInterest(path))) pending.add(path);
    }
    later();
  });

  const asks =
    capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration && settings.watch === 'client';
  if (asks) {
    void connection.client.register(DidChangeWatchedFilesNotification.type, {
      watchers: [
        { globPattern: '**/*.[ch]' },
        { globPattern: '**/{Makefile,Kbuild}' },
        { globPattern: CONFIG_GLOB },
      ],
    });
  }
  const seen = new Map<string, number>();
  const poll = asks ? undefined : setInterval(lookAround, POLL_MS);
  poll?.unref();
  return {
    stop: () => {
      clearTimeout(timer);
      clearInterval(poll);
    },
  };

  function isOfInterest(path: string): boolean {
    const name = basename(path);
    if (!isSource(name) && !isMakefile(name)) return false;
    if (live.openFile(path)) return false;
    return !isBuildOutput(dirname(path));
  }

  /** A folder that `make O=` writes to has a `source` link and a Makefile that was made; so have those below. */
  function isBuildOutput(dir: string): boolean {
    const known = built.get(dir);
    if (known !== undefined) return known;
    const here =
      /[/\\](?:\.git|\.tmp_[^/\\]*|include[/\\]generated|include[/\\]config)(?:[/\\]|$)/.test(dir) ||
      (isLink(join(dir, 'source')) && existsSync(join(dir, 'Makefile')));
    const up = dirname(dir);
    const result = here || (up !== dir && !session.folders.includes(dir) && isBuildOutput(up));
    built.set(dir, result);
    return result;
  }

  function later(): void {
    if (pending.size === 0) return;
    const now = Date.now();
    if (!timer) first = now;
    clearTimeout(timer);
    timer = setTimeout(act, Math.min(QUIET_MS, Math.max(0, first + LATEST_MS - now)));
  }

  function act(): void {
    timer = undefined;
    const isConfig = (path: string): boolean => session.config.concerns(path);
    if ([...pending].some(isConfig)) session.configChanged();
    const paths = [...pending].filter((path) => !isConfig(path));
    pending.clear();
    const again = new Set<string>();
    const byRoot = new Map<(typeof live.all)[number], string[]>();
    for (const path of paths) {
      const { root, file } = live.locate(path);
      const list = byRoot.get(root);
      if (list) list.push(file);
      else byRoot.set(root, [file]);
    }
    for (const [root, files] of byRoot) {
      for (const file of root.changedOnDisk(files)) again.add(join(root.root, file));
    }
    // Open files first; each is judged once, in its module.
    const open = [...again].filter((path) => live.openFile(path));
    for (const path of open) session.rejudge(path);
    if (paths.length > MANY) session.reindex();
    else for (const path of again) if (!live.openFile(path)) session.rejudge(path);
  }

  /** Without a watcher: the files that went into a judgement, by their time of change. */
  function lookAround(): void {
    for (const path of session.config.paths) look(path);
    for (const root of live.all) {
      for (const file of root.filesInUse()) {
        const path = join(root.root, file);
        if (!live.openFile(path)) look(path);
      }
    }
    later();
  }

  function look(path: string): void {
    const time = changedAt(path);
    if (seen.has(path) && seen.get(path) !== time) pending.add(path);
    seen.set(path, time);
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

function changedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
