import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { workspace } from './client.ts';
import { RING } from './sources.ts';

const hasNeovim = spawnSync('nvim', ['--version']).status === 0;

/** What a person does: open, look, insert the hook by a code action, look again. */
const SCRIPT = `
local out = {}
local function wait(what, test)
  local ok = vim.wait(20000, test, 50)
  table.insert(out, what .. ': ' .. tostring(ok))
end
local function count()
  return #vim.diagnostic.get(0)
end
local id = vim.lsp.start_client({
  name = 'quiesce',
  cmd = { vim.env.QUIESCE_NODE, vim.env.QUIESCE_CLI, 'lsp', '--stdio' },
  root_dir = vim.fn.getcwd(),
  init_options = { backgroundIndex = false },
})
vim.cmd('edit ring.c')
vim.lsp.buf_attach_client(0, id)
wait('finding after opening', function() return count() == 1 end)
local text = vim.api.nvim_buf_get_lines(0, 0, -1, false)
local call
for i, line in ipairs(text) do
  if line:find('dma_alloc_coherent') then call = i end
end
local kept = text[call]
vim.api.nvim_buf_set_lines(0, call - 1, call, false, { '' })
wait('no finding without the call', function() return count() == 0 end)
vim.api.nvim_buf_set_lines(0, call - 1, call, false, { kept })
wait('finding with the call', function() return count() == 1 end)
local finding = vim.diagnostic.get(0)[1]
vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col })
local params = vim.lsp.util.make_range_params()
params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics() }
local answers = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 10000)
local action = answers[id].result[1]
if not action.edit then
  action = vim.lsp.buf_request_sync(0, 'codeAction/resolve', action, 10000)[id].result
end
vim.lsp.util.apply_workspace_edit(action.edit, vim.lsp.get_client_by_id(id).offset_encoding)
wait('no finding with the hook', function() return count() == 0 end)
vim.cmd('write')
vim.fn.writefile(out, 'out.txt')
vim.cmd('qall!')
`;

test.skipIf(!hasNeovim)(
  'Neovim shows the finding after an edit and applies the hook',
  { timeout: 90_000 },
  () => {
    const files = workspace({ Makefile: 'obj-m += ring.o\n', 'ring.c': RING, 'run.lua': SCRIPT });
    try {
      const run = spawnSync('nvim', ['--headless', '-u', 'NONE', '-n', '-c', 'luafile run.lua'], {
        cwd: files.root,
        env: { ...process.env, QUIESCE_NODE: process.execPath, QUIESCE_CLI: resolve('dist/cli.js') },
        encoding: 'utf8',
        timeout: 85_000,
      });
      expect(run.stderr).not.toMatch(/Error|E\d+:/);
      expect(readFileSync(files.path('out.txt'), 'utf8').trim().split('\n')).toEqual([
        'finding after opening: true',
        'no finding without the call: true',
        'finding with the call: true',
        'no finding with the hook: true',
      ]);
      expect(readFileSync(files.path('ring.c'), 'utf8')).toContain('.shutdown\t= ring_shutdown,');
    } finally {
      files.remove();
    }
  },
);
