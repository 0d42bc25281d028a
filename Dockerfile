# mercury-driver in a container. Without arguments it carries the simulator and is labelled so;
# --build-arg TAGS=mpl links the library in cvendor/sdk, and fails when the simulator got in; any other TAGS
# is refused. All that is built is built by make, so that it can be tried without a container engine: make image-proof.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TAGS=
ARG COMMIT=unknown
RUN make driver

# The same Debian, because the driver is linked with its C library.
FROM debian:bookworm-slim
ARG TAGS=
LABEL org.opencontainers.image.title="mercury-driver (${TAGS:-simulator})" \
      org.opencontainers.image.description="access-control panels to gRPC and Redis, linked with: ${TAGS:-simulator}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/bin/mercury-driver /usr/local/bin/
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["mercury-driver"]
