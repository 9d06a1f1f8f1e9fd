# The operator's image: its binary, the shared libraries that it loads, the certificates of the system, and nothing else,
# so neither a shell nor a package manager. `./dev image` builds it, and makes the same without Docker where there is none.
# BASE compiles and must be Debian 12; pin it by digest for a release (debian:bookworm-slim@sha256:...). RUNTIME may also be
# that, where an image with a shell is wanted.
ARG BASE=debian:bookworm-slim
ARG RUNTIME=scratch

FROM ${BASE} AS build
ARG COMMIT=unknown
ARG SOURCE_DATE_EPOCH=0
ARG NAME=
WORKDIR /src
# The list of packages stands in one place, ./dev, and changes seldom: a layer of its own.
COPY dev ./
RUN ./dev setup packages && apt-get install -y --no-install-recommends ca-certificates python3 && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY operator operator
RUN cmake --preset release -DHARBOR_PULL_TESTS=OFF -DHARBOR_PULL_COMMIT=${COMMIT} \
 && cmake --build --preset release --target harbor-pull
COPY packaging packaging
RUN SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} packaging/image/build build/release/harbor-pull /image "${NAME}"

# The image as a file, reproducible, with its digest and its bill of materials:
# `docker build --target archive --output FOLDER .`
FROM scratch AS archive
COPY --from=build /image/image.tar /image/digest /image/sbom.spdx.json /

FROM ${RUNTIME}
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="Harbor Pull Operator" \
      org.opencontainers.image.description="Pull credentials for a private Harbor, in every namespace, from one resource" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Harbor Pull Operator" \
      org.opencontainers.image.source="https://github.com/harbor-pull/harbor-pull-operator" \
      org.opencontainers.image.documentation="https://github.com/harbor-pull/harbor-pull-operator/tree/main/docs"
COPY --from=build /image/rootfs/ /
USER 65532:65532
ENTRYPOINT ["/usr/bin/harbor-pull"]
CMD ["controller"]
