import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import playwright from 'eslint-plugin-playwright';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// Four layers: lib < components/ui < features < app. A module imports only from its own layer and the
// layers below. Features do not import each other; pages in `app` combine them. The admin feature consists
// of parts that follow the same rule among themselves. Tested by lint/layers.test.ts.
const OTHER_FEATURES = { regex: '^@/features/|^\\.\\./', message: 'A feature does not import another; a page in src/app combines them.' };
const OTHER_ADMIN_PARTS = { regex: '^@/features/|^\\.\\./(?!(components|lib)/)', message: 'A part of the admin feature imports only ../components and ../lib.' };
const ADMIN_COMPONENTS_AND_UP = { regex: '^@/features/|^\\.\\./(?!lib/)', message: 'What the admin parts share does not import them.' };
const UP_TO_APP = { regex: '^@/app/|^@/main', message: 'src/app is the top layer: nothing below imports it.' };
const UP_TO_FEATURES = { regex: '^@/features/|/features/', message: 'Features are above this layer.' };
const UP_TO_UI = { regex: '^@/components/|/components/', message: 'This layer has no components.' };
const forbidImports = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default defineConfig(
  { ignores: ['dist', 'node_modules', 'src/lib/api/schema.gen.d.ts', 'test-output', 'public'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [hooks.configs.flat['recommended-latest'], a11y.flatConfigs.strict],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'No HTML from strings.' },
        { selector: "MemberExpression[property.name=/^(inner|outer)HTML$/]", message: 'No HTML from strings.' },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Use @/lib/api/client: it retries and sends the session token.' }],
      'max-lines': ['error', { max: 200 }],
      // Safari does not announce a list without bullets unless it has the role.
      'jsx-a11y/no-redundant-roles': ['error', { ul: ['list'], ol: ['list'] }],
      'jsx-a11y/label-has-associated-control': ['error', { assert: 'either', depth: 4 }],
    },
  },
  {
    files: ['e2e/**'],
    extends: [playwright.configs['flat/recommended']],
    rules: {
      'playwright/expect-expect': ['error', { assertFunctionNames: ['checkPage', 'expectRetryableError'] }],
      // A route handler that simulates the API may branch on the request; expectations are never conditional.
      'playwright/no-conditional-in-test': 'off',
      'playwright/no-conditional-expect': 'error',
    },
  },
  { files: ['src/lib/**'], rules: { ...forbidImports(UP_TO_APP, UP_TO_FEATURES, UP_TO_UI), 'no-restricted-globals': 'off' } },
  { files: ['src/components/**'], rules: forbidImports(UP_TO_APP, UP_TO_FEATURES) },
  { files: ['src/features/**'], rules: forbidImports(UP_TO_APP, OTHER_FEATURES) },
  { files: ['src/features/admin/*/**'], rules: forbidImports(UP_TO_APP, OTHER_ADMIN_PARTS) },
  { files: ['src/features/admin/components/**'], rules: forbidImports(UP_TO_APP, ADMIN_COMPONENTS_AND_UP) },
  { files: ['src/features/admin/lib/**'], rules: forbidImports(UP_TO_APP, OTHER_FEATURES, UP_TO_UI) },
  // Parts of these run in a browser.
  { files: ['scripts/boot.mjs', 'scripts/lighthouse.mjs'], languageOptions: { globals: { document: 'readonly', localStorage: 'readonly', location: 'readonly' } } },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly', fetch: 'readonly', setTimeout: 'readonly' } },
  },
);
