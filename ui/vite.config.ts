import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = "^/(weft/v1|calls?|objs?|table|files?|refs|feedback|v2|cost|trace|threads|agents|annotation_queues|project|openapi.json)(/|$)";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/weft/ui_dist",
    emptyOutDir: true,
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        // What most pages use travels in two files and not in thirty: a first visit waits for each round.
        codeSplitting: {
          groups: [
            { name: "packages", test: /node_modules\/(?!uplot)/, priority: 3 },
            { name: "shared", test: /src\/(api\/|components\/(?!Chart)|design\/|domain\/)/, minShareCount: 2, priority: 2 },
          ],
        },
      },
    },
  },
  // The server refuses what another site sent: it has to see the address that the browser shows.
  server: { proxy: { [api]: { target: process.env["WEFT_API"] ?? "http://127.0.0.1:6345", changeOrigin: false } } },
});
