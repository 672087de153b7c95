#!/bin/sh
# Installs the command agentpool with npm: the newest release by its name, or a packed tarball.
#   scripts/install.sh [--prefix DIR] [--version VERSION | TARBALL]
# DIR is where npm puts global packages (default: npm's own, or ~/.local where that is not writable).
# The same by environment: AGENTPOOL_PREFIX, AGENTPOOL_VERSION. POSIX sh; needs nothing beside it, so
# that it can be piped into sh.
set -eu

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $1"
  [ -z "${2-}" ] || say "  try: $2"
  exit "${3-1}"
}

prefix=${AGENTPOOL_PREFIX-}
version=${AGENTPOOL_VERSION-}
tarball=
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder" "" 2; prefix=$2; shift ;;
    --prefix=*) prefix=${1#*=} ;;
    --version) [ $# -gt 1 ] || fail "--version needs a version" "" 2; version=$2; shift ;;
    --version=*) version=${1#*=} ;;
    -h | --help) say "Usage: install.sh [--prefix DIR] [--version VERSION | TARBALL]"; exit 0 ;;
    -*) fail "install.sh has no option $1" "install.sh --help" 2 ;;
    *) [ -z "$tarball" ] || fail "only one tarball can be installed" "" 2; tarball=$1 ;;
  esac
  shift
done

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  fail "Node.js 20.19 or newer is needed, with npm (node_too_old)" \
    "nvm install 22, or get it from https://nodejs.org" 4
fi
node -e 'var v = process.versions.node.split(".");
  process.exit(+v[0] > 20 || (+v[0] === 20 && +v[1] >= 19) ? 0 : 1)' ||
  fail "agentpool needs Node.js 20.19 or newer; this is $(node -v) (node_too_old)" \
    "nvm install 22, or get it from https://nodejs.org" 4

if [ -n "$tarball" ]; then
  [ -f "$tarball" ] || fail "there is no file $tarball" "npm pack, which makes one" 3
  # npm takes a bare name for a package of the registry
  case $tarball in /*) package=$tarball ;; *) package=$PWD/$tarball ;; esac
else
  package=agentpool${version:+@$version}
fi

if [ -z "$prefix" ]; then
  prefix=$(npm prefix --global)
  folder=$prefix/lib
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  if [ ! -w "$folder" ]; then
    say "$prefix is not writable; installing below $HOME/.local"
    prefix=$HOME/.local
  fi
fi

npm install --global --prefix "$prefix" --no-audit --no-fund --loglevel=error "$package" >&2 ||
  fail "npm could not install $package" "read npm's words above; then this again"

command=$prefix/bin/agentpool
installed=$("$command" --version) || fail "$command does not start" "$command --version"
say "installed agentpool $installed: $command"

# the driver is an optional package: npm leaves it out without a word when it cannot be had
if ! "$command" doctor --fields checks.name,checks.status 2>/dev/null | tr -d ' \n' |
  grep -q '"name":"sqlite","status":"ok"'; then
  say "SQLite's driver is missing (driver_missing)"
  say "  try: npm install --global --prefix $prefix better-sqlite3, or Node.js 22.13 or newer, which has its own"
fi

case ":$PATH:" in
  *":$prefix/bin:"*) next=agentpool ;;
  *)
    say "$prefix/bin is not on your PATH; for this shell: export PATH=\"$prefix/bin:\$PATH\""
    next=$command
    ;;
esac
say "next: $next init, then $next smoke"
