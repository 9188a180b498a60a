# Build: install everything, compile the R4 definitions (npm's prepare) and emit dist/.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
COPY src ./src
COPY seeds ./seeds
COPY profiles ./profiles
RUN npm ci && npm run build && npm prune --omit=dev --ignore-scripts

# Run: the emitted code and its runtime dependencies, as an unprivileged user on a read-only root file system.
#   docker run --read-only --tmpfs /tmp -v passerelle-data:/data -p 3000:3000 --env-file .env passerelle
FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "const { TLS_CERTIFICATE, PORT } = process.env; require(TLS_CERTIFICATE ? 'https' : 'http').get({ host: '127.0.0.1', port: PORT || 3000, path: '/health/ready', rejectUnauthorized: false }, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
CMD ["node", "dist/src/cli/main.js", "serve"]
