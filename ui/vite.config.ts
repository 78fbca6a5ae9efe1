import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: { outDir: "../src/weft/ui_dist", emptyOutDir: true },
  server: { proxy: { "^/(weft/v1|calls?|objs?|table|file|files|refs|feedback|v2)(/|$)": "http://127.0.0.1:6345" } },
});
