# The part of the demo with a Harbor: a robot is made, pulls, is rotated and goes. Sourced by test/demo/run, which has
# title, show, until_true, now, $folder and $root.

# The double answers as Harbor 2.15 does; behind it is a real registry, so an image can really be pulled.
start_harbor() {
  title "A Harbor: the double of our tests, before a real registry"
  mkdir -p "$folder/images"
  cat >"$folder/registry.yml" <<TEXT
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $folder/images}}
http: {addr: 127.0.0.1:0}
TEXT
  registry_port=$(free_port)
  sed -i "s/127.0.0.1:0/127.0.0.1:$registry_port/" "$folder/registry.yml"
  docker-registry serve "$folder/registry.yml" >"$folder/registry.log" 2>&1 &
  helpers+=($!)
  printf 'Example-Admin-1' >"$folder/admin-password"
  "$root/build/release/harbor-double" --admin-password-file "$folder/admin-password" \
    --registry "http://127.0.0.1:$registry_port" >"$folder/harbor.log" 2>&1 &
  helpers+=($!)
  until_true "Harbor listens" grep -q 'listening on' "$folder/harbor.log"
  harbor=127.0.0.1:$(sed -n 's/.*listening on \([0-9]*\),.*/\1/p' "$folder/harbor.log")
  control=127.0.0.1:$(sed -n 's/.*control on \([0-9]*\).*/\1/p' "$folder/harbor.log")
  curl -sf "http://$control/projects" -d '{"name": "team-a"}' -o /dev/null
  push_image
  echo "   project team-a with the private image $harbor/team-a/app:v1"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

manifest_type=application/vnd.docker.distribution.manifest.v2+json

as_admin() { curl -sf -u "admin:$(cat "$folder/admin-password")" "$@"; }

# push_blob FILE: prints its digest.
push_blob() {
  local digest where
  digest=sha256:$(sha256sum "$1" | cut -d' ' -f1)
  where=$(as_admin -X POST -o /dev/null -D - "http://$harbor/v2/team-a/app/blobs/uploads/" |
    tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
  case $where in /*) where=http://$harbor$where ;; esac
  case $where in *\?*) where="$where&digest=$digest" ;; *) where="$where?digest=$digest" ;; esac
  as_admin -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" "$where" -o /dev/null
  echo "$digest"
}

push_image() {
  local config layer
  echo '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}' >"$folder/config"
  echo 'a layer' >"$folder/layer"
  config=$(push_blob "$folder/config")
  layer=$(push_blob "$folder/layer")
  cat >"$folder/manifest" <<TEXT
{"schemaVersion": 2, "mediaType": "$manifest_type",
 "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": "$config", "size": $(stat -c %s "$folder/config")},
 "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": "$layer", "size": $(stat -c %s "$folder/layer")}]}
TEXT
  as_admin -X PUT -H "Content-Type: $manifest_type" \
    --data-binary "@$folder/manifest" "http://$harbor/v2/team-a/app/manifests/v1" -o /dev/null
}

# login_of NAMESPACE: "user:password" that its Secret holds for this Harbor, as a node would read it.
login_of() {
  kubectl get secret harbor-pull -n "$1" -o 'jsonpath={.data.\.dockerconfigjson}' | base64 -d |
    python3 -c 'import json, sys; a = json.load(sys.stdin)["auths"][sys.argv[1]]; print(a["username"] + ":" + a["password"])' "$harbor"
}

# pull LOGIN: the status of the manifest, fetched as containerd does: a token first.
pull() {
  local token
  token=$(printf 'user = "%s"\n' "$1" | curl -s -K - "http://$harbor/service/token?service=harbor-registry&scope=repository:team-a/app:pull" |
    sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
  printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl -s -K - -o /dev/null -w '%{http_code}' -H "Accept: $manifest_type" "http://$harbor/v2/team-a/app/manifests/v1"
}

robots() { curl -s "http://$control/robots" | python3 -c 'import json, sys; print(" ".join(r["name"].split("-")[-1] for r in json.load(sys.stdin)))'; }
one_robot() { [ "$(robots | wc -w)" = 1 ]; }
no_robots() { [ -z "$(robots)" ]; }
holds_another() { local login; login=$(login_of team-a) && [ -n "$login" ] && [ "$login" != "$1" ]; }
pulls() { [ "$(pull "$(login_of team-a)")" = 200 ]; }
content_hash() { kubectl get secret harbor-pull -n team-a -o 'jsonpath={.metadata.annotations.harborpull\.io/content-hash}'; }

robot_job() {
  title "One HarborRegistry with a robot: no credential is given, the operator makes one that may only pull"
  kubectl create secret generic harbor-admin -n harbor-pull-system --type kubernetes.io/basic-auth \
    --from-literal username=admin --from-file password="$folder/admin-password"
  sed "s|HARBOR|$harbor|" "$root/test/demo/robot.yaml" | tee "$folder/robot.yaml" | sed '/^#/d'
  kubectl apply -f "$folder/robot.yaml"
  until_true "a robot was made, proved and given to team-a, which pulls with it" pulls
  kubectl wait --for=condition=Ready hreg/robots --timeout=20s >/dev/null
  show get hreg
  show get hreg robots -o 'jsonpath={.status.credential}{"\n"}'
}

rotation() {
  local old old_hash begin
  old=$(login_of team-a) old_hash=$(content_hash)
  title "Rotation, asked for by annotation (otherwise ten days before the robot expires)"
  echo "   before: robots at Harbor: $(robots); Secret's content hash $old_hash"
  kubectl annotate hreg robots harborpull.io/rotate-at="$(date +%s)" --overwrite
  until_true "team-a holds the next robot" holds_another "$old"
  echo "   overlap: robots at Harbor: $(robots); Secret's content hash $(content_hash)"
  echo "   pull with the old credential: $(pull "$old"); with the new one: $(pull "$(login_of team-a)")"
  until_true "the old robot is deleted at the end of its overlap (5 s)" one_robot
  echo "   after: robots at Harbor: $(robots); pull with the old credential: $(pull "$old"), with the new one: $(pull "$(login_of team-a)")"
  show events --for hreg/robots
}

robot_end() {
  title "The registry with the robot is deleted"
  kubectl delete hreg robots --wait=false
  until_true "the robot is gone from Harbor" no_robots
  until_true "the HarborRegistry is gone" gone hreg robots
}
