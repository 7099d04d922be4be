/** A git repository in a temporary folder, and mails made of its commits. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class Repository {
  readonly folder: string;
  readonly root: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'quiesce-change-'));
    this.root = join(this.folder, 'tree');
    mkdirSync(this.root);
    this.git('init', '-q', '-b', 'main');
  }

  /** A kernel tree of the example drivers, committed. */
  static ofExamples(): Repository {
    const made = new Repository();
    for (const dir of ['platform', 'camera', 'pci']) {
      cpSync(join('test/fixtures/examples', dir), join(made.root, 'drivers', dir), { recursive: true });
    }
    made.write('Makefile', 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\nEXTRAVERSION =\n');
    made.write('Kbuild', 'obj-y += drivers/\n');
    made.write('drivers/Makefile', 'obj-y += platform/ camera/ pci/\n');
    made.commit('base');
    return made;
  }

  /** Some files and directories of a kernel source, committed; its top Makefile is always among them. */
  static ofTree(tree: string, paths: readonly string[]): Repository {
    const made = new Repository();
    for (const path of ['Makefile', ...paths]) made.take(tree, path);
    made.commit('base');
    return made;
  }

  /** Copies a file or directory of a tree to its place here, or to another. */
  take(tree: string, path: string, to = path): void {
    cpSync(join(tree, path), join(this.root, to), { recursive: true });
  }

  git(...args: string[]): string {
    const who = ['-c', 'user.name=Jörg Ä', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
    return execFileSync('git', [...who, ...args], {
      cwd: this.root,
      env,
      encoding: 'latin1',
      maxBuffer: 1e9,
    });
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'latin1');
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true });
    writeFileSync(join(this.root, file), text, 'latin1');
  }

  edit(file: string, change: (text: string) => string): void {
    const text = this.read(file);
    const changed = change(text);
    if (changed === text) throw new Error(`${file}: the edit changes nothing`);
    this.write(file, changed);
  }

  /** Commits everything; returns the commit. */
  commit(subject: string): string {
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', subject);
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** The mails of the commits since a revision, one text each. */
  mails(since: string, ...options: string[]): string[] {
    const mbox = this.git('format-patch', '--stdout', since, ...options);
    return mbox.split(/^(?=From [0-9a-f]{40} )/m);
  }

  /** A file beside the tree. */
  put(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, 'latin1');
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A mail with its body in another transfer encoding. */
export function encoded(mail: string, encoding: 'base64' | 'quoted-printable'): string {
  const end = mail.indexOf('\n\n');
  const headers = mail
    .slice(0, end)
    .replace(/^(?:MIME-Version|Content-Type|Content-Transfer-Encoding): .*(?:\n[ \t].*)*\n?/gim, '')
    .trimEnd();
  const body = Buffer.from(mail.slice(end + 2), 'latin1');
  const text =
    encoding === 'base64'
      ? body.toString('base64').replace(/.{76}/g, '$&\n')
      : body
          .toString('latin1')
          .replace(/[^\t\n -<>-~]/g, (c) => `=${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
          .replace(/[ \t](?=\n)/g, (c) => `=${c === ' ' ? '20' : '09'}`)
          .replace(/^.{74}(?=.{2})/gm, (line) => softBreak(line));
  return `${headers}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: ${encoding}\n\n${text}\n`;
}

/** A soft line break that takes no escape apart. */
function softBreak(line: string): string {
  const cut = line.lastIndexOf('=') >= line.length - 2 ? line.lastIndexOf('=') : line.length;
  return `${line.slice(0, cut)}=\n${line.slice(cut)}`;
}

/** A mail as version N of its series. */
export function asVersion(mail: string, version: number): string {
  return mail
    .replace(/^Subject: \[PATCH/m, `Subject: [PATCH v${version}`)
    .replace(/^Message-I[dD]:.*\n/m, '');
}
