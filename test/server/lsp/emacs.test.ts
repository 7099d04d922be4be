import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { workspace } from './client.ts';
import { RING } from './sources.ts';

/** Emacs without its user's settings, with the packages of the system. */
const BATCH = ['-q', '--batch', '--eval', '(package-initialize)'];
const hasEglot = spawnSync('emacs', [...BATCH, '--eval', "(require 'eglot)"]).status === 0;

/** What a person does: open, look, edit, look again. */
const SCRIPT = `
(require 'eglot)
(add-to-list 'eglot-server-programs
             (list 'c-mode (getenv "QUIESCE_NODE") (getenv "QUIESCE_CLI") "lsp" "--stdio"
                   :initializationOptions '(:backgroundIndex :json-false)))
(defun look (what expected)
  (let ((end (+ (float-time) 20)) found)
    (while (and (not (setq found (= expected (progn (flymake-start) (length (flymake-diagnostics))))))
                (< (float-time) end))
      (accept-process-output nil 0.1))
    (princ (format "%s: %s\\n" what (if found "yes" "no")))))
(find-file "ring.c")
(setq eglot-sync-connect 20)
(apply #'eglot (eglot--guess-contact))
(look "finding after opening" 1)
(goto-char (point-min))
(search-forward "dma_alloc_coherent")
(replace-match "kzalloc_coherent")
(eglot--signal-textDocument/didChange)
(look "no finding without the call" 0)
`;

test.skipIf(!hasEglot)(
  'Emacs shows the finding with eglot, and none after an edit',
  { timeout: 90_000 },
  () => {
    const files = workspace({ Makefile: 'obj-m += ring.o\n', 'ring.c': RING, 'run.el': SCRIPT });
    try {
      const run = spawnSync('emacs', [...BATCH, '-l', 'run.el'], {
        cwd: files.root,
        env: { ...process.env, QUIESCE_NODE: process.execPath, QUIESCE_CLI: resolve('dist/cli.js') },
        encoding: 'utf8',
        timeout: 85_000,
      });
      expect(run.stdout.trim().split('\n')).toEqual([
        'finding after opening: yes',
        'no finding without the call: yes',
      ]);
    } finally {
      files.remove();
    }
  },
);
