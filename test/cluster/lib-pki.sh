# Keys, certificates, tokens and kubeconfigs of one control plane. Sourced by up after lib.sh.
# shellcheck shell=bash disable=SC2154

# certificate NAME SUBJECT EXTENSION...: a P-256 key and a certificate in pki/, by the CA once there is one.
certificate() {
  local pki=$cluster_dir/pki name=$1 subject=$2 extensions=() issuer=() extension; shift 2
  for extension in "$@"; do extensions+=(-addext "$extension"); done
  [ "$name" = ca ] || issuer=(-CA "$pki/ca.crt" -CAkey "$pki/ca.key")
  # a configuration of our own: the system's would mark every certificate as an authority
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "$subject" \
    -config <(printf '[req]\ndistinguished_name=name\n[name]\n') "${extensions[@]}" "${issuer[@]}" \
    -keyout "$pki/$name.key" -out "$pki/$name.crt" 2>"$cluster_dir/logs/openssl.log"
}

make_certificates() {
  local pki=$cluster_dir/pki
  certificate ca "/CN=harbor-pull test authority" \
    basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign \
    subjectKeyIdentifier=hash
  certificate server "/CN=kube-apiserver" "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:$CLUSTER_ADDRESS" basicConstraints=critical,CA:FALSE \
    extendedKeyUsage=serverAuth authorityKeyIdentifier=keyid
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$pki/service-account.key"
  openssl pkey -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub"
  cp "$pki/ca.crt" "$cluster_dir/ca.crt"
}

# kubeconfig FILE USER TOKEN
kubeconfig() {
  cat >"$1" <<YAML
apiVersion: v1
kind: Config
current-context: test
clusters:
  - {name: test, cluster: {server: "$CLUSTER_SERVER", certificate-authority-data: "$(base64 -w0 "$CLUSTER_CA")"}}
users: [{name: "$2", user: {token: "$3"}}]
contexts: [{name: test, context: {cluster: test, user: "$2", namespace: default}}]
YAML
}

# The controllers get a user of their own, so that the server's records tell them from the tests.
make_identities() {
  local admin controllers
  admin=$(openssl rand -hex 24)
  controllers=$(openssl rand -hex 24)
  echo "$admin" >"$cluster_dir/admin.token"
  echo "Authorization: Bearer $admin" >"$cluster_dir/pki/admin.header"
  printf '%s,%s,%s,"system:masters"\n' "$admin" test-admin test-admin \
    "$controllers" system:kube-controller-manager controllers >"$cluster_dir/pki/tokens.csv"
  kubeconfig "$cluster_dir/kubeconfig" test-admin "$admin"
  kubeconfig "$cluster_dir/pki/controllers.kubeconfig" controllers "$controllers"
}
