import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'security.workspace.trust.enabled': false,
  'workbench.tips.enabled': false,
  'git.enabled': false,
  'chat.commandCenter.enabled': false,
  'workbench.layoutControl.enabled': false,
  'window.restoreWindows': 'none',
  'files.autoSave': 'off',
  'editor.minimap.enabled': false,
  'editor.wordBasedSuggestions': 'off',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
};

/** A running VS Code server and how to open files in it. */
export interface Host {
  readonly origin: string;
  /** Folder of the profile: logs are below. */
  readonly profile: string;
  url(folder: string, file?: string): string;
  stop(): void;
}

/**
 * Starts code-server with a fresh profile and extensions installed.
 * @param home what `install-host.sh` made: `bin/node`, `node_modules/code-server`
 * @param vsix packed extensions
 * @param profile an empty folder
 */
export async function startHost(home: string, vsix: readonly string[], profile: string): Promise<Host> {
  const node = join(home, 'bin/node');
  const entry = join(home, 'node_modules/code-server/out/node/entry.js');
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run test/e2e/install-host.sh ${home}`);
  const port = await freePort();
  mkdirSync(join(profile, 'user/User'), { recursive: true });
  writeFileSync(join(profile, 'config.yaml'), `bind-addr: 127.0.0.1:${port}\nauth: none\ncert: false\n`);
  writeFileSync(join(profile, 'user/User/settings.json'), JSON.stringify(SETTINGS));
  const env = { ...process.env, XDG_CONFIG_HOME: join(profile, 'xdg'), XDG_DATA_HOME: join(profile, 'xdg') };
  const common = [
    entry,
    '--config',
    join(profile, 'config.yaml'),
    '--user-data-dir',
    join(profile, 'user'),
    '--extensions-dir',
    join(profile, 'ext'),
  ];
  for (const file of vsix) {
    const install = spawnSync(node, [...common, '--install-extension', file, '--force'], {
      env,
      encoding: 'utf8',
    });
    if (install.status !== 0)
      throw new Error(`${file} was not installed: ${install.stderr}${install.stdout}`);
  }
  const args = [
    ...common,
    '--auth',
    'none',
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
    '--ignore-last-opened',
  ];
  // A group of its own: its children end with it.
  const server: ChildProcess = spawn(node, args, { env, detached: true, stdio: 'ignore' });
  const origin = `http://127.0.0.1:${port}`;
  await ready(`${origin}/healthz`);
  return {
    origin,
    profile,
    url: (folder, file) => {
      const at = `${origin}/?folder=${encodeURIComponent(folder)}`;
      if (file === undefined) return at;
      const payload = JSON.stringify([['openFile', `vscode-remote://127.0.0.1:${port}${file}`]]);
      return `${at}&payload=${encodeURIComponent(payload)}`;
    },
    stop: () => {
      try {
        process.kill(-server.pid!, 'SIGKILL');
      } catch {
        // Gone already.
      }
    },
  };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${url} did not answer within 30 s`);
}
