# The operator's image: its binary, the shared libraries that it loads, the certificates of the system, and nothing else,
# so neither a shell nor a package manager. `./dev image` builds it. BASE compiles and must be Debian 12; RUNTIME may also
# be debian:bookworm-slim, where an image with a shell is wanted.
ARG BASE=debian:bookworm-slim
ARG RUNTIME=scratch

FROM ${BASE} AS build
WORKDIR /src
# The list of packages stands in one place, ./dev, and changes seldom: a layer of its own.
COPY dev ./
RUN ./dev setup packages && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY operator operator
RUN cmake --preset release -DHARBOR_PULL_TESTS=OFF \
 && cmake --build --preset release --target harbor-pull \
 && strip build/release/harbor-pull
# What the binary loads (the loader among it), at the paths where it is looked for; the links are those of Debian, so that
# this can be laid over it. glibc has its name services for files and DNS built in.
RUN mkdir -p /image/etc/ssl/certs /image/usr/bin /image/usr/lib /image/usr/lib64 \
 && ln -s usr/lib /image/lib \
 && ln -s usr/lib64 /image/lib64 \
 && cp build/release/harbor-pull /image/usr/bin/ \
 && ldd build/release/harbor-pull | grep -o '/[^ ]*' | xargs cp -L --parents -t /image \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && echo 'hosts: files dns' >/image/etc/nsswitch.conf \
 && echo 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' >/image/etc/passwd \
 && echo 'nonroot:x:65532:' >/image/etc/group

FROM ${RUNTIME}
COPY --from=build /image/ /
USER 65532:65532
ENTRYPOINT ["/usr/bin/harbor-pull"]
CMD ["controller"]
