# Node as package-lock.json has it; the digest is that of the index for all platforms. How to move on: docs/deploying.md.
ARG NODE_IMAGE=node:24.21.0-trixie-slim@sha256:8ec5d7557396cfe32d21c3f9c13072355ceab22b584578ca4bb28af31120cffe

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=1048576 NODE_COMPILE_CACHE=/app/compiled
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json setup.sh LICENSE ./
COPY deploy/sbom.cdx.json deploy/licences.md deploy/
COPY domain domain
COPY projections projections
COPY src src
# By number, so that Kubernetes can see that it is not root. Nothing but /data has to be writable.
RUN mkdir -m 0700 /data && chown 1000:1000 /data
# What Node makes of the source, for the user below: no start has to make it, nor keep in memory what makes it. At a word that it does not
# know the service ends once it is loaded, and so does a thread that is started alone. With the service's settings, and without: what is made
# with it is of no use to the commands.
RUN mkdir -m 0777 compiled && \
  for settings in "--heap-growing-percent=50 --expose-gc" --no-expose-gc; do for file in src/main.ts src/attestation/timeStamp.ts src/doctor/eventStoreDb.ts $(find src/eventStore -name '*EventStore.ts' -o -name newestMetadata.ts) $(find src -name '*Thread.ts'); do \
  NODE_COMPILE_CACHE=/app/compiled setpriv --reuid 1000 --regid 1000 --clear-groups node $settings "$file" --loaded >/dev/null 2>&1 || true; done; done && \
  chown -R 0:0 compiled && chmod -R a+rX,go-w compiled
USER 1000:1000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=50", "--expose-gc", "src/main.ts"]
