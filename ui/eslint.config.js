import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

// app → pages → components → design → domain, and components → api → domain. `@/` is `src/`.
const LAYERS = ["app", "pages", "components", "design", "api", "domain"];

/** Files of a layer may import from these layers only; `../` is refused, so that every way across is an `@/`. */
const layer = (name, ...allowed) => ({
  files: [`src/${name}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          { group: ["../*"], message: "Cross folders with @/." },
          {
            group: LAYERS.filter((other) => other !== name && !allowed.includes(other)).map((other) => `@/${other}/**`),
            message: `${name} may import from: ${allowed.join(", ") || "nothing of ours"}.`,
          },
          // A page is a leaf: what two pages share belongs to components, api or domain.
          ...(name === "pages" ? [{ group: ["@/pages/**"], message: "Pages never import pages." }] : []),
        ].filter((pattern) => pattern.group.length > 0),
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ["src/**/*.gen.d.ts"] },
  ...tseslint.configs.recommended,
  {
    plugins: { "react-hooks": reactHooks },
    rules: { "react-hooks/rules-of-hooks": "error", "react-hooks/exhaustive-deps": "error" },
  },
  layer("app", "pages", "components", "design", "api", "domain"),
  layer("pages", "components", "design", "api", "domain"),
  layer("components", "design", "api", "domain"),
  layer("design", "domain"),
  layer("api", "domain"),
  layer("domain"),
);
