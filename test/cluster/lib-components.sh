# How each component is started and when it is ready. Sourced by up and ctl after lib.sh; needs what DIR/env holds.
# shellcheck shell=bash disable=SC2154

# fetch ARGUMENTS...: curl that never leaves this machine by a proxy.
fetch() { curl --silent --show-error --fail --noproxy '*' --max-time 5 "$@"; }

start_etcd() {
  launch etcd "$CLUSTER_BIN/etcd" --data-dir "$cluster_dir/etcd" --unsafe-no-fsync --log-level=warn \
    --listen-client-urls "http://127.0.0.1:$ETCD_PORT" --advertise-client-urls "http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
    --initial-advertise-peer-urls "http://127.0.0.1:$ETCD_PEER_PORT" \
    --initial-cluster "default=http://127.0.0.1:$ETCD_PEER_PORT"
}
ready_etcd() { fetch "http://127.0.0.1:$ETCD_PORT/health"; }

# Without a grace period for watches a SIGTERM waits 60 s for clients that keep theirs open.
start_kube-apiserver() {
  local pki=$cluster_dir/pki audit=()
  [ "$CLUSTER_AUDIT" = no ] || audit=(--audit-policy-file="$CLUSTER_SCRIPTS/audit-policy.yaml"
    --audit-log-path="$cluster_dir/audit.log" --audit-log-mode=blocking --audit-log-maxsize=0)
  launch kube-apiserver "$CLUSTER_BIN/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" \
    --bind-address="$CLUSTER_ADDRESS" --secure-port="$APISERVER_PORT" --cert-dir="$pki" \
    --tls-cert-file="$pki/server.crt" --tls-private-key-file="$pki/server.key" \
    --token-auth-file="$pki/tokens.csv" --authorization-mode=RBAC \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$pki/service-account.pub" \
    --service-account-signing-key-file="$pki/service-account.key" --service-cluster-ip-range=10.0.0.0/24 \
    --kubelet-preferred-address-types=InternalIP --endpoint-reconciler-type=none --shutdown-watch-termination-grace-period=1s --profiling=false \
    "${audit[@]}"
}
ready_kube-apiserver() { fetch --cacert "$CLUSTER_CA" -H @"$cluster_dir/pki/admin.header" "$CLUSTER_SERVER/readyz"; }

# Its client is limited to 20 requests a second by default; a benchmark would measure that. SIGTERM needs no lease to be
# given back: there is no other.
start_kube-controller-manager() {
  launch kube-controller-manager "$CLUSTER_BIN/kube-controller-manager" \
    --kubeconfig="$cluster_dir/pki/controllers.kubeconfig" \
    --service-account-private-key-file="$cluster_dir/pki/service-account.key" --root-ca-file="$CLUSTER_CA" \
    --leader-elect=false --secure-port=0 --kube-api-qps=2000 --kube-api-burst=4000 --profiling=false \
    --controllers="$CLUSTER_CONTROLLERS"
}
# It serves nothing, so its effect is asked for: it makes the ServiceAccount `default` of a new control plane.
ready_kube-controller-manager() {
  fetch --cacert "$CLUSTER_CA" -H @"$cluster_dir/pki/admin.header" \
    "$CLUSTER_SERVER/api/v1/namespaces/default/serviceaccounts/default"
}

# await_ready NAME SECONDS: fails when it dies or is not ready in time, and says which.
await_ready() {
  local until=$((SECONDS + $2))
  until "ready_$1" >/dev/null 2>&1; do
    running "$1" >/dev/null || { say "$1 ended while starting"; return 1; }
    [ "$SECONDS" -lt "$until" ] || { say "$1 is not ready after $2 s"; return 1; }
    sleep 0.05
  done
}

# start NAME: on the ports of DIR/env, unless it runs; returns when it is ready.
start() {
  running "$1" >/dev/null || "start_$1"
  await_ready "$1" 60
  write_env
}

# write_env: everything about this control plane as lines for `source`.
write_env() {
  local name
  {
    for name in CLUSTER_VERSION CLUSTER_BIN CLUSTER_SCRIPTS CLUSTER_SERVER CLUSTER_CA CLUSTER_AUDIT CLUSTER_ADDRESS \
      CLUSTER_CONTROLLERS APISERVER_PORT ETCD_PORT ETCD_PEER_PORT; do
      printf '%s=%q\n' "$name" "${!name}"
    done
    for name in "${cluster_components[@]}"; do
      printf '%s_PID=%s\n' "$(tr a-z- A-Z_ <<<"$name")" "$(running "$name" || true)"
    done
    printf 'export KUBECONFIG=%q\n' "$cluster_dir/kubeconfig"
  } >"$cluster_dir/env.part"
  mv "$cluster_dir/env.part" "$cluster_dir/env"
}
