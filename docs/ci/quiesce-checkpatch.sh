#!/bin/sh
# Calls quiesce as scripts/checkpatch.pl is called, so that it fits in beside it:
#
#     quiesce-checkpatch.sh 000*.patch              patches, as files or (-) on standard input
#     quiesce-checkpatch.sh -g origin/main..HEAD    commits: REV, REV-COUNT, FROM..TO
#     quiesce-checkpatch.sh -f drivers/dma/foo.c    source files
#
#   -q, --quiet, --no-summary   no line with the totals
#   --strict, --subjective      notes too, as CHECK
#   --terse, --emacs            one line a finding: FILE:LINE: WARNING: text
#   --show-types                the rule: WARNING:MISSING_SHUTDOWN
#   --root=PATH                 the kernel tree (default: the one around the working directory)
#
# Options of checkpatch that are about style are passed over. $QUIESCE is the command, `quiesce` unless set; it may be
# several words. Exit: 0 nothing, 1 findings, 2 it could not be judged.
set -u

fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 2
}

mode='patch' strict=0 terse=0 types=0 summary=1 root=
while [ $# -gt 0 ]; do
  case $1 in
    -f | --file) mode='file' ;;
    -g | --git) mode=git ;;
    --patch) mode='patch' ;;
    -q | --quiet | --no-summary) summary=0 ;;
    --strict | --subjective) strict=1 ;;
    --terse | --emacs) terse=1 ;;
    --show-types) types=1 ;;
    --root=*) root=${1#*=} ;;
    --root) [ $# -gt 1 ] || fail '--root: no path after it'; root=$2 && shift ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0"; exit 0 ;;
    --ignore | --types | --max-line-length | --min-conf-desc-length | --tab-size | --codespellfile | --typedefsfile)
      [ $# -gt 1 ] && shift ;;
    --ignore=* | --types=* | --max-line-length=* | --min-conf-desc-length=* | --tab-size=* | --codespellfile=*) ;;
    --typedefsfile=* | --color | --color=* | --no-color | --codespell | --ignore-perl-version | --summary-file) ;;
    --no-tree | --no-signoff | --no-fixes-tag | --showfile | --mailback | -v | --verbose) ;;
    --) shift; break ;;
    -?*) fail "unknown option $1" ;;
    *) break ;;
  esac
  shift
done

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# judge ARGUMENTS: the findings as checkpatch words them, into a file; keeps the exit code.
judge() {
  [ -z "$root" ] || set -- "--tree=$root" "$@"
  [ "$strict" -eq 0 ] || set -- --fail-on=note "$@"
  ${QUIESCE:-quiesce} check --format "checkpatch=$work/found" "$@"
}

case $mode in
  file)
    [ $# -gt 0 ] || fail '-f: no file after it'
    judge -- "$@"
    ;;
  git)
    [ $# -eq 1 ] || fail '-g takes one revision or range'
    count=${1##*-}
    case $1 in
      *..*) from=${1%%..*} to=${1#*..} && to=${to#.} ;;
      *) case $count in
        '' | "$1" | *[!0-9]*) from=$1^ to=$1 ;;
        *) to=${1%-*} && from=$to~$count ;;
      esac ;;
    esac
    base=$(git merge-base "${from:-HEAD}" "${to:-HEAD}") || fail "$1: no such revision, or nothing in common"
    # Judged on the commit that it starts from, whatever is checked out.
    git format-patch --no-ext-diff --no-textconv --base="$base" -o "$work" "$base..${to:-HEAD}" >/dev/null || exit 2
    judge --mbox "$work"
    ;;
  patch)
    [ $# -gt 0 ] || set -- -
    number=0
    for file in "$@"; do
      number=$((number + 1))
      # In the order that they were named in, when their subjects have none.
      cat -- "$file" >"$work/$(printf %06d "$number").patch" || exit 2
    done
    judge --mbox "$work"
    ;;
esac
code=$?
[ -f "$work/found" ] || exit "$code"

awk -v strict="$strict" -v terse="$terse" -v types="$types" -v summary="$summary" '
  /^(WARNING|CHECK):/ {
    level = substr($0, 1, index($0, ":"))
    text = $0
    if (!types) sub(/:[A-Z_]+:/, ":", text)
    getline place
    if (level == "CHECK:" && !strict) next
    seen[level]++
    if (!terse) { print text; print place; print ""; next }
    sub(/^#[0-9]+: FILE: /, "", place)
    print place " " text
  }
  END {
    if (!summary) exit
    checks = strict ? ", " (seen["CHECK:"] + 0) " checks" : ""
    printf "total: 0 errors, %d warnings%s\n", seen["WARNING:"], checks
  }' "$work/found"
exit "$code"
