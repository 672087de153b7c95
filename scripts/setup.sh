# Sourced by scripts/try and scripts/test: brings a fresh Debian, Ubuntu or macOS machine to where
# the project is installed and built. Does nothing that is done already. POSIX sh.

say() { printf '%s\n' "$*" >&2; }

# True when the command that follows can be run with the rights to install packages.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

# The one command by which a person installs a program here.
install_command() {
  if [ "$(uname -s)" = Darwin ]; then echo "brew install $1"
  elif [ "$(id -u)" = 0 ]; then echo "apt-get install -y $1"
  else echo "sudo apt-get install -y $1"
  fi
}

# Installs a program by the system's package manager when that is allowed; false when it is not there.
ensure_program() {
  command -v "$1" >/dev/null 2>&1 && return 0
  say "$1 is missing; installing it"
  if [ "$(uname -s)" = Darwin ]; then
    command -v brew >/dev/null 2>&1 && brew install --quiet "$1" >&2
  elif command -v apt-get >/dev/null 2>&1; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >&2 2>/dev/null ||
      { as_root apt-get update -qq >&2 2>/dev/null &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >&2; }
  fi
  if command -v "$1" >/dev/null 2>&1; then return 0; fi
  say "$1 could not be installed from here. Type: $(install_command "$1")"
  return 1
}

require_node() {
  if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    say "error: Node.js 20.19 or newer is needed, with npm (node_too_old)"
    if [ "$(uname -s)" = Darwin ]; then say "  try: brew install node"
    else say "  try: install it from https://nodejs.org, or with nvm"
    fi
    exit 4
  fi
  node -e 'const [a, b] = process.versions.node.split(".").map(Number);
    process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
    say "error: agentpool needs Node.js 20.19 or newer; this is $(node -v) (node_too_old)"
    say "  try: nvm install 22, or get it from https://nodejs.org"
    exit 4
  }
}

# Installs the packages of the lock file, once for each lock file and Node.
install_packages() {
  state="$(cksum < package-lock.json) $(node -p 'process.version + process.arch')"
  stamp=node_modules/.agentpool-installed
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ]; then return 0; fi
  say "installing packages (on Node 20 without access to GitHub one is compiled, about a minute)"
  npm ci --no-audit --no-fund --loglevel=error >&2
  # npm leaves an optional package out without a word when it cannot fetch or compile it
  if ! has_sqlite; then
    say "SQLite's driver is missing; trying once more"
    npm ci --no-audit --no-fund --loglevel=error >&2
  fi
  if ! has_sqlite; then
    say "error: SQLite's driver could not be installed for Node $(node -v) (driver_missing)"
    say "  try: $(install_command "python3 make g++"), then this again; or use Node 22.13 or newer, which brings it along"
    exit 4
  fi
  printf '%s\n' "$state" > "$stamp"
}

has_sqlite() {
  node --no-warnings -e '
    try { new (require("better-sqlite3"))(":memory:") } catch {
      new (process.getBuiltinModule("node:sqlite").DatabaseSync)(":memory:")
    }' 2>/dev/null
}

build() { node scripts/build.mjs >&2; }
