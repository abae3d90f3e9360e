import { defineConfig } from "vitest/config";

// During development (`npm run dev`) everything that is no module of ours comes from the running local stack.
const stack = "http://127.0.0.1:7071";

export default defineConfig({
  esbuild: { jsx: "automatic" },
  build: {
    target: "es2022",
    manifest: true,
    // A data: URL would need a weaker Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      // "use client" means nothing where everything is the client.
      onwarn: (warning, warn) => warning.code !== "MODULE_LEVEL_DIRECTIVE" && warn(warning),
    },
  },
  server: { port: 5173, proxy: { "/api": stack, "/settings.json": stack } },
  test: { include: ["src/**/*.test.ts"] },
});
