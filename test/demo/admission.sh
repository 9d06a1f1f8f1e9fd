# The part of the demo with the admission policy: the first Pod of a new namespace has the reference, and an image of
# docker.io comes from the registry. Sourced by test/demo/run, which has title, show, until_true, $folder and $root.

# Policy, binding and registries reach the API server's plugin by watches; a Pod that is not stored tells when they did.
rewritten_when_tried() {
  kubectl run probe -n "$1" --image nginx:1.27 --dry-run=server -o 'jsonpath={.spec.containers[0].image}' |
    grep -q '^harbor.example.com/'
}

pod_names_secret() {
  [ "$(kubectl get pod "$1" -n team-d -o 'jsonpath={.spec.imagePullSecrets[*].name}')" = harbor-pull ]
}
pod_has_image() { [ "$(kubectl get pod "$1" -n team-d -o 'jsonpath={.spec.containers[0].image}')" = "$2" ]; }

admission_job() {
  title "The admission policy: kubectl apply -k deploy/admission"
  kubectl apply -k "$root/deploy/admission"
  kubectl patch hreg example --type merge \
    -p '{"spec":{"images":{"rewrites":[{"from":"docker.io","to":"harbor.example.com/docker-hub"}]}}}'
  until_true "the policy is in force" rewritten_when_tried team-a

  title "A namespace and its Pods, all in one command"
  cat >"$folder/born.yaml" <<TEXT
apiVersion: v1
kind: Namespace
metadata: {name: team-d, labels: {env: prod}}
---
apiVersion: v1
kind: Pod
metadata: {name: ours, namespace: team-d}
spec: {containers: [{name: app, image: "harbor.example.com/library/app:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: team-d}
spec: {containers: [{name: app, image: "nginx:1.27"}]}
TEXT
  sed 's/^/   /' "$folder/born.yaml"
  # Until the namespace has its default ServiceAccount, Kubernetes refuses every Pod; so it does without the policy.
  until_true "all of it is accepted" kubectl apply -f "$folder/born.yaml"
  show get pods -n team-d -o \
    'custom-columns=NAME:.metadata.name,SECRETS:.spec.imagePullSecrets[*].name,IMAGE:.spec.containers[0].image'
  show get pod web -n team-d -o 'jsonpath={.metadata.annotations.original-image\.harborpull\.io/app}{"\n"}'
  for pod in ours web; do until_true "Pod $pod names the Secret" pod_names_secret "$pod"; done
  until_true "nginx:1.27 comes from the registry" pod_has_image web harbor.example.com/docker-hub/library/nginx:1.27
}
