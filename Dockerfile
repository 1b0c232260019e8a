# One image for every process of Countersign. The command says which one runs:
#   docker build -t countersign:0.1.0 .
#   docker run countersign:0.1.0 services/agent/dist/main.js
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /countersign
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
COPY tools/build.js tools/
COPY libs/ libs/
COPY services/ services/
COPY apps/ apps/
COPY examples/ examples/
# The sources, the compiler and the Node that package.json brings stay behind.
RUN npm ci --no-audit --no-fund \
  && npm run -s build \
  && npm prune --omit=dev --omit=optional --no-audit --no-fund \
  && find libs services apps examples -type d -name src -prune -exec rm -r {} +

FROM ${NODE_IMAGE} AS runtime
LABEL org.opencontainers.image.title="Countersign" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="Apache-2.0"
# Volumes take the owner of the folder that they cover.
RUN install -d -o node -g node -m 0700 /data /issuer /keys /ledger /subject-keys /views \
  /keys/agent /keys/approvals /keys/trust /keys/crm-read /keys/crm-write
WORKDIR /countersign
COPY --from=build /countersign/ ./
COPY LICENSE ./
COPY config/ config/
COPY deploy/answers.js deploy/place.js deploy/
ENV NODE_ENV=production \
  COUNTERSIGN_CONFIG=/countersign/config \
  COUNTERSIGN_DATA=/data
# By number: a cluster that demands another user than root must be able to tell.
USER 1000:1000
EXPOSE 8080 8081 8082 8083 8084
# Whichever of the services runs here; what decides on restarts must not depend on store or broker.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "deploy/answers.js", "http://127.0.0.1:8080/livez", "http://127.0.0.1:8081/livez", "http://127.0.0.1:8082/livez", "http://127.0.0.1:8083/livez", "http://127.0.0.1:8084/livez"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning"]
CMD ["apps/countersign/dist/main.js", "--help"]
