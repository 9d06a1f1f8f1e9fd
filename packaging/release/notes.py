"""The page of a release: what changed, what the images are, how to install, load and verify them."""

import changelog

HOME = "https://github.com/harbor-pull/harbor-pull-operator"
ISSUER = "https://token.actions.githubusercontent.com"

PAGE = """\
# Harbor Pull Operator {version}

{dated}## What changed

{changes}
## Images

```text
{reference}
```

| platform | digest of its manifest | archive |
|---|---|---|
{rows}
{meaning}

## Install

```sh
helm install harbor-pull-operator oci://{charts}/harbor-pull-operator --version {version} \\
  --namespace harbor-pull-system --create-namespace
# or, without Helm:
kubectl apply --server-side -f install-{version}.yaml
```

## Without internet

Into a registry of your own, digests included, and the chart from its file:

```sh
skopeo copy --all --preserve-digests oci-archive:{whole} docker://REGISTRY/{path}:{version}
helm install harbor-pull-operator harbor-pull-operator-{version}.tgz --set imageRegistry=REGISTRY \\
  --namespace harbor-pull-system --create-namespace
```

Or into each node. A node that has the image from an archive knows it by its tag, so the manifests must not ask for the
digest:

```sh
sha256sum --check --ignore-missing SHA256SUMS
ctr -n k8s.io images import harbor-pull-operator-{version}-linux-{arch}.tar    # containerd
docker load -i harbor-pull-operator-{version}-linux-{arch}.tar                 # Docker
sed 's/@sha256:[0-9a-f]*$//' install-{version}.yaml | kubectl apply --server-side -f -
```

## Verify

```sh
sha256sum --check --ignore-missing SHA256SUMS
for artifact in {repository}@{digest} {charts}/harbor-pull-operator:{version}; do
  cosign verify "$artifact" \\
    --certificate-identity {home}/.github/workflows/release.yml@refs/tags/v{version} \\
    --certificate-oidc-issuer {issuer}
done
gh attestation verify oci://{repository}@{digest} --repo harbor-pull/harbor-pull-operator
gh attestation verify harbor-pull-operator-{version}.tgz --repo harbor-pull/harbor-pull-operator
```

[docs/releasing.md]({home}/blob/v{version}/docs/releasing.md#verifying-a-release) says what each of these proves.
"""

ONE = "There is this one platform: the digest above is that of its manifest."
SEVERAL = "The digest above is that of all platforms together (`{whole}`); a node picks its own."


def page(version, day, body, images, names):
    """NOTES.md. `names` has what the files and the repositories are called."""
    archive = f"harbor-pull-operator-{version}-linux-%s.tar"
    rows = "".join(f"| linux/{image.arch} | `{image.digest}` | `{archive % image.arch}` |\n" for image in images)
    return PAGE.format(
        version=version, dated=f"Released {day}.\n\n" if day else "", rows=rows, arch=images[0].arch, home=HOME,
        changes=changelog.absolute(body, f"{HOME}/blob/v{version}"), issuer=ISSUER,
        path=names["repository"].split("/", 1)[1], meaning=(SEVERAL if images[1:] else ONE).format(**names), **names)
