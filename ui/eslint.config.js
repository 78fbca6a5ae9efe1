import tseslint from "typescript-eslint";

export default tseslint.config(...tseslint.configs.recommended, {
  files: ["src/pages/**"],
  rules: {
    // A page is a leaf: what two pages share belongs to components or api.
    "no-restricted-imports": ["error", { patterns: ["./*", "../pages/*"] }],
  },
});
