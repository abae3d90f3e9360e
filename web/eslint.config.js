import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts", "src/worker.js"] },
  ...tseslint.configs.recommended,
  a11y.flatConfigs.strict,
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      // Nothing is written to the browser's console: it would be kept with whatever personal data is in it.
      "no-console": "error",
      "no-restricted-globals": ["error", { name: "localStorage", message: "It outlives the session." }],
    },
  },
);
