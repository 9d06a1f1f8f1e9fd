# What up, down and ctl share: the folder of one control plane, its processes and its ports. Sourced, never run.
# shellcheck shell=bash
# Layout of a folder:  env  kubeconfig  ca.crt  admin.token  audit.log  logs/NAME.log  run/NAME.pid  pki/  etcd/
umask 077    # keys and tokens are for this user only
cluster_components=(kube-controller-manager kube-apiserver etcd)    # in the order in which they are stopped

say() { echo "control plane: $*" >&2; }
die() { say "$*"; exit 1; }

# absolute PATH: the same folder however it was named; it need not exist.
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

# ---- processes ------------------------------------------------------------------------------------------------------
# A pid file holds the pid and its start time, so that a reused pid is never taken for ours.

# start_time PID: prints it; fails when there is no such process or only its zombie is left.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }    # the name before it may hold blanks
  # shellcheck disable=SC2086
  set -- $stat
  [ "$1" != Z ] && echo "${20}"
}

# running NAME: prints the pid of that process; fails when it is gone.
running() {
  local pid began now
  read -r pid began 2>/dev/null <"$cluster_dir/run/$1.pid" || return 1
  now=$(start_time "$pid") && [ "$now" = "$began" ] && echo "$pid"
}

# launch NAME COMMAND...: detached from the caller's terminal, session and descriptors.
launch() {
  local name=$1; shift
  setsid "$@" </dev/null >>"$cluster_dir/logs/$name.log" 2>&1 &
  echo "$! $(start_time $!)" >"$cluster_dir/run/$name.pid"
}

# signal NAME SIGNAL: fails when the process is gone.
signal() { local pid; pid=$(running "$1") && kill -s "$2" "$pid"; }

# await_gone NAME SECONDS: fails when it is still there after that time.
await_gone() {
  local tries=$(($2 * 50))
  while running "$1" >/dev/null; do
    [ $((tries -= 1)) -gt 0 ] || return 1
    sleep 0.02
  done
}

# stop NAME: SIGTERM, SIGKILL after 10 s; returns when it is gone, at once when it was.
stop() {
  signal "$1" TERM 2>/dev/null || return 0
  signal "$1" CONT 2>/dev/null || true    # a paused process would not see the SIGTERM
  await_gone "$1" 10 && return 0
  say "$1 ignored SIGTERM for 10 s, killing it"
  signal "$1" KILL 2>/dev/null || true
  await_gone "$1" 10
}

# ---- ports ----------------------------------------------------------------------------------------------------------
# From 20000 to 32767: below the range from which Linux takes the ports of outgoing connections, so that a port of a
# stopped server stays free for its restart. A file a port says which folder has it until that folder goes or `down`.

ports_dir=${TMPDIR:-/tmp}/harbor-pull-ports-$(id -u)

port_taken() {
  local owner
  if owner=$(cat "$ports_dir/$1" 2>/dev/null) && [ -e "$owner/run/ports" ] && grep -qw "$1" "$owner/run/ports"; then
    return 0
  fi
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# reserve_ports COUNT: prints that many, which no other `up` gets.
reserve_ports() {
  mkdir -p "$ports_dir"
  (
    flock 9
    ports=()
    while [ ${#ports[@]} -lt "$1" ]; do
      port=$((20000 + (RANDOM << 15 | RANDOM) % 12768))
      [[ " ${ports[*]} " == *" $port "* ]] || port_taken "$port" || ports+=("$port")
    done
    echo "${ports[*]}" >"$cluster_dir/run/ports"
    for port in "${ports[@]}"; do echo "$cluster_dir" >"$ports_dir/$port"; done
    echo "${ports[*]}"
  ) 9>"$ports_dir/lock"
}

release_ports() {
  local port
  for port in $(cat "$cluster_dir/run/ports" 2>/dev/null); do
    [ "$(cat "$ports_dir/$port" 2>/dev/null)" != "$cluster_dir" ] || rm -f "$ports_dir/$port"
  done
  rm -f "$cluster_dir/run/ports"
}
