#!/bin/bash
# Checks the models of the log's truths with SPIN: a base must pass, a variant must give a
# counterexample. Passing runs search every state (collapse compression keeps them exact), but for
# the one marked "bitstate", which hashes states and may miss some. Variants are searched breadth
# first, so that their counterexamples are the shortest. Needs spin and gcc; up to 4 GB, 5 minutes
# for the longest run. TRAILS=directory keeps the counterexamples: spin -t -p -D... model.pml
#
# ./check.sh runs what takes seconds, ./check.sh --all (or MOTORCADE_LONG=1) everything: 15 minutes.
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && cd "$work" || exit 1
passed=0 failed=0
[ "$1" = --all ] && MOTORCADE_LONG=1

quick() { run "$@"; }
long() { [ -n "$MOTORCADE_LONG" ] && run "$@"; }
run() {                    # quick|long pass|fail exact|bitstate model [-Dflag...]
  local expect=$1 search=$2 model=$3; shift 3
  local options="-DMEMLIM=6000 -DSAFETY" flags="-m200000" verdict=wrong
  case $expect/$search in
    fail/*)        options+=" -DBFS"; flags+=" -E" ;;    # only a broken assertion counts
    pass/bitstate) options+=" -DBITSTATE"; flags+=" -w34 -k3" ;;
    pass/*)        options+=" -DCOLLAPSE" ;;
  esac
  rm -f pan* ./*.trail; cp "$here/$model.pml" . || return
  spin "$@" -a "$model.pml" > spin.log 2>&1 && gcc -O2 $options -o pan pan.c 2> gcc.log &&
    timeout 1800 ./pan $flags > pan.log 2>&1
  local ended=$?
  if [ $expect = pass ]; then
    [ $ended = 0 ] && grep -q "errors: 0" pan.log &&
      ! grep -Eq "not completed|too small|out of memory" pan.log && verdict=ok
  else
    [ -f "$model.pml.trail" ] && grep -q "assertion violated" pan.log && verdict=ok
    [ -n "$TRAILS" ] && cp "$model.pml.trail" "$TRAILS/$model$(printf '%s' "$@").trail"
  fi
  [ $verdict = ok ] && passed=$((passed + 1)) || failed=$((failed + 1))
  printf '%-5s %-4s %-8s %-12s %-38s %9s states, depth %4s, %6s s  %s\n' $verdict $expect $search \
    $model "$*" "$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)" \
    "$(sed -n 's/.*depth reached \([0-9]*\).*/\1/p' pan.log)" \
    "$(sed -n 's/.*elapsed time \([0-9.e+]*\) sec.*/\1/p' pan.log)" \
    "$(sed -n 's/^pan:1: \(.*\) (at depth.*/\1/p' pan.log | cut -c1-60)"
}

echo "takeover: one writer per partition, and how the next one takes over"
long  pass exact    takeover
long  pass bitstate takeover -DTAKEOVERS=4
long  pass exact    takeover -DFROM_EVENTS                       # the position is in the fold
long  pass exact    takeover -DLATE_RETRY -DPER_TRANSACTION=1    # KIP-890, second half
quick pass exact    takeover -DLATE_RETRY -DONE_BATCH -DFROM_EVENTS   # or so, without that half
quick fail exact    takeover -DLATE_RETRY -DFROM_EVENTS
quick fail exact    takeover -DAS_WRITTEN
long  fail exact    takeover -DPROCESS_TXID
long  fail exact    takeover -DEVOLVE_BEFORE_COMMIT
long  fail exact    takeover -DOFFSET_SEPARATE
long  fail exact    takeover -DUNKNOWN_AS_FAILED
quick fail exact    takeover -DRELOAD_WITHOUT_INIT
long  fail exact    takeover -DLATE_RETRY
echo "acknowledge: what leaves a vehicle's outbox is in the events, once"
long  pass exact    acknowledge
quick pass exact    acknowledge -DAS_WRITTEN -DLIVES=1           # while no outbox is lost
long  fail exact    acknowledge -DAS_WRITTEN
quick fail exact    acknowledge -DEDGE_ACK
long  fail exact    acknowledge -DHIGH_WATER
long  fail exact    acknowledge -DEPOCH_REUSED
echo "orders: a campaign and its shards talk by orders and tallies"
quick pass exact    orders
quick fail exact    orders -DNO_GENERATION
long  fail exact    orders -DNO_GENERATION -DQUIESCENCE_ONLY
long  fail exact    orders -DDELTA_TALLY
echo "react: messages follow the commit, and are made again after a takeover"
long  pass exact    react
quick pass exact    react -DSEND_FAILS_ALONE -DPREVIOUS -DOWNERS=2 -DRECORDS=2
long  pass exact    react -DOWNERS=2 -DRECORDS=4
long  pass exact    react -DTWO_INBOXES                          # 5 minutes
long  pass exact    react -DSEND_FAILS_ALONE -DPREVIOUS -DOWNERS=2    # the mend
long  pass exact    react -DSEND_FAILS_ALONE -DPREVIOUS -DRECORDS=2
long  fail exact    react -DSEND_FAILS_ALONE
quick fail exact    react -DREACT_BEFORE_COMMIT
long  fail exact    react -DNO_REACT_AGAIN
long  fail exact    react -DTHROUGH_TOO_EARLY
long  fail exact    react -DSKIP_AHEAD
long  fail exact    react -DUNKNOWN_AS_COMMITTED
long  fail exact    react -DUNKNOWN_AS_ABORTED
long  fail exact    react -DNEWEST_STATE
echo "$passed passed, $failed failed"
[ $failed = 0 ]
